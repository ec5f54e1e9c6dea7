/**
 * The box's control API: HTTP over the Unix socket `control.sock` in its data folder (mode 0600), spoken by the CLI.
 *
 * | request | reply |
 * |---|---|
 * | GET /status | BoxStatus |
 * | GET /watch?device=&asset= | NDJSON, one WatchLine per journal entry from now on |
 * | GET /devices | DevicesReply |
 * | POST /devices (AddDevice) | AddDeviceReply |
 * | GET /devices/{DevEUI or asset} | DeviceDetail (this and what follows: registry.ts) |
 * | POST /devices/batch (EnterBatch) | EnterBatchReply |
 * | POST /devices/deeds (Deed) | DeedReply |
 * | POST /devices/undo (UndoRequest) | UndoReply |
 * | GET /registry | NDJSON of RegistryLine |
 * | GET /codecs | CodecsReply: codecs of other makers on this box |
 * | POST /codecs (AddCodec) | AddCodecReply |
 * | POST /commands (CommandRequest of schemas.ts) | CommandView |
 * | GET /commands/{id} | CommandView |
 * | GET /commands/{id}/watch | NDJSON of CommandView at each step, ends with the terminal one |
 * | GET /network/plan?prune= | NDJSON of NetworkLine (network.ts), ends with `planned` or `problem` |
 * | POST /network/gateways (AddGateway of network.ts), /network/groups (AddGroup) | {} |
 * | POST /network/apply?prune= | NDJSON of NetworkLine, ends with `applied` or `problem` |
 * | GET /export?from=&to=&device= | NDJSON of ReadingView, in the order of the journal |
 *
 * A refusal is a `Problem` (schemas.ts) with status 4xx. A box that cannot even read its data answers everything with 503 and one of
 * `CLOSED_CODES`.
 */
import { z } from "zod";
import { ASSET_KINDS, USES } from "../device-registry/words.ts";
import { LoraGatewaysView, StorageView } from "./schemas.ts";

export * from "./registry.ts";

/** `locked`, `another-history`, `region-ahead`: two histories of one box · `replaced`: another box goes on in its place */
export const REFUSALS = [
  ...["refused", "locked", "entry-too-large"],
  ...["region-ahead", "another-history", "journal", "replaced"],
] as const;

/** The disk is full, takes no writes, gives errors, or is not mounted. */
export const CLOSED_CODES = ["disk-full", "disk-read-only", "disk-failing", "disk-absent"] as const;

export const BoxStatus = z.object({
  box: z.string(),
  version: z.string(),
  startedAt: z.iso.datetime(),
  communes: z.array(z.string()),
  broker: z.object({ url: z.string(), connected: z.boolean(), since: z.iso.datetime().optional() }),
  firstHop: z.object({ lossless: z.boolean(), reasons: z.array(z.string()), remedy: z.array(z.string()) }),
  /** Absent without access to ChirpStack's API. */
  loraGateways: LoraGatewaysView.optional(),
  /** Devices that were heard through ChirpStack and that it does not know any more; absent without access to its API. */
  network: z
    .object({
      lost: z.number().int(),
      /** Lamps that did not take the keys of their group, and are not told them any more. */
      withoutKeys: z.number().int().optional(),
    })
    .optional(),
  hypervisor: z
    .object({
      url: z.string(),
      connected: z.boolean(),
      lastReplyAt: z.iso.datetime().optional(),
      lastError: z.string().optional(),
      /** Why the region answers and takes nothing of this box; all of it waits here until a person has acted. */
      refusal: z.enum(REFUSALS).optional(),
      /** The number of this box's own incident at the region, where it is `locked`. */
      incident: z.string().optional(),
      /** Packed bodies of requests since the start, repetitions included. */
      sent: z.object({ batches: z.number().int(), entries: z.number().int(), bytes: z.number().int() }).optional(),
      /** Renewed by the box itself; `renewalError` while that fails. */
      certificate: z.object({ endsAt: z.iso.datetime(), renewalError: z.string().optional() }).optional(),
    })
    .optional(),
  journal: z.object({
    epoch: z.number().int(),
    lastSeq: z.number().int(),
    durableSeq: z.number().int(),
    waiting: z.number().int(),
    bytes: z.number().int(),
    freeBytes: z.number().int(),
    daysLeft: z.number().optional(),
    storage: StorageView,
    /** Outcomes held in memory while the disk cannot be written. */
    held: z.number().int(),
  }),
  counts: z.object({
    devices: z.number().int(),
    unregistered: z.number().int(),
    readings: z.number().int(),
    undecoded: z.number().int(),
    duplicates: z.number().int(),
    /** How often the region asked again for what it had acknowledged. */
    rewinds: z.number().int(),
    /** Events of kinds this program does not know, kept whole. */
    unknownEvents: z.number().int(),
  }),
  /** Devices at work that do not speak as they use to; absent from boxes that do not judge it. */
  silence: z.object({ late: z.number().int(), silent: z.number().int(), lost: z.number().int() }).optional(),
  clock: z.enum(["unknown", "confirmed"]),
  openCommands: z.number().int(),
});

