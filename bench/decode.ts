/**
 * Codecs of the catalogue ÷ hand-written functions that check and return the same, on three published frames; CPU time, median
 * of alternating rounds. Beside it, what reading the frames of simulated communes costs ÷ what the same messages cost a bare
 * MQTT.js subscriber at QoS 1 that only parses their JSON, from a real mosquitto. `--messages N` a round.
 */
import { deepStrictEqual } from "node:assert/strict";
import { parseArgs } from "node:util";
import { findCodec } from "../codecs/index.ts";
import type { Decoded } from "../codecs/words.ts";
import { type BareSubscriber, startBareSubscriber } from "./bare.ts";
import { median } from "./cpu.ts";
import { elsys, em400, nasStatus } from "./decode-by-hand.ts";
import { createUplinks } from "./uplinks.ts";

const rounds = 9;
const callsPerRound = 100_000;
const DEVICES = 1_000;
const SHARE_ROUNDS = 5;
const PASSES = 4;

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

function nanosecondsPerCall(call: () => number): number {
  const begun = process.cpuUsage();
  let sum = 0;
  for (let i = 0; i < callsPerRound; i++) sum += call();
  const { user, system } = process.cpuUsage(begun);
  if (sum === 0) throw new Error("nothing was decoded");
  return ((user + system) * 1000) / callsPerRound;
}

interface Comparison {
  readonly model: string;
  readonly codecNs: number;
  readonly byHandNs: number;
  readonly ratio: number;
}

function compare({ model, fPort, hex, byHand }: Subject): Comparison {
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

interface Frame {
  readonly model: string;
  readonly fPort: number;
  readonly bytes: Uint8Array;
}

/** The frame in a PUBLISH packet, as the box sees it. */
function frameIn(packet: Buffer): Frame {
  const event = JSON.parse(packet.subarray(packet.indexOf('{"deduplicationId"')).toString()) as {
    readonly fPort: number;
    readonly data: string;
    readonly deviceInfo: { readonly tags: { readonly beffroi_model: string } };
  };
  const { fPort, data, deviceInfo } = event;
  return { model: deviceInfo.tags.beffroi_model, fPort, bytes: new Uint8Array(Buffer.from(data, "base64")) };
}

function readAll(frames: readonly Frame[]): void {
  let readings = 0;
  for (const { model, fPort, bytes } of frames) if (findCodec(model)?.decode({ bytes, fPort }).ok) readings += 1;
  if (readings !== frames.length) throw new Error(`${readings} of ${frames.length} frames were read`);
}

/** CPU nanoseconds a frame. A first pass goes before, which also pays for what making the frames left behind. */
function nanosecondsPerFrame(frames: readonly Frame[]): number {
  readAll(frames);
  const begun = process.cpuUsage();
  for (let pass = 0; pass < PASSES; pass++) readAll(frames);
  const { user, system } = process.cpuUsage(begun);
  return ((user + system) * 1000) / (frames.length * PASSES);
}

async function shareOf(bare: BareSubscriber, messages: number) {
  const uplinks = createUplinks(DEVICES);
  const times = { codec: [] as number[], bare: [] as number[] };
  // The first two rounds warm both up.
  for (let round = -2; round < SHARE_ROUNDS; round++) {
    const packets = uplinks.next(messages);
    const bareNs = await bare.nanosecondsPerMessage(packets);
    const codecNs = nanosecondsPerFrame(packets.map(frameIn));
    if (round < 0) continue;
    times.bare.push(bareNs);
    times.codec.push(codecNs);
  }
  return {
    mixNs: Math.round(median(times.codec)),
    bareNs: Math.round(median(times.bare)),
    share: Number(median(times.codec.map((ns, i) => ns / times.bare[i]!)).toFixed(4)),
  };
}

export async function run(flags: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({ args: [...flags], options: { messages: { type: "string", default: "30000" } } });
  const results = SUBJECTS.map(compare);
  const bare = await startBareSubscriber();
  const { mixNs, bareNs, share } = await shareOf(bare, Number(values.messages)).finally(bare.stop);
  console.log("frame                 codec    by hand   ratio   of the bare subscriber");
  for (const { model, codecNs, byHandNs, ratio } of results) {
    const part = ((100 * codecNs) / bareNs).toFixed(1);
    console.log(
      `${model.padEnd(18)} ${String(codecNs).padStart(5)} ns  ${String(byHandNs).padStart(6)} ns   ${ratio.toFixed(2)}  ${part.padStart(6)} %`,
    );
  }
  console.log(
    `frames of simulated communes: ${mixNs} ns a frame, ${(100 * share).toFixed(1)} % of the ${bareNs} ns a message costs`,
  );
  const byModel = <T>(pick: (result: Comparison) => T) =>
    Object.fromEntries(results.map((result) => [result.model, pick(result)]));
  console.log(
    JSON.stringify({
      bench: "decode",
      ratios: byModel(({ ratio }) => ratio),
      shareOfBare: share,
      sharesOfBare: byModel(({ codecNs }) => Number((codecNs / bareNs).toFixed(4))),
      ns: { ...byModel(({ codecNs, byHandNs }) => ({ codec: codecNs, byHand: byHandNs })), mix: mixNs, bare: bareNs },
      rounds,
    }),
  );
}
