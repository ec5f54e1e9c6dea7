/**
 * The HTTP API of the page's side, `/api/v1/…`: shapes of every request and reply, shared by hypervisor, box and console.
 * Times are ISO 8601 in UTC, units UCUM, frames lower-case hex.
 */
import { z } from "zod";
import { DEVICE_STATES } from "../device-registry/words.ts";
import { ToldHealthView } from "./device-health.ts";

export const Measured = z.object({
  value: z.union([z.number(), z.boolean(), z.string()]),
  unit: z.string(),
});

/** A latest value: with its time and where it came from. */
export const Latest = Measured.extend({
  at: z.iso.datetime(),
  /** Its frame was read again by a later codec: when. */
  correctedAt: z.iso.datetime().optional(),
});

export const CommuneView = z.object({
  insee: z.string(),
  name: z.string(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  boxes: z.array(z.string()),
  assets: z.number().int(),
});

export const TerritoryView = z.object({
  id: z.string(),
  name: z.string(),
  communes: z.array(CommuneView),
});

/** GET /api/v1/territories */
export const TerritoriesReply = z.object({ region: z.string(), territories: z.array(TerritoryView) });

export const CommandForm = z.object({
  name: z.string(),
  /** It holds its asset until an end, which must be told. */
  holds: z.boolean().optional(),
  /** It gives back what another command holds. */
  releases: z.boolean().optional(),
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.enum(["number", "text", "choice", "switch"]),
      unit: z.string().optional(),
      min: z.number().optional(),
      max: z.number().optional(),
      choices: z.array(z.string()).optional(),
    }),
  ),
});

