/** The measuring half of `bench sandbox`: runs inside a worker thread set up like the sandbox's own. */
import { parentPort, workerData } from "node:worker_threads";
import { newQuickJSWASMModuleFromVariant, newVariant, type QuickJSWASMModule, RELEASE_SYNC } from "quickjs-emscripten";
import { defaultLimits } from "../codecs/sandbox/limits.ts";
import { preludeText } from "../codecs/sandbox/prelude.ts";
import { createRealm, type Realm } from "../codecs/sandbox/realm.ts";

export interface BenchTask {
  readonly wasm: WebAssembly.Module;
  readonly source: string;
  readonly input: string;
  readonly rounds: number;
  readonly calls: { readonly warm: number; readonly fresh: number };
}

/** µs a call in each round, and every distinct text the calls returned. */
export interface BenchTimes {
  readonly warm: number[];
  readonly fresh: number[];
  readonly freshWithBuffer: number[];
  readonly border: number[];
  readonly results: string[];
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** What a server without warm contexts does: a runtime and a context for one call, limits and interrupt handler included. */
function callFresh(quickjs: QuickJSWASMModule, { source, input }: BenchTask, prelude: string | undefined): string {
  const end = cpuMs() + defaultLimits.loadMsMax + defaultLimits.callMsMax;
  const runtime = quickjs.newRuntime({
    memoryLimitBytes: defaultLimits.memoryBytesMax,
    maxStackSizeBytes: defaultLimits.loadStackBytesMax,
    interruptHandler: () => cpuMs() > end,
  });
  const context = runtime.newContext();
  if (prelude !== undefined)
    context.unwrapResult(context.evalCode(prelude, "prelude.js", { type: "global" })).dispose();
  context.unwrapResult(context.evalCode(source, "codec.js", { type: "global" })).dispose();
  const call = `var i = ${input}; i.recvTime = new Date(i.recvTime); JSON.stringify(decodeUplink(i))`;
  const result = context.unwrapResult(context.evalCode(call, "call.js", { type: "global" }));
  const text = context.getString(result);
  result.dispose();
  context.dispose();
  runtime.dispose();
  return text;
}

async function openRealm(task: BenchTask, source: string): Promise<Realm> {
  const realm = await createRealm({ wasm: task.wasm, limits: defaultLimits, cpuMs }, "date");
  const loaded = realm.load(source);
  if (!loaded.ok) throw new Error(loaded.message);
  return realm;
}

async function measure(task: BenchTask): Promise<BenchTimes> {
  const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmModule: task.wasm }));
  const results = new Set<string>();
  const warmRealm = await openRealm(task, task.source);
  const callWarm = (realm: Realm) => {
    const answer = realm.call("decodeUplink", task.input);
    if (!answer.ok) throw new Error(answer.message);
    return answer.text;
  };
  const sample = callWarm(warmRealm);
  // The same answer without the decoder's own work: what is left is the price of crossing.
  const borderRealm = await openRealm(task, `var a = ${sample}; function decodeUplink() { return a; }`);
  const prelude = preludeText("date");
  const times: BenchTimes = { warm: [], fresh: [], freshWithBuffer: [], border: [], results: [] };
  const time = (count: number, call: () => string) => {
    const begun = performance.now();
    for (let n = 0; n < count; n++) results.add(call());
    return ((performance.now() - begun) * 1000) / count;
  };
  for (let round = -1; round < task.rounds; round++) {
    const warm = time(task.calls.warm, () => callWarm(warmRealm));
    const fresh = time(task.calls.fresh, () => callFresh(quickjs, task, undefined));
    const freshWithBuffer = time(task.calls.fresh, () => callFresh(quickjs, task, prelude));
    const border = time(task.calls.warm, () => callWarm(borderRealm));
    // The first round warms V8's compilers up, for both sides.
    if (round < 0) continue;
    times.warm.push(warm);
    times.fresh.push(fresh);
    times.freshWithBuffer.push(freshWithBuffer);
    times.border.push(border);
  }
  return { ...times, results: [...results] };
}

parentPort?.postMessage(await measure(workerData as BenchTask));
