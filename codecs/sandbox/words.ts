/** What callers see of the sandbox. */
import type { SandboxResult } from "./faults.ts";
import type { SandboxLimits } from "./limits.ts";
import type { RecvTimeForm } from "./prelude.ts";
import type { Decoding, Encoding, JsonObject, Normalization } from "./results.ts";

export interface LoadOptions {
  /** Default `date`, as TS013 has it; `string` hands the text over unchanged. */
  readonly recvTime?: RecvTimeForm;
}

export interface Loaded {
  /** What the codec offers, in the words of TS013: `decodeUplink`, `encodeDownlink`, `decodeDownlink`, `normalizeUplink`. */
  readonly entry: readonly string[];
  /** Which declaration of the source serves each of them: `{decodeUplink: "Decoder(port, bytes)"}`. */
  readonly servedBy: Readonly<Record<string, string>>;
  /** SHA-256 of the source, hexadecimal. */
  readonly sha256: string;
}

export interface UplinkInput {
  readonly bytes: Uint8Array;
  readonly fPort: number;
  /** ISO 8601. */
  readonly recvTime: string;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface DownlinkInput {
  readonly data: JsonObject;
  readonly fPort?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface SandboxStats {
  readonly loaded: number;
  readonly waiting: number;
  readonly answered: number;
  /** Threads ended because a call hung, and because they died. */
  readonly hangs: number;
  readonly crashes: number;
  /** Ids of codecs that are no longer run. */
  readonly quarantined: readonly string[];
}

/** Runs other people's codecs. It never throws and never rejects; each refusal has a code of `sandboxFaults`. */
export interface Sandbox {
  /** Evaluates a codec; loading an id again replaces it. */
  load(id: string, source: string, options?: LoadOptions): Promise<SandboxResult<Loaded>>;
  unload(id: string): void;
  decodeUplink(id: string, input: UplinkInput): Promise<SandboxResult<Decoding>>;
  decodeDownlink(id: string, input: UplinkInput): Promise<SandboxResult<Decoding>>;
  encodeDownlink(id: string, input: DownlinkInput): Promise<SandboxResult<Encoding>>;
  /** The codec's own second stage, where it has one; run only when asked for. */
  normalizeUplink(id: string, input: { readonly data: JsonObject }): Promise<SandboxResult<Normalization>>;
  /** The value of a JavaScript literal, evaluated in an empty realm that is then forgotten. */
  evaluateLiteral(source: string): Promise<SandboxResult<unknown>>;
  /** Lets a quarantined codec run again. */
  pardon(id: string): void;
  stats(): SandboxStats;
  stop(): Promise<void>;
}

export interface SandboxParts {
  readonly limits?: Partial<SandboxLimits>;
  /** Only ages strikes; the limits themselves are measured on the thread. */
  readonly clock?: { now(): number };
}
