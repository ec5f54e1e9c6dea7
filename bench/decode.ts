/**
 * Codecs of the catalogue ÷ hand-written functions that check and return the same, on three published frames; CPU time, median
 * of alternating rounds. The absolute figures say what a frame costs.
 */
import { deepStrictEqual } from "node:assert/strict";
import { findCodec } from "../codecs/index.ts";
import type { Decoded } from "../codecs/words.ts";
import { elsys, em400, nasStatus } from "./decode-by-hand.ts";

const rounds = 9;
const callsPerRound = 100_000;

interface Subject {
  readonly model: string;
  readonly fPort: number;
  readonly hex: string;
  readonly byHand: (bytes: Uint8Array) => Decoded;
}

const SUBJECTS: readonly Subject[] = [
  { model: "milesight-em400", fPort: 85, hex: "01755c0367010104824408050001", byHand: em400 },
  { model: "nas-ul20xx", fPort: 23, hex: "01f37f205e8244320916200701d20294550401fe50190012501900", byHand: nasStatus },
  { model: "elsys", fPort: 5, hex: "0100e202290400270506060308", byHand: elsys },
];

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

function nanosecondsPerCall(call: () => number): number {
  const begun = process.cpuUsage();
  let sum = 0;
  for (let i = 0; i < callsPerRound; i++) sum += call();
  const { user, system } = process.cpuUsage(begun);
  if (sum === 0) throw new Error("nothing was decoded");
  return ((user + system) * 1000) / callsPerRound;
}

function compare({ model, fPort, hex, byHand }: Subject) {
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  const codec = findCodec(model)!;
  const ours = (): Decoded => {
    const decoded = codec.decode({ bytes, fPort });
    if (!decoded.ok) throw new Error(decoded.fault.message);
    return decoded.value;
  };
  deepStrictEqual(ours(), byHand(bytes));
  const times = { codec: [] as number[], byHand: [] as number[] };
  for (let round = -2; round < rounds; round++) {
    const codecNs = nanosecondsPerCall(() => ours().measurements.length);
    const byHandNs = nanosecondsPerCall(() => byHand(bytes).measurements.length);
    if (round < 0) continue;
    times.codec.push(codecNs);
    times.byHand.push(byHandNs);
  }
  const ratio = median(times.codec.map((ns, i) => ns / times.byHand[i]!));
  return {
    model,
    codecNs: Math.round(median(times.codec)),
    byHandNs: Math.round(median(times.byHand)),
    ratio: Number(ratio.toFixed(2)),
  };
}

export async function run(): Promise<void> {
  const results = SUBJECTS.map(compare);
  console.log("frame                 codec    by hand   ratio");
  for (const { model, codecNs, byHandNs, ratio } of results) {
    console.log(
      `${model.padEnd(18)} ${String(codecNs).padStart(5)} ns  ${String(byHandNs).padStart(6)} ns   ${ratio.toFixed(2)}`,
    );
  }
  const ratios = Object.fromEntries(results.map(({ model, ratio }) => [model, ratio]));
  const ns = Object.fromEntries(
    results.map(({ model, codecNs, byHandNs }) => [model, { codec: codecNs, byHand: byHandNs }]),
  );
  console.log(JSON.stringify({ bench: "decode", ratios, ns }));
}