export const AssetView = z.object({
  ref: z.string(),
  kind: z.string(),
  use: z.string(),
  commune: z.string(),
  name: z.string().optional(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  attributes: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  /** As a person would find it. */
  address: z.string().optional(),
  /** The device that serves it now; its state, since when, and who said so. */
  device: z
    .object({
      devEui: z.string(),
      model: z.string(),
      state: z.enum(DEVICE_STATES).optional(),
      since: z.iso.datetime().optional(),
      by: z.string().optional(),
      /** How it is heard; absent until its box has told it. */
      health: ToldHealthView.optional(),
    })
    .optional(),
  /** Devices that served it, newest first; without `since`: before this was kept. Its values are one line through them all. */
  installations: z
    .array(z.object({ device: z.string(), since: z.iso.datetime().optional(), until: z.iso.datetime().optional() }))
    .optional(),
  box: z.string(),
  latest: z.record(z.string(), Latest),
  lastSeenAt: z.iso.datetime().optional(),
  /** How often its device speaks as installed: three times that without news, and the value counts as stale. */
  expectedIntervalSeconds: z.number().positive().optional(),
  commands: z.array(CommandForm),
});

/** GET /api/v1/assets?commune=&use=&after=&limit= ; `next` is the `after` of the next page. */
export const AssetsReply = z.object({ assets: z.array(AssetView), next: z.string().optional() });

/** GET /api/v1/assets/{ref}/series?measurement=&from=&to= */
export const SeriesReply = z.object({
  asset: z.string(),
  measurement: z.string(),
  unit: z.string(),
  points: z.array(z.object({ at: z.iso.datetime(), value: z.union([z.number(), z.boolean(), z.string()]) })),
});

export const ReadingView = z.object({
  box: z.string(),
  epoch: z.number().int(),
  seq: z.number().int(),
  device: z.string(),
  asset: z.string().optional(),
  commune: z.string().optional(),
  codec: z.string().optional(),
  at: z.iso.datetime(),
  receivedAt: z.iso.datetime(),
  fCnt: z.number().int(),
  fPort: z.number().int(),
  frame: z.string(),
  radio: z
    .object({
      rssi: z.number(),
      snr: z.number(),
      gateway: z.string(),
      gateways: z.number().int(),
      dr: z.number().int(),
    })
    .optional(),
  measurements: z.record(z.string(), Measured),
  /** The maker's own names and values; only where asked for. */
  fields: z.record(z.string(), z.unknown()).optional(),
  history: z.array(z.object({ at: z.iso.datetime(), measurements: z.record(z.string(), Measured) })),
  notes: z.array(z.string()),
  fault: z.object({ code: z.string(), message: z.string() }).optional(),
  /** Its frame was read again by a later codec: when, and which had read it before. */
  corrected: z.object({ at: z.iso.datetime(), codecBefore: z.string().optional() }).optional(),
});

/** GET /api/v1/readings?box=&afterSeq=&limit=&fields=true : in the order of the box's journal. */
export const ReadingsReply = z.object({ readings: z.array(ReadingView) });

/** A LoRa gateway (the antenna, not the box) as ChirpStack sees it. */
export const LoraGatewayView = z.object({
  /** Its EUI. */
  id: z.string(),
  name: z.string(),
  /** `unknown`: ChirpStack has a word for it that the box does not know. */
  state: z.enum(["unknown", "never-seen", "online", "offline"]),
  lastSeenAt: z.iso.datetime().optional(),
  /** Both or none. */
  latitude: z.number().optional(),
  longitude: z.number().optional(),
});

/** What ChirpStack last told the box of its LoRa gateways; the silent ones first. */
export const LoraGatewaysView = z.object({
  /** When it told it; absent: never yet. */
  checkedAt: z.iso.datetime().optional(),
  /** Why its last answer is missing (`key-file`, `key-refused`, `unreachable`, `no-answer`, `failed`); the rest is as of `checkedAt`. */
  fault: z.string().optional(),
  gateways: z.array(LoraGatewayView),
});

/** How a box's disk is: see `Storage` of the protocol. */
export const StorageView = z.object({
  state: z.enum(["ok", "shedding", "slow", "full", "read-only", "failing"]),
  since: z.iso.datetime().optional(),
  limitBytes: z.number(),
  usedBytes: z.number(),
  /** Entries lost for want of space or by damage, since the box's journal began. */
  lost: z.object({ thinned: z.number().int(), dropped: z.number().int(), damaged: z.number().int() }),
});

export const BoxView = z.object({
  box: z.string(),
  communes: z.array(z.string()),
  epoch: z.number().int().optional(),
  /** Highest seq durable at the hypervisor. */
  durableSeq: z.number().int(),
  /** Entries the box said it still holds back. */
  waiting: z.number().int().optional(),
  daysLeft: z.number().optional(),
  lastProofAt: z.iso.datetime().optional(),
  /** Proof of life younger than 45 s. */
  alive: z.boolean(),
  clockOffsetMs: z.number().optional(),
  brokerConnected: z.boolean().optional(),
  firstHop: z.object({ lossless: z.boolean(), reasons: z.array(z.string()) }).optional(),
  devices: z.number().int().optional(),
  unregistered: z.number().int().optional(),
  duplicates: z.number().int().optional(),
  /** How often the region had lost what it acknowledged, so that the box sent it again. */
  rewinds: z.number().int().optional(),
  /** Absent while the box has no access to ChirpStack's API. */
  loraGateways: LoraGatewaysView.optional(),
  /** Absent from boxes before they told it. */
  storage: StorageView.optional(),
  version: z.string().optional(),
  /** Of the certificate it was given last, which it renews by itself with a third of its life left; absent until it enrolled. */
  certificateEndsAt: z.iso.datetime().optional(),
  quarantined: z.number().int(),
  /** Messages that an old image or a copy was sent once more, and that the region recognised: each stands there once. */
  repeats: z.number().int().default(0),
  /** Number of the open incident: a second history of this box was refused and waits for a decision (incidents.ts). */
  incident: z.string().optional(),
  /** Number of a decided incident: the box that was decided against goes on coming, hours after the decision. */
  knocking: z.string().optional(),
});

/** GET /api/v1/boxes */
export const BoxesReply = z.object({ boxes: z.array(BoxView) });

/** POST /api/v1/commands. `id` may be given for idempotency; the same id twice is the same command. */
export const CommandRequest = z.strictObject({
  id: z.uuid().optional(),
  target: z.string().min(1),
  name: z.string().min(1),
  fields: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}),
  author: z.string().min(1).max(200).default("page"),
  /** `override`: the region's word for many; a hand on the lamp (`operator`) outranks it. `safety` is nobody’s to choose here. */
  precedence: z.enum(["configuration", "override", "operator"]).default("operator"),
  /** Why an asset is taken over from whoever holds it. */
  reason: z.string().min(1).max(500).optional(),
  /** How long what it sets lasts, for commands that hold their asset; then the box takes it back. Without it: two hours. */
  holdSeconds: z
    .number()
    .int()
    .min(30)
    .max(7 * 86_400)
    .optional(),
  /** Until when it may go on air. Without it: ten minutes. */
  expiresInSeconds: z
    .number()
    .int()
    .min(5)
    .max(7 * 86_400)
    .default(600),
});

