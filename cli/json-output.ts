/** What each command prints with `--json`: the promise to scripts. Documentation is made from it, tests hold the program to it. */
import { z } from "zod";
import {
  AddCodecReply,
  AddDeviceReply,
  BoxStatus,
  DeedReply,
  DeviceDetail,
  DevicesReply,
  MappingRow,
  UndoReply,
  WatchLine,
} from "../api/control.ts";
import { AdmittedBoxes, Invitation } from "../api/enrolment.ts";
import { GroupsReply, MadeGroup } from "../api/groups.ts";
import { AuditReply, CancelReply, MassReply, MassView, QueueReply, TakenBack } from "../api/mass.ts";
import { AddGateway, AddGroup, NetworkApplied, NetworkPlan } from "../api/network.ts";
import { CommandView, ReadingView } from "../api/schemas.ts";
import { ASSET_KINDS, USES } from "../device-registry/words.ts";
import { AREAS, FINDING_CODES } from "../gateway/doctor/words.ts";
import type { CommandPath } from "./command-table.ts";

const Measurements = z.record(
  z.string(),
  z.object({ value: z.union([z.number(), z.boolean(), z.string()]), unit: z.string() }),
);
const Warned = z.object({ code: z.string(), message: z.string(), offset: z.number().int().optional() });
const Fields = z.record(z.string(), z.unknown());

const DecodedJson = z.strictObject({
  model: z.string(),
  fPort: z.number().int(),
  measurements: Measurements,
  warnings: z.array(Warned),
  codec: z.string(),
  fields: Fields,
  deviceTime: z.iso.datetime().optional(),
  history: z.array(z.object({ at: z.iso.datetime(), measurements: Measurements })),
  /** Measured so many seconds before the frame was sent, where the frame has no clock. */
  earlier: z.array(z.object({ seconds: z.number(), measurements: Measurements })).optional(),
});

const EncodedJson = z.strictObject({
  model: z.string(),
  command: z.string(),
  fields: Fields,
  fPort: z.number().int(),
  bytes: z.string().regex(/^(?:[0-9a-f]{2})*$/),
});

/** In both languages, whatever the terminal speaks. */
const Note = z.strictObject({ en: z.string(), fr: z.string() });

const ModelJson = z.strictObject({
  id: z.string(),
  maker: z.string(),
  name: z.string(),
  /** What kind of device it is; absent for a codec of another maker. */
  what: Note.optional(),
  /** Other names of devices with the same frames. */
  aliases: z.array(z.string()),
  version: z.number().int(),
  /** Beginning of the firmware versions it is for, where a model has several. */
  firmware: z.string().optional(),
  use: z.enum(USES),
  class: z.enum(["A", "B", "C"]),
  commands: z.array(z.string()),
  /** Some published frame or command proves it. */
  verified: z.boolean(),
  assetKinds: z.array(z.enum(ASSET_KINDS)),
  expectedIntervalSeconds: z.number().int(),
  dataProtection: z.enum(["things", "counts", "presence", "dwelling"]).optional(),
  /** Of the Smart Data Models. */
  entityType: z.string().optional(),
  lastProvable: z.enum(["on-air", "acknowledged", "effect-observed"]).optional(),
  /** Of the source, where it is a codec of another maker on the box that was named. */
  sha256: z.string().optional(),
});

/** One line a codec, one a file that could not be used; the last line is the total. */
const CodecTestedJson = z.union([
  z.strictObject({
    codec: z.string(),
    loaded: z.boolean(),
    reason: z.string().optional(),
    entry: z.array(z.string()),
    vectors: z.number().int(),
    passed: z.number().int(),
    failures: z.array(z.object({ kind: z.string(), name: z.string(), from: z.string(), reason: z.string() })),
  }),
  z.strictObject({ problem: z.object({ file: z.string(), reason: z.string() }) }),
  z.strictObject({
    codecs: z.number().int(),
    loaded: z.number().int(),
    vectors: z.number().int(),
    passed: z.number().int(),
  }),
]);

/** What was installed; with `--write-mapping` only what was written. */
const CodecAddedJson = z.union([
  AddCodecReply.extend({ running: z.boolean() }),
  z.strictObject({ written: z.string(), mapping: z.array(MappingRow) }),
]);

