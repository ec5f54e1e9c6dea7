/** The door of this room: codecs of other makers. Separate from codecs/index.ts, which the console bundles too. */

export { uplinksBeside } from "./collections/vectors-beside.ts";
export { type CodecOutcome, type CollectionOutcome, type CollectionTotal, testCollection } from "./collections.ts";
export { type SandboxFault, type SandboxFaultCode, type SandboxResult, sandboxFaults } from "./faults.ts";
export { type ForeignCodec, type ForeignFrame, foreignCodec } from "./foreign-codec.ts";
export { defaultLimits, type SandboxLimits } from "./limits.ts";
export { applyMapping, type Mapping, type MappingRow, mappingFaults } from "./mapping/mapping.ts";
export { proposeMapping } from "./mapping/propose.ts";
export type { RecvTimeForm } from "./prelude.ts";
export type { Decoding, Encoding, JsonObject, Normalization } from "./results.ts";
export { createSandbox } from "./sandbox.ts";
export type { Loaded, Sandbox, SandboxParts, SandboxStats, UplinkInput } from "./words.ts";