/** One row of a mapping: where a value stands in the codec's output, and which quantity it is (codecs/sandbox). */
export const MappingRow = z.strictObject({
  path: z.string().min(1).max(500),
  quantity: z.string().min(1).max(200),
  unit: z.string().max(40),
  scale: z.number(),
  offset: z.number().exactOptional(),
  yes: z
    .array(z.union([z.string().max(200), z.number(), z.boolean()]))
    .readonly()
    .exactOptional(),
});

const RecvTimeForm = z.enum(["date", "string"]);

/** What is left out stays as it was; a new model needs `use` and `assetKinds`. */
export const AddCodec = z.strictObject({
  model: z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/),
  source: z
    .string()
    .min(1)
    .max(512 * 1024),
  mapping: z.array(MappingRow).max(500).readonly(),
  recvTime: RecvTimeForm.default("date"),
  maker: z.string().max(100).optional(),
  name: z.string().max(200).optional(),
  use: z.enum(USES).optional(),
  assetKinds: z.array(z.enum(ASSET_KINDS)).min(1).optional(),
  deviceClass: z.enum(["A", "B", "C"]).optional(),
  expectedIntervalSeconds: z.number().int().min(60).max(2_678_400).optional(),
});

export const CodecView = z.object({
  model: z.string(),
  /** Readings name it: `model@version`. */
  version: z.number().int(),
  /** Of the source. */
  sha256: z.string(),
  installedAt: z.iso.datetime(),
  maker: z.string(),
  name: z.string(),
  use: z.enum(USES),
  assetKinds: z.array(z.enum(ASSET_KINDS)),
  deviceClass: z.enum(["A", "B", "C"]),
  expectedIntervalSeconds: z.number().int(),
  recvTime: RecvTimeForm,
  mapping: z.array(MappingRow).readonly(),
});

export const AddCodecReply = z.object({ codec: CodecView, change: z.enum(["added", "changed", "unchanged"]) });
export const CodecsReply = z.object({ codecs: z.array(CodecView) });

export const WatchLine = z.object({
  seq: z.number().int(),
  at: z.iso.datetime(),
  kind: z.string(),
  device: z.string().optional(),
  asset: z.string().optional(),
  measurements: z
    .record(z.string(), z.object({ value: z.union([z.number(), z.boolean(), z.string()]), unit: z.string() }))
    .optional(),
  /** One line for people when there are no measurements: an event, a command's state, a fault. */
  text: z.string().optional(),
  notes: z.array(z.string()),
});

export type BoxStatus = z.infer<typeof BoxStatus>;
export type AddCodec = z.infer<typeof AddCodec>;
export type AddCodecReply = z.infer<typeof AddCodecReply>;
export type CodecView = z.infer<typeof CodecView>;
export type CodecsReply = z.infer<typeof CodecsReply>;
export type WatchLine = z.infer<typeof WatchLine>;