const CodecShapeJson = z.strictObject({
  id: z.string(),
  version: z.number().int(),
  maker: z.string(),
  name: z.string(),
  what: Note,
  family: z.string().optional(),
  firmware: z.string().optional(),
  uplinks: z.array(
    z.object({
      port: z.number().int(),
      anyPort: z.boolean().optional(),
      verified: z.boolean(),
      fields: z.array(Fields),
    }),
  ),
  commands: z.array(
    z.object({ name: z.string(), port: z.number().int(), verified: z.boolean(), fields: z.array(Fields) }),
  ),
  notCovered: z.array(Note),
  differs: z.array(Note),
});

const ConfigJson = z.strictObject({ file: z.string(), valid: z.literal(true), config: Fields });

const RunningJson = z.object({ event: z.enum(["ready", "stopping", "stopped"]) });
const GatewayJson = RunningJson.extend({
  box: z.string(),
  dataFolder: z.string().optional(),
  controlSocket: z.string().optional(),
  /** Why it begins without its disk. */
  disk: z.enum(["full", "read-only", "failing", "absent"]).optional(),
});
const HypervisorJson = RunningJson.extend({
  pageUrl: z.string().optional(),
  boxUrl: z.string().optional(),
  fingerprint: z.string().optional(),
  dataFolder: z.string().optional(),
});

const SimulateJson = z.object({
  event: z.enum(["ready", "counts", "stopping", "removed", "stopped"]),
  tenant: z.string().optional(),
  tenantId: z.string().optional(),
  applicationId: z.string().optional(),
  gatewayId: z.string().optional(),
  devices: z.number().int().optional(),
  created: z.number().int().optional(),
  joined: z.number().int().optional(),
  sent: z.number().int().optional(),
  published: z.number().int().optional(),
  downlinks: z.number().int().optional(),
});

const EnrolledJson = z.strictObject({
  box: z.string(),
  communes: z.array(z.string()),
  hypervisor: z.string(),
  /** SHA-256 of its authority. */
  fingerprint: z.string(),
  certificateEndsAt: z.iso.datetime(),
  identity: z.string(),
  config: z.string(),
});

const ImportedJson = z.strictObject({
  plan: z.object({ add: z.number().int(), change: z.number().int(), same: z.number().int() }),
  changes: z.array(
    z.object({
      line: z.number().int(),
      change: z.enum(["add", "change"]),
      devEui: z.string().optional(),
      asset: z.string().optional(),
      fields: z.array(z.object({ field: z.string(), from: z.string().optional(), to: z.string() })),
    }),
  ),
  faults: z.array(
    z.object({
      line: z.number().int(),
      column: z.string().optional(),
      code: z.string(),
      message: z.string(),
      remedy: z.string(),
    }),
  ),
  /** Absent with `--plan`, and where faulty lines kept all from being entered. */
  entered: z
    .object({
      added: z.number().int(),
      changed: z.number().int(),
      unchanged: z.number().int(),
      operation: z.number().int().optional(),
    })
    .optional(),
  running: z.boolean(),
});

const DeedJson = DeedReply.extend({ running: z.boolean() });

const LabelJson = z.strictObject({
  form: z.enum(["tr005", "urn", "deveui", "text"]),
  devEui: z.string(),
  joinEui: z.string().optional(),
  /** Upper-case hex, as printed. */
  vendorId: z.string().optional(),
  vendorProfileId: z.string().optional(),
  ownerToken: z.string().optional(),
  serialNumber: z.string().optional(),
  proprietary: z.string().optional(),
  version: z.string().optional(),
  checksum: z.enum(["ok", "wrong", "absent"]),
  warnings: z.array(z.looseObject({ code: z.string(), message: z.string() })),
});

const DoctorJson = z.strictObject({
  findings: z.array(
    z.strictObject({
      area: z.enum(AREAS),
      code: z.enum(FINDING_CODES),
      health: z.enum(["good", "warning", "bad", "unknown"]),
      values: z.record(z.string(), z.union([z.string(), z.number()])),
      repairable: z.boolean(),
    }),
  ),
  repaired: z.array(
    z.strictObject({ file: z.string(), copy: z.string(), mended: z.array(z.string()), restart: z.string() }),
  ),
  failed: z.array(z.strictObject({ file: z.string(), reason: z.string() })),
  /** Where the bundle was written. */
  bundle: z.string().optional(),
});

