/**
 * Measurement rows a second from a box's journal over mutual TLS into PostgreSQL ÷ COPY of the same rows into the same tables with
 * the same indexes; 1,000 devices, a reading each quarter of an hour. Both processes as their users start them; the region keeps
 * latest values too. The rate is taken between the first batch that is durable and the last, so that no process start is in it.
 * In the end every frame is read back and one asset's day asked of the API. `--days N` a round (3), `--rounds N` (5), `--month`
 * for 30 days once, with its own ratio.
 */
import { parseArgs } from "node:util";
import { startMosquitto, startPostgres } from "../test/system/servers.ts";
import { cpuSeconds, median, memoryMb } from "./cpu.ts";
import { copyRows, type Dump, dumpRows } from "./sync-copy.ts";
import { cutOffBox, makePast, type Past } from "./sync-past.ts";
import { type BenchRegion, readDay, startBenchRegion, verifyRegion } from "./sync-region.ts";

const POLL_MS = 50;
const STALLED_MS = 60_000;

interface Drain {
  /** Measurement rows a second. */
  readonly rate: number;
  /** From the start of the gateway process to the last durable entry. */
  readonly seconds: number;
  readonly bytesPerReading: number;
  readonly peakMb: number;
  readonly cpu: { readonly gateway: number; readonly hypervisor: number };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Watched {
  readonly firstSeq: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

async function watch(region: BenchRegion, lastSeq: number, registry: number): Promise<Watched> {
  let [firstSeq, firstAt, heardAt, seen] = [0, 0, performance.now(), 0];
  for (;;) {
    const seq = await region.durableSeq();
    const now = performance.now();
    if (seq > seen) heardAt = now;
    seen = seq;
    if (firstSeq === 0 && seq > registry) [firstSeq, firstAt] = [seq, now];
    if (seq >= lastSeq) return { firstSeq, firstAt, lastAt: now };
    if (now - heardAt > STALLED_MS) throw new Error(`${seq} of ${lastSeq} entries arrived`);
    await pause(POLL_MS);
  }
}

async function drain(past: Past, region: BenchRegion): Promise<Drain> {
  const box = cutOffBox(past, region);
  await region.sql.script("CHECKPOINT");
  const hypervisorCpu = cpuSeconds(region.pid);
  const startedAt = performance.now();
  const starting = box.start();
  const { firstSeq, firstAt, lastAt } = await watch(region, past.lastSeq, past.lastSeq - past.readings);
  const running = await starting;
  const sent = (await running.status()).hypervisor?.sent;
  const drained: Drain = {
    rate: ((past.lastSeq - firstSeq) * (past.measurements / past.readings)) / ((lastAt - firstAt) / 1_000),
    seconds: (lastAt - startedAt) / 1_000,
    bytesPerReading: (sent?.bytes ?? Number.NaN) / past.readings,
    peakMb: memoryMb(running.pid, "VmHWM"),
    cpu: { gateway: cpuSeconds(running.pid), hypervisor: cpuSeconds(region.pid) - hypervisorCpu },
  };
  await running.stop();
  box.remove();
  await verifyRegion(region, past);
  return drained;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

function print(what: string, { rate, seconds, bytesPerReading, peakMb, cpu }: Drain, copy?: number): void {
  const compared = copy === undefined ? "" : `, COPY ${copy.toFixed(0)}/s, ${(rate / copy).toFixed(3)}`;
  console.log(
    `${what}: ${rate.toFixed(0)} rows/s${compared}; ${seconds.toFixed(1)} s, ${bytesPerReading.toFixed(2)} bytes a reading, ` +
      `gateway ${peakMb.toFixed(0)} MB, CPU gateway ${cpu.gateway.toFixed(1)} s, hypervisor ${cpu.hypervisor.toFixed(1)} s`,
  );
}

async function rounds(server: string, past: Past, count: number) {
  const ratios: number[] = [];
  const drains: Drain[] = [];
  let dump: Dump | undefined;
  // The first round warms the server up, gives COPY its rows, and is not counted.
  for (let each = 0; each <= count; each++) {
    const copyFirst =
      each % 2 === 1 && dump !== undefined ? await copyRows(server, dump, past.measurements) : undefined;
    const region = await startBenchRegion(server);
    const drained = await drain(past, region);
    dump ??= await dumpRows(region.sql, server);
    if (each === count) console.log(`one asset's day: ${JSON.stringify(await readDay(region, past))} ms`);
    await region.stop();
    const copy = past.measurements / (copyFirst ?? (await copyRows(server, dump, past.measurements)));
    print(each === 0 ? "warm-up" : `round ${each}`, drained, copy);
    if (each === 0) continue;
    drains.push(drained);
    ratios.push(drained.rate / copy);
  }
  dump?.remove();
  return { ratios, drains };
}

export async function run(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...flags],
    options: {
      days: { type: "string", default: "3" },
      rounds: { type: "string", default: "5" },
      month: { type: "boolean", default: false },
    },
  });
  const broker = await startMosquitto();
  const server = await startPostgres({ durable: true });
  const past = await makePast(broker.url, Number(values.days));
  console.log(`${values.days} days: ${past.readings} readings, ${past.measurements} measurement rows`);
  const { ratios, drains } = await rounds(server.url, past, Number(values.rounds));
  past.remove();
  const peaks = drains.map(({ peakMb }) => peakMb);
  let month: { drain: Drain; copy: number; day: { first: number; median: number } } | undefined;
  if (values.month) {
    const whole = await makePast(broker.url, 30);
    const region = await startBenchRegion(server.url);
    const drained = await drain(whole, region);
    const day = await readDay(region, whole);
    const dump = await dumpRows(region.sql, server.url);
    const copy = whole.measurements / (await copyRows(server.url, dump, whole.measurements));
    dump.remove();
    month = { drain: drained, copy, day };
    print(`30 days, ${whole.readings} readings`, drained, copy);
    console.log(`one asset's day: ${JSON.stringify(month.day)} ms`);
    peaks.push(month.drain.peakMb);
    await region.stop();
    whole.remove();
  }
  await server.stop();
  await broker.stop();
  console.log(
    JSON.stringify({
      bench: "sync",
      ratio: round(median(ratios), 3),
      rowsPerSecond: Math.round(median(drains.map(({ rate }) => rate))),
      bytesPerReading: round(median(drains.map(({ bytesPerReading }) => bytesPerReading)), 2),
      monthRatio: month === undefined ? null : round(month.drain.rate / month.copy, 3),
      drainSeconds: month === undefined ? null : round(month.drain.seconds, 1),
      drain3DaysSeconds: round(median(drains.map(({ seconds }) => seconds)), 1),
      dayMs: month === undefined ? null : round(month.day.median, 1),
      peakMb: round(Math.max(...peaks), 1),
    }),
  );
}
