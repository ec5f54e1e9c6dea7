/**
 * `npm run test:soak -- --minutes N`: the demo's boxes at ten times its life. Memory and open files of each process, disk of each
 * data folder and the freshness of what the hypervisor shows are looked at every few seconds; a line through them tells what grows.
 * Options: `--boxes` (12), `--times` (10), `--every SECONDS` (5), `--samples FILE` (every look as a line of JSON). Exit code 1 when
 * something grew beyond its bound (bounds.ts) or an entry did not arrive.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { renderTable } from "../../cli/terminal/table.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { BOUNDS, DISK, FRESHNESS_MEDIAN_MAX, FRESHNESS_RISE_MAX } from "./bounds.ts";
import { afterWarmUp, type Bound, type Growth, growthOf, isWithin, median, rise, type Sample } from "./growth.ts";
import { diskMb, type Follower, followReadings, openFiles, residentMb } from "./measure.ts";
import { startWorld, type World } from "./world.ts";

const WARM_UP_PART = 1 / 3;
const SETTLED_WITHIN_MS = 120_000;
const MB = 1_048_576;

interface Options {
  readonly minutes: number;
  readonly boxes: number;
  readonly times: number;
  readonly every: number;
  readonly samples: string | undefined;
}

const numberOf = (name: string, text: string, max: number): number => {
  const value = Number(text);
  if (!(value > 0 && value <= max)) throw new Error(`--${name}: a number up to ${max} expected, not ${text}`);
  return value;
};

const readOptions = (): Options => {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      boxes: { type: "string", default: `${COMMUNES.length}` },
      times: { type: "string", default: "10" },
      every: { type: "string", default: "5" },
      samples: { type: "string" },
    },
  });
  return {
    minutes: numberOf("minutes", values.minutes, 7 * 24 * 60),
    boxes: Math.floor(numberOf("boxes", values.boxes, COMMUNES.length)),
    times: numberOf("times", values.times, 1_000),
    every: numberOf("every", values.every, 3_600),
    samples: values.samples,
  };
};

/** Rows of samples by what they measure: `memory remiremont`. */
type Rows = Map<string, Sample[]>;

const lookOnce = async (world: World, followers: readonly Follower[], rows: Rows): Promise<void> => {
  const at = Date.now();
  const note = (kind: string, name: string, value: number): void => {
    const key = `${kind} ${name}`;
    const row = rows.get(key) ?? [];
    rows.set(key, row);
    row.push({ at, value });
  };
  const { region, regionFolder, places } = world;
  const parts = [
    { name: "hypervisor", pid: region.process.pid, folder: regionFolder },
    ...places.map(({ box, dataFolder }) => ({ name: box.name, pid: box.process.pid, folder: dataFolder })),
  ];
  for (const { name, pid, folder } of parts) {
    note("memory", name, residentMb(pid));
    note("files", name, openFiles(pid));
    note("disk", name, diskMb(folder));
  }
  for (const follower of followers) {
    await follower.look();
    const age = follower.ageSeconds();
    if (age !== undefined) note("freshness", follower.box, age);
  }
};

const watch = async (world: World, followers: readonly Follower[], options: Options): Promise<Rows> => {
  const rows: Rows = new Map();
  const end = Date.now() + options.minutes * 60_000;
  let told = Date.now();
  while (Date.now() < end) {
    const next = Date.now() + options.every * 1_000;
    await lookOnce(world, followers, rows);
    if (options.samples !== undefined) {
      const newest = Object.fromEntries([...rows].map(([key, row]) => [key, row.at(-1)?.value]));
      appendFileSync(options.samples, `${JSON.stringify({ at: new Date().toISOString(), ...newest })}\n`);
    }
    if (Date.now() - told > 60_000) {
      told = Date.now();
      const readings = followers.reduce((sum, each) => sum + each.readings, 0);
      process.stderr.write(`${Math.ceil((end - told) / 60_000)} min left, ${readings} readings\n`);
    }
    await pause(Math.max(0, next - Date.now()));
  }
  return rows;
};

/** Waits until every box has handed over what it wrote; gives the boxes that did not, and what they still hold. */
const settle = async ({ places }: World): Promise<string[]> => {
  const end = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const states = await Promise.all(
      places.map(async ({ box }) => ({ name: box.name, ...(await box.status()).journal })),
    );
    const late = states.filter(({ waiting }) => waiting > 0);
    if (late.length === 0) return [];
    if (Date.now() > end) return late.map(({ name, waiting }) => `${name}: ${waiting} entries did not arrive`);
    await pause(500);
  }
};

interface Finding {
  readonly what: string;
  readonly name: string;
  readonly growth: Growth;
  readonly unit: string;
  readonly ok: boolean;
}