const BackupNoteJson = z.strictObject({
  format: z.literal(1),
  box: z.string(),
  version: z.string(),
  madeAt: z.iso.datetime(),
  epoch: z.number().int(),
  /** The journal's last entry in the copy. */
  lastSeq: z.number().int(),
  devices: z.number().int(),
  keys: z.enum(["none", "same-machine", "passphrase"]),
});

const RestoredJson = z.strictObject({
  file: z.string(),
  note: BackupNoteJson,
  /** Where the store that was there is kept. */
  previous: z.string().optional(),
  keys: z.enum(["none", "usable", "locked"]),
});

const InitJson = z.strictObject({
  file: z.string(),
  found: z.strictObject({
    broker: z.boolean(),
    api: z.boolean(),
    apiKeyFile: z.string().optional(),
    timeZone: z.string(),
    dataFolder: z.string(),
    hostname: z.string(),
  }),
  settings: z.strictObject({
    name: z.string(),
    data: z.string(),
    broker: z.string(),
    chirpstack: z.strictObject({ api: z.string(), apiKeyFile: z.string() }).optional(),
  }),
});

/** The line on standard error when a command fails with `--json`. */
export const ErrorJson = z.object({
  error: z.looseObject({
    code: z.string(),
    exit: z.number().int(),
    message: z.string(),
    means: z.string(),
    remedy: z.string(),
  }),
});

export interface JsonOutput {
  readonly schema: z.ZodType;
  /** One line, or one for each thing that happens. */
  readonly lines: "one" | "many";
}

const one = (schema: z.ZodType): JsonOutput => ({ schema, lines: "one" });
const many = (schema: z.ZodType): JsonOutput => ({ schema, lines: "many" });

/** By command; what the demo prints is not promised. */
export const JSON_OUTPUT: Readonly<Partial<Record<CommandPath, JsonOutput>>> = {
  gateway: many(GatewayJson),
  hypervisor: many(HypervisorJson),
  "hypervisor box add": one(Invitation),
  "hypervisor box list": one(AdmittedBoxes),
  "hypervisor box revoke": one(z.strictObject({ box: z.string(), revoked: z.literal(true) })),
  enroll: one(EnrolledJson),
  "hypervisor change": one(CommandView),
  "config check": one(ConfigJson),
  completion: one(z.strictObject({ shell: z.string(), script: z.string() })),
  "device scan": many(LabelJson),
  "device add": one(AddDeviceReply.extend({ running: z.boolean() })),
  "device import": one(ImportedJson),
  "device export": one(z.strictObject({ file: z.string(), lines: z.number().int() })),
  "device list": one(DevicesReply),
  "device show": one(DeviceDetail),
  "device place": one(AddDeviceReply.extend({ running: z.boolean() })),
  "device accept": one(DeedJson),
  "device in-service": one(DeedJson),
  "device faulty": one(DeedJson),
  "device move": one(DeedJson),
  "device replace": one(DeedJson),
  "device retire": one(DeedJson),
  "device undo": one(UndoReply.extend({ running: z.boolean() })),
  "network plan": one(NetworkPlan),
  "network apply": one(NetworkApplied),
  "network status": one(NetworkPlan),
  "network gateway add": one(z.strictObject({ gateway: AddGateway, running: z.boolean() })),
  "network group add": one(
    z.strictObject({
      group: AddGroup.pick({ name: true, application: true, mcAddr: true, members: true }),
      running: z.boolean(),
    }),
  ),
  "hypervisor send": one(MassReply),
  "hypervisor mass": many(MassView),
  "hypervisor cancel": one(TakenBack),
  "hypervisor audit": one(AuditReply),
  "network group make": one(MadeGroup.extend({ asked: z.array(z.string()), wish: MassReply.optional() })),
  "network group list": one(GroupsReply),
  init: one(InitJson),
  backup: one(BackupNoteJson.extend({ file: z.string() })),
  restore: one(RestoredJson),
  doctor: one(DoctorJson),
  status: one(BoxStatus),
  watch: many(WatchLine),
  send: many(z.union([CommandView, MassReply])),
  queue: one(QueueReply),
  cancel: one(CancelReply),
  consent: one(MassView),
  "audit verify": one(AuditReply),
  "codec list": one(z.array(ModelJson)),
  "codec show": one(CodecShapeJson),
  "codec decode": one(DecodedJson),
  "codec encode": one(EncodedJson),
  "codec test": many(CodecTestedJson),
  "codec add": one(CodecAddedJson),
  simulate: many(SimulateJson),
  export: many(ReadingView),
};
