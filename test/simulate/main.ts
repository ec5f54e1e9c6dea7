/** `npm run simulate -- --seed N --schedules M [--variant NAME] [--trace]`: schedules N to N + M − 1. */
import { parseArgs } from "node:util";
import { type Report, reachedFaults, simulate } from "./simulate.ts";
import { ALSO, type AlsoName } from "./troubles.ts";
import { VARIANTS, type VariantName } from "./variants.ts";

const USAGE = `Runs boxes, brokers, fibres and a region in one driven world, with faults drawn from a seed, and compares what the
region holds with what the sources were told is safe.

  npm run simulate                                  500 schedules from a seed of today
  npm run simulate -- --seed 7 --schedules 2000     schedules 7 to 2006; the same every time
  npm run simulate -- --seed 41 --schedules 1 --trace   one schedule, event by event
  npm run simulate -- --variant ${Object.keys(VARIANTS)[1]}   parts broken on purpose: must be caught
  npm run simulate -- --also ${Object.keys(ALSO)[0]}   drawn in every schedule, besides the others

Variants: ${Object.keys(VARIANTS).join(", ")}
Also: ${Object.keys(ALSO).join(", ")}`;

const whole = (text: string, name: string, min: number): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min) return value;
  console.error(`--${name} ${text}: a whole number from ${min} is wanted\n\n${USAGE}`);
  process.exit(2);
};

function options() {
  try {
    return parseArgs({
      options: {
        seed: { type: "string" },
        schedules: { type: "string", default: "500" },
        variant: { type: "string", default: "sound" },
        also: { type: "string" },
        trace: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}

function print({ results, faults, hash }: Report, seed: number, seconds: number): void {
  console.log(`\nschedules that reached each fault\n${reachedFaults(faults)}`);
  const sum = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((total, each) => total + of(each), 0);
  const line = {
    bench: "simulate",
    seed,
    schedules: results.length,
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lost: sum(({ lost }) => lost),
    shed: sum(({ shed }) => shed),
    forgotten: sum(({ forgotten }) => forgotten),
    waiting: sum(({ waiting }) => waiting),
    erased: sum(({ erased }) => erased),
    again: sum(({ again }) => again),
    duplicated: sum(({ duplicated }) => duplicated),
    reordered: sum(({ reordered }) => reordered),
    invented: sum(({ invented }) => invented),
    stuck: results.filter(({ stuck }) => stuck !== undefined).length,
    defects: sum(({ defects }) => defects.length),
    seconds: Math.round(seconds * 10) / 10,
    trace: hash,
  };
  console.log(JSON.stringify(line));
}

const given = options();
if (given.help) {
  console.log(USAGE);
  process.exit(0);
}
if (!(given.variant in VARIANTS)) {
  console.error(`--variant ${given.variant}: there is no such variant\n\n${USAGE}`);
  process.exit(2);
}
if (given.also !== undefined && !(given.also in ALSO)) {
  console.error(`--also ${given.also}: there is no such trouble\n\n${USAGE}`);
  process.exit(2);
}
const again = given.also === undefined ? "" : ` --also ${given.also}`;
const seed = given.seed === undefined ? Math.floor(Date.now() / 1000) : whole(given.seed, "seed", 0);
const schedules = whole(given.schedules, "schedules", 1);
const from = performance.now();
console.log(`seed ${seed}, ${schedules} schedules, ${given.variant}`);
const report = await simulate({
  seed,
  schedules,
  variant: given.variant as VariantName,
  ...(given.also === undefined ? {} : { also: given.also as AlsoName }),
  ...(given.trace ? { listen: (line: string) => console.log(line) } : {}),
  onFailure(result) {
    console.log(
      `\nschedule ${result.seed} failed; again: npm run simulate -- --seed ${result.seed} --schedules 1${again} --trace`,
    );
    const { lost, duplicated, reordered, invented, stuck, defects, examples } = result;
    console.log(JSON.stringify({ lost, duplicated, reordered, invented, stuck, defects, examples }, undefined, 1));
  },
  ...(process.stdout.isTTY ? { onProgress: (done: number) => process.stdout.write(`\r${done}/${schedules} `) } : {}),
});
print(report, seed, (performance.now() - from) / 1_000);
process.exitCode = report.failed > 0 ? 1 : 0;
