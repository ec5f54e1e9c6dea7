/** The words between the sandbox and its thread. */
import type { SandboxFaultCode } from "./faults.ts";
import type { SandboxLimits } from "./limits.ts";
import type { RecvTimeForm } from "./prelude.ts";
import type { BridgeOperation } from "./realm/bridge.ts";

export type EntryOperation = Exclude<BridgeOperation, "open">;

/** One order to the thread. Orders with a `seq` are answered, in order; seq 0 means "nothing runs" and is never given. */
export type Order =
  | { readonly kind: "install"; readonly id: string; readonly source: string; readonly recvTime: RecvTimeForm }
  | { readonly kind: "forget"; readonly id: string }
  | { readonly kind: "open"; readonly seq: number; readonly id: string }
  | {
      readonly kind: "call";
      readonly seq: number;
      readonly id: string;
      readonly operation: EntryOperation;
      readonly text: string;
    }
  | { readonly kind: "literal"; readonly seq: number; readonly source: string };

export type Answer =
  | { readonly seq: number; readonly ok: true; readonly text: string }
  | {
      readonly seq: number;
      readonly ok: false;
      readonly code: SandboxFaultCode;
      readonly message: string;
      /** The codec's realm had to be thrown away. */
      readonly spoiled: boolean;
    };

/** What the thread sends back for a group, once: orders of the group that it does not answer were not run. */
export type Report = readonly Answer[];

export interface ThreadData {
  readonly wasm: WebAssembly.Module;
  readonly limits: SandboxLimits;
  readonly pulse: SharedArrayBuffer;
}

/**
 * Shared memory in which the thread says what it is doing, readable while it hangs. Times are ms of the machine's
 * monotonic clock modulo 2·10^9, the same in every thread (performance.now() is not: each thread has its own origin).
 */
export const pulseBytes = 16;
export const pulseSlots = { seq: 0, limitMs: 1, startedAt: 2, beatAt: 3 } as const;

export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds % 2_000_000) * 1000 + Math.floor(nanoseconds / 1e6);
}

/** Ms from an earlier to a later reading of `monotonicMs`, across its wrap. */
export function msBetween(earlier: number, later: number): number {
  const passed = later - earlier;
  return passed < -1_000_000_000 ? passed + 2_000_000_000 : passed;
}
