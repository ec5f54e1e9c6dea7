/** What a foreign codec may use. Every limit is per codec unless it says otherwise. */
export interface SandboxLimits {
  /** Heap of one realm in bytes, counted by QuickJS's own allocator. */
  readonly memoryBytesMax: number;
  /** C stack of a call in bytes of WebAssembly's shadow stack: about 370 plain recursions. */
  readonly stackBytesMax: number;
  /** The same while a source is parsed: a chain of `else if` costs 128 bytes a branch, and vendors write hundreds of them. */
  readonly loadStackBytesMax: number;
  /** CPU time of one call in ms. CPU and not wall clock, so that a busy box does not fail an innocent codec. */
  readonly callMsMax: number;
  /** CPU time of evaluating a source in ms. */
  readonly loadMsMax: number;
  /** How much more than its limit (CPU ms; wall clock where the system keeps no accounts of threads) ends the whole thread. */
  readonly graceMs: number;
  /** Source text in bytes of UTF-8. */
  readonly sourceBytesMax: number;
  /** JSON text entering a realm, in UTF-16 units. */
  readonly inputCharsMax: number;
  /** JSON text leaving a realm, in UTF-16 units. */
  readonly outputCharsMax: number;
  /** Nesting of objects and arrays in a result. */
  readonly outputDepthMax: number;
  /** Timeouts, crashes and exhausted memory after which a codec is quarantined. */
  readonly strikesMax: number;
  /** Strikes older than this (ms) are forgiven. */
  readonly strikeLifeMs: number;
  /** Calls waiting for the thread, all codecs together. */
  readonly waitingCallsMax: number;
  /** Calls sent to the thread in one message. */
  readonly groupCallsMax: number;
  /** Realms kept warm in the thread, all codecs together; the least recently used is evaluated again when it is next called. */
  readonly warmRealmsMax: number;
}

/**
 * Stack: QuickJS checks WebAssembly's shadow stack, while the parser mostly uses the thread's own. Measured with
 * quickjs-emscripten 0.32 on a 4 MB thread: 64 KiB allows 370 recursions, 128 KiB 742 and 1,080 `else if`; both end in a
 * catchable "stack overflow"; from 256 KiB on, nested brackets exhaust the thread first, which only a new instance repairs.
 */
export const defaultLimits: SandboxLimits = {
  memoryBytesMax: 16 * 1024 * 1024,
  stackBytesMax: 64 * 1024,
  loadStackBytesMax: 128 * 1024,
  callMsMax: 250,
  loadMsMax: 1000,
  graceMs: 100,
  sourceBytesMax: 512 * 1024,
  inputCharsMax: 256 * 1024,
  outputCharsMax: 256 * 1024,
  outputDepthMax: 64,
  strikesMax: 3,
  strikeLifeMs: 3_600_000,
  waitingCallsMax: 10_000,
  groupCallsMax: 256,
  warmRealmsMax: 32,
};
