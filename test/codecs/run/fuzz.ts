/**
 * `npm run fuzz:codecs -- --seconds N [--seed S] [--model M]`: random frames, and vectors with random damage, on every port of
 * every codec, held to the laws. Prints its seed; with the same seed the same frames come in the same order.
 */
import { parseArgs } from "node:util";
import { catalogue } from "../../../codecs/index.ts";
import { brokenLaws, portsOf } from "../laws.ts";
import { fromHex, toHex, vectorFiles } from "../vectors.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "10" }, seed: { type: "string" }, model: { type: "string" } },
});
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
if (!Number.isFinite(seconds) || !Number.isInteger(seed)) throw new RangeError("--seconds and --seed are numbers");

/** mulberry32: small, and the same everywhere. */
function dice(start: number): (below: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const roll = dice(seed);
const noise = (length: number) =>
  Uint8Array.from({ length }, () => (roll(4) === 0 ? [0, 0xff, 0x80, 1][roll(4)]! : roll(256)));

/** A vector with some bytes changed, cut, doubled or followed by noise. */
function damaged(bytes: Uint8Array): Uint8Array {
  let frame = bytes;
  for (let times = 1 + roll(3); times > 0; times--) {
    const at = roll(frame.length + 1);
    const kind = roll(4);
    if (kind === 0 && at < frame.length) frame = frame.with(at, roll(256));
    else if (kind === 1) frame = frame.slice(0, at);
    else if (kind === 2) frame = Uint8Array.from([...frame.slice(0, at), ...noise(1 + roll(6)), ...frame.slice(at)]);
    else frame = Uint8Array.from([...frame, ...frame.slice(at)]);
  }
  return frame;
}

const targets = [...catalogue.values()]
  .filter((codec) => values.model === undefined || codec.id === values.model)
  .map((codec) => ({
    codec,
    ports: portsOf(codec),
    vectors: vectorFiles.find((file) => file.model === codec.id)?.frames ?? [],
  }));
if (targets.length === 0) throw new RangeError(`no model ${values.model}`);

console.log(`seed ${seed}, ${seconds} s, ${targets.length} codecs`);
const end = performance.now() + seconds * 1000;
let frames = 0;
let failures = 0;
while (failures < 10 && (frames % 100 !== 0 || performance.now() < end)) {
  frames++;
  const { codec, ports, vectors } = targets[roll(targets.length)]!;
  const vector = vectors[roll(Math.max(1, vectors.length))];
  const port = vector !== undefined && roll(3) > 0 ? vector.fPort : ports[roll(ports.length)]!;
  const bytes =
    vector !== undefined && roll(3) > 0 ? damaged(fromHex(vector.hex)) : noise(roll(roll(20) === 0 ? 400 : 60));
  let broken: readonly string[];
  try {
    broken = brokenLaws(codec, port, bytes);
  } catch (error) {
    broken = [`threw ${String(error)}`];
  }
  if (broken.length === 0) continue;
  failures++;
  console.log(`${codec.id} FPort ${port} ${toHex(bytes)}\n  ${broken.join("\n  ")}`);
}
console.log(`${frames} frames, ${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
