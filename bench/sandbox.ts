/**
 * Foreign codecs: a call in a warm context ÷ a call with a fresh context and evaluation, which is what a network server
 * does for every uplink; both inside a sandbox thread, on one vendor-style decoder. Beside it the price of the border
 * (JSON in and out of the realm) and of the whole way from the caller through the thread and back.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { createContext, runInContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { createSandbox } from "../codecs/sandbox/sandbox.ts";
import { compileQuickJs } from "../codecs/sandbox/thread-keeper.ts";
import type { BenchTask, BenchTimes } from "./sandbox-thread.ts";
import { vendorStyleDecoder, vendorStyleFrame } from "./vendor-style-decoder.ts";

const rounds = 7;
const recvTime = "2024-01-01T00:00:00.000Z";
const input = { bytes: [...vendorStyleFrame], fPort: 85, recvTime, variables: {} };

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function measureInThread(): Promise<BenchTimes> {
  const task: BenchTask = {
    wasm: await compileQuickJs(),
    source: vendorStyleDecoder,
    input: JSON.stringify(input),
    rounds,
    calls: { warm: 2000, fresh: 50 },
  };
  const url = new URL(import.meta.url.endsWith(".ts") ? "./sandbox-thread.ts" : "./sandbox-thread.js", import.meta.url);
  const worker = new Worker(url, { workerData: task, execArgv: [], resourceLimits: { stackSizeMb: 8 } });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

/** µs a call as the gateway sees it: calls of one turn travel as groups. */
async function measureThrough(expected: unknown): Promise<number[]> {
  const sandbox = createSandbox();
  ok((await sandbox.load("bench", vendorStyleDecoder)).ok);
  const times: number[] = [];
  const count = 2000;
  for (let round = -1; round < rounds; round++) {
    const begun = performance.now();
    const answers = await Promise.all(
      Array.from({ length: count }, () => sandbox.decodeUplink("bench", { ...input, bytes: vendorStyleFrame })),
    );
    if (round >= 0) times.push(((performance.now() - begun) * 1000) / count);
    for (const answer of answers) deepStrictEqual(answer, { ok: true, value: { data: expected, warnings: [] } });
  }
  await sandbox.stop();
  return times;
}

export async function run(): Promise<void> {
  const reference = runInContext(
    `${vendorStyleDecoder}; JSON.stringify(decodeUplink(${JSON.stringify(input)}))`,
    createContext(),
  );
  const expected = (JSON.parse(reference) as { data: Record<string, unknown> }).data;
  ok(Object.keys(expected).length === 8, "the frame's eight items are decoded");
  const times = await measureInThread();
  deepStrictEqual(times.results, [reference], "warm, fresh and V8 agree");
  const through = await measureThrough(expected);
  const us = {
    warm: median(times.warm),
    fresh: median(times.fresh),
    freshWithBuffer: median(times.freshWithBuffer),
    border: median(times.border),
    through: median(through),
  };
  const ratio = median(times.fresh.map((fresh, round) => fresh / (times.warm[round] ?? Number.NaN)));
  const withBuffer = median(times.freshWithBuffer.map((fresh, round) => fresh / (times.warm[round] ?? Number.NaN)));
  const row = (label: string, value: number) => {
    console.log(
      `${label.padEnd(58)} ${value.toFixed(1).padStart(9)} µs ${Math.round(1e6 / value)
        .toString()
        .padStart(9)} /s`,
    );
  };
  console.log(`Foreign codec of ${vendorStyleDecoder.length} characters, ${rounds} rounds, median`);
  row("warm context", us.warm);
  row("  of which the border (JSON in and out)", us.border);
  row("fresh context and evaluation", us.fresh);
  row("fresh context with Buffer offered, as ChirpStack does", us.freshWithBuffer);
  row("caller → thread → caller, in groups, result checked", us.through);
  const round = (value: number) => Math.round(value * 10) / 10;
  console.log(
    JSON.stringify({
      bench: "sandbox",
      ratio: round(ratio),
      ratioWithBuffer: round(withBuffer),
      rounds,
      sourceChars: vendorStyleDecoder.length,
      us: Object.fromEntries(Object.entries(us).map(([name, value]) => [name, round(value)])),
      callsPerSecondWarm: Math.round(1e6 / us.warm),
      callsPerSecondFresh: Math.round(1e6 / us.fresh),
    }),
  );
}