export const CommandView = z.object({
  id: z.uuid(),
  target: z.string(),
  name: z.string(),
  fields: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  author: z.string(),
  precedence: z.string(),
  requestedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Until when it holds its asset; then the box takes back what it set. */
  holdUntil: z.iso.datetime().optional(),
  reason: z.string().optional(),
  /** The wish for many assets it is part of. */
  mass: z.object({ id: z.uuid(), size: z.number().int() }).optional(),
  state: z.string(),
  terminal: z.boolean(),
  /** How much is known of its end: `none`, `inferred`, `on-air`, `acknowledged`, `effect-observed`. */
  proof: z.string(),
  /** Set while the box that must run it has given no proof of life: what follows is not known since then. */
  unknownSince: z.iso.datetime().optional(),
  steps: z.array(z.object({ state: z.string(), at: z.iso.datetime(), reason: z.string().optional() })),
});

/** GET /api/v1/commands?target=&limit= , newest first; GET and POST of one give a CommandView. */
export const CommandsReply = z.object({ commands: z.array(CommandView) });

/** GET /api/v1/queue?commune=&limit= : what is not over yet, of highest precedence and oldest first; `total` may be more than is listed. */
export const RegionQueueReply = z.object({ total: z.number().int(), waiting: z.array(CommandView) });

/** GET /api/v1/live : Server-Sent Events, `data:` is one of these. A client re-reads what the event names. */
export const LiveEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("assets"), refs: z.array(z.string()) }),
  z.object({ type: z.literal("command"), id: z.string() }),
  z.object({ type: z.literal("box"), box: z.string() }),
]);

/** Every refusal: `code` is stable, the texts are for people. */
export const Problem = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
  /** Of what lasts. */
  since: z.iso.datetime().optional(),
});

export type Measured = z.infer<typeof Measured>;
export type Latest = z.infer<typeof Latest>;
export type CommuneView = z.infer<typeof CommuneView>;
export type TerritoryView = z.infer<typeof TerritoryView>;
export type TerritoriesReply = z.infer<typeof TerritoriesReply>;
export type CommandForm = z.infer<typeof CommandForm>;
export type AssetView = z.infer<typeof AssetView>;
export type AssetsReply = z.infer<typeof AssetsReply>;
export type SeriesReply = z.infer<typeof SeriesReply>;
export type ReadingView = z.infer<typeof ReadingView>;
export type ReadingsReply = z.infer<typeof ReadingsReply>;
export type StorageView = z.infer<typeof StorageView>;
export type BoxView = z.infer<typeof BoxView>;
export type LoraGatewayView = z.infer<typeof LoraGatewayView>;
export type LoraGatewaysView = z.infer<typeof LoraGatewaysView>;
export type BoxesReply = z.infer<typeof BoxesReply>;
export type CommandRequest = z.infer<typeof CommandRequest>;
export type CommandView = z.infer<typeof CommandView>;
export type CommandsReply = z.infer<typeof CommandsReply>;
export type RegionQueueReply = z.infer<typeof RegionQueueReply>;
export type LiveEvent = z.infer<typeof LiveEvent>;
export type Problem = z.infer<typeof Problem>;
