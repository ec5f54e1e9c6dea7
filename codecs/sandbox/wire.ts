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
 * Shared memory in which the thread says what it is doing, readable while it hangs. Times are ms modulo 2·10^9: `startedAt` on
 * the machine's monotonic clock, the same in every thread (performance.now() is not: each thread has its own origin), and
 * `startedCpu` in CPU time of the thread. `nativeId` is the thread's number in /proc, 0 where there is none.
 */
export const pulseBytes = 20;
export const pulseSlots = { seq: 0, limitMs: 1, startedAt: 2, startedCpu: 3, nativeId: 4 } as const;

const wrapMs = 2_000_000_000;

export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds % (wrapMs / 1000)) * 1000 + Math.floor(nanoseconds / 1e6);
}

/** CPU ms as they stand in the pulse. */
export function wrapped(ms: number): number {
  return Math.floor(ms) % wrapMs;
}

/** Ms from an earlier to a later reading of one of these clocks, across its wrap. */
export function msBetween(earlier: number, later: number): number {
  const passed = later - earlier;
  return passed < -wrapMs / 2 ? passed + wrapMs : passed;
}
