/** Keeps one sandbox thread: starts it, watches it, ends it when it hangs, and says which call did it. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { SandboxLimits } from "./limits.ts";
import {
  monotonicMs,
  msBetween,
  type Order,
  pulseBytes,
  pulseSlots,
  type Report,
  type ThreadData,
  wrapped,
} from "./wire.ts";

export interface ThreadEnd {
  readonly kind: "hang" | "crash";
  /** The call that was running; 0 when none was. */
  readonly culprit: number;
  readonly message: string;
}

export interface ThreadKeeper {
  /** Sends orders as one message, starting a thread if there is none. */
  send(orders: readonly Order[]): void;
  /** While nothing is awaited the thread is not watched, and does not keep the process alive. */
  await(answersExpected: boolean): void;
  stop(): Promise<void>;
}

export interface ThreadKeeperParts {
  readonly limits: SandboxLimits;
  readonly wasm: WebAssembly.Module;
  readonly onReport: (report: Report) => void;
  /** The thread is gone, with everything it knew; the next `send` starts another. */
  readonly onEnd: (end: ThreadEnd) => void;
}

/** QuickJS's WebAssembly, compiled once for all threads of a process. */
export async function compileQuickJs(): Promise<WebAssembly.Module> {
  const fromHere = createRequire(import.meta.url);
  const fromPackage = createRequire(fromHere.resolve("quickjs-emscripten"));
  const { WebAssembly: engine } = globalThis as unknown as {
    WebAssembly: { compile(bytes: Uint8Array): Promise<WebAssembly.Module> };
  };
  return engine.compile(await readFile(fromPackage.resolve("@jitl/quickjs-wasmfile-release-sync/wasm")));
}

/** In a checkout Node strips the types of thread.ts; `tsc` leaves thread.js beside this module. */
const threadUrl = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);
const tickMs = 50;
/** A thread that has been given work and not begun it for so long will not. */
const startMsMax = 15_000;
/** A call that neither ends nor uses CPU for so long is blocked: nothing a codec may do waits. */
const blockedMsMax = 10_000;

/** CPU time of a thread of this process, in ms, by Linux's accounts (proc(5): utime and stime in hundredths of a second). */
function threadCpuMs(nativeId: number): number | undefined {
  if (nativeId === 0) return undefined;
  try {
    const stat = readFileSync(`/proc/self/task/${nativeId}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

interface Running {
  readonly worker: Worker;
  readonly pulse: Int32Array;
  sentAt: number;
  /** What the last tick saw, so that nothing is judged by a single look: a machine that slept wakes up to one. */
  seenSeq: number;
}

export function createThreadKeeper({ limits, wasm, onReport, onEnd }: ThreadKeeperParts): ThreadKeeper {
  let running: Running | undefined;
  let timer: NodeJS.Timeout | undefined;
  const endings = new Set<Promise<unknown>>();

  function end(ended: Running, kind: ThreadEnd["kind"], message: string): void {
    if (running !== ended) return;
    running = undefined;
    ended.worker.removeAllListeners();
    // A dying thread may still emit "error"; nobody is listening any more, and that must not end the process.
    ended.worker.on("error", () => undefined);
    const ending = ended.worker.terminate().finally(() => endings.delete(ending));
    endings.add(ending);
    onEnd({ kind, culprit: Atomics.load(ended.pulse, pulseSlots.seq), message });
  }

  function start(): Running {
    const pulse = new SharedArrayBuffer(pulseBytes);
    const data: ThreadData = { wasm, limits, pulse };
    const worker = new Worker(threadUrl, {
      workerData: data,
      execArgv: [],
      env: {},
      name: "beffroi-sandbox",
      resourceLimits: { stackSizeMb: 8, maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 },
    });
    const started: Running = {
      worker,
      pulse: new Int32Array(pulse),
      sentAt: monotonicMs(),
      seenSeq: 0,
    };
    worker.on("message", (report: Report) => {
      started.sentAt = monotonicMs();
      onReport(report);
    });
    worker.on("error", (error) => end(started, "crash", error instanceof Error ? error.message : String(error)));
    worker.on("exit", (code) => end(started, "crash", `exit ${code}`));
    return started;
  }

  function tick(): void {
    const watched = running;
    if (watched === undefined) return;
    const read = (slot: keyof typeof pulseSlots) => Atomics.load(watched.pulse, pulseSlots[slot]);
    const seq = read("seq");
    const seenSeq = watched.seenSeq;
    watched.seenSeq = seq;
    if (seq !== seenSeq) return;
    const now = monotonicMs();
    if (seq === 0) {
      if (msBetween(watched.sentAt, now) > startMsMax) end(watched, "crash", "the thread did not start");
      return;
    }
    const allowed = read("limitMs") + limits.graceMs;
    const elapsed = msBetween(read("startedAt"), now);
    if (elapsed <= allowed) return;
    // On a crowded machine a thread may have had hardly any CPU meanwhile; that is not the codec's fault.
    const used = threadCpuMs(read("nativeId"));
    const usedHere = used === undefined ? elapsed : msBetween(read("startedCpu"), wrapped(used));
    if (usedHere > allowed || elapsed > blockedMsMax) end(watched, "hang", `no answer after ${usedHere} ms of CPU`);
  }

  return {
    send(orders) {
      running ??= start();
      running.sentAt = monotonicMs();
      running.worker.postMessage(orders);
    },
    await(answersExpected) {
      if (answersExpected) {
        running?.worker.ref();
        timer ??= setInterval(tick, tickMs);
      } else {
        running?.worker.unref();
        clearInterval(timer);
        timer = undefined;
      }
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      const last = running;
      running = undefined;
      last?.worker.removeAllListeners();
      last?.worker.on("error", () => undefined);
      await last?.worker.terminate();
      await Promise.all(endings);
    },
  };
}