const judge = (rows: Rows): Finding[] =>
  [...rows].flatMap(([key, samples]) => {
    const [what = "", name = ""] = key.split(" ");
    const used = afterWarmUp(samples, WARM_UP_PART);
    if (used.length < 2) return [];
    const growth = growthOf(used);
    const hours = (used.at(-1)!.at - used[0]!.at) / 3_600_000;
    const memory = BOUNDS[name === "hypervisor" ? "hypervisorMemory" : "boxMemory"];
    const bound: Bound | undefined = { memory, files: BOUNDS.files }[what];
    const fresh = what !== "freshness" || (growth.median <= FRESHNESS_MEDIAN_MAX && rise(used) <= FRESHNESS_RISE_MAX);
    const unit = { memory: "MB", disk: "MB", freshness: "s" }[what] ?? "";
    return [{ what, name, growth, unit, ok: fresh && (bound === undefined || isWithin(growth, bound, hours)) }];
  });

const show = (findings: readonly Finding[]): void => {
  const shown = (value: number) => (Math.abs(value) < 0.05 ? "0" : value.toFixed(1));
  const order = ["memory", "files", "disk", "freshness"];
  const sorted = findings.toSorted((a, b) => order.indexOf(a.what) - order.indexOf(b.what));
  const titles = ["first", "last", "median", "max", "grown", "per hour"];
  const lines = renderTable(
    [{ title: "what", flexible: true }, ...titles.map((title) => ({ title, align: "right" as const })), { title: "" }],
    sorted.map(({ what, name, growth, unit, ok }) => [
      `${what} ${name}${unit === "" ? "" : ` (${unit})`}`,
      ...[growth.first, growth.last, growth.median, growth.max, growth.grown, growth.perHour].map(shown),
      ok ? "✓" : "✗",
    ]),
    110,
  );
  process.stdout.write(`${lines.join("\n")}\n`);
};

/** MB on disk from the first look to the last. */
const diskGrown = (rows: Rows, name: string): number => {
  const row = rows.get(`disk ${name}`) ?? [];
  return (row.at(-1)?.value ?? 0) - (row[0]?.value ?? 0);
};

const wastesDisk = (rows: Rows, name: string, readings: number, bound: (typeof DISK)[keyof typeof DISK]): boolean =>
  diskGrown(rows, name) > bound.allowance + (bound.perReading * readings) / MB;

const summarize = (rows: Rows, findings: readonly Finding[], followers: readonly Follower[], options: Options) => {
  const readings = followers.reduce((sum, each) => sum + each.readings, 0);
  const bytesPerReading = (name: string, of: number) => Math.round((diskGrown(rows, name) * MB) / Math.max(1, of));
  const boxes = followers.map((each) => bytesPerReading(each.box, each.readings));
  const perHour = (what: string, hypervisor: boolean) =>
    Number(
      median(
        findings
          .filter((each) => each.what === what && (each.name === "hypervisor") === hypervisor)
          .map((each) => each.growth.perHour),
      ).toFixed(2),
    );
  const medianOf = (what: string, hypervisor: boolean) =>
    Number(
      median(
        findings
          .filter((each) => each.what === what && (each.name === "hypervisor") === hypervisor)
          .map((each) => each.growth.median),
      ).toFixed(1),
    );
  return {
    test: "soak",
    minutes: options.minutes,
    boxes: options.boxes,
    times: options.times,
    readings,
    perSecond: Math.round((10 * readings) / (options.minutes * 60)) / 10,
    boxMb: medianOf("memory", false),
    boxMbPerHour: perHour("memory", false),
    hypervisorMb: medianOf("memory", true),
    hypervisorMbPerHour: perHour("memory", true),
    freshnessSeconds: medianOf("freshness", false),
    boxBytesPerReading: median(boxes),
    hypervisorBytesPerReading: bytesPerReading("hypervisor", readings),
  };
};

const main = async (): Promise<void> => {
  const options = readOptions();
  const world = await startWorld(options.boxes, options.times);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void world.stop().finally(() => process.exit(130)));
  try {
    const followers = world.places.map(({ box }) => followReadings(world.region.pageUrl, box.name));
    const rows = await watch(world, followers, options);
    await world.hush();
    const wrong = await settle(world);
    for (const follower of followers) await follower.look();
    const findings = judge(rows);
    show(findings);
    const summary = summarize(rows, findings, followers, options);
    for (const { box, readings } of followers)
      if (wastesDisk(rows, box, readings, DISK.box)) wrong.push(`${box} writes too much for a reading`);
    if (wastesDisk(rows, "hypervisor", summary.readings, DISK.hypervisor))
      wrong.push("the hypervisor writes too much for a reading");
    wrong.push(...findings.filter(({ ok }) => !ok).map(({ what, name }) => `${what} of ${name} is beyond its bound`));
    for (const line of wrong) process.stdout.write(`✗ ${line}\n`);
    process.stdout.write(`${JSON.stringify({ ...summary, ok: wrong.length === 0 })}\n`);
    process.exitCode = wrong.length === 0 ? 0 : 1;
  } finally {
    await world.stop();
  }
};

await main();
