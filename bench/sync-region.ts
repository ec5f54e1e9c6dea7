/** The region of a round: a fresh database, the hypervisor process as its user starts it, and what it holds in the end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { freePort } from "../fixtures/demo/ports.ts";
import { startRegion } from "../fixtures/demo/region.ts";
import { territoriesFile } from "../fixtures/demo/territories.ts";
import { enrolBoxAt, type Identity } from "../fixtures/enrolled-box.ts";
import { openPostgres } from "../hypervisor/store/postgres.ts";
import type { Sql } from "../hypervisor/store/sql.ts";
import { freshDatabase } from "../test/system/servers.ts";
import { BOX, type Past, SERVED } from "./sync-past.ts";

export interface BenchRegion {
  readonly sql: Sql;
  readonly boxPort: number;
  readonly identity: Identity;
  readonly pid: number;
  readonly pageUrl: string;
  durableSeq(): Promise<number>;
  stop(): Promise<void>;
}

export async function startBenchRegion(server: string): Promise<BenchRegion> {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-bench-region-"));
  const database = await freshDatabase(server);
  const data = join(folder, "data");
  const region = await startRegion({
    folder: data,
    pagePort: await freePort(),
    boxPort: await freePort(),
    territoriesFile: territoriesFile(folder, SERVED),
    logFile: join(folder, "hypervisor.log"),
    env: { ...process.env, DATABASE_URL: database.url },
  });
  const box = { name: BOX, communes: SERVED.map(({ insee }) => insee) };
  const identity = await enrolBoxAt(data, box);
  const sql = await openPostgres({ url: database.url, log: pino({ level: "silent" }), connectionsMax: 1 });
  return {
    sql,
    boxPort: region.boxPort,
    identity,
    pid: region.process.pid,
    pageUrl: region.pageUrl,
    durableSeq: async () => (await sql.query<{ seq: number }>("SELECT seq FROM box_cursor"))[0]?.seq ?? 0,
    async stop() {
      await sql.close();
      await region.stop();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Throws unless every reading and every value is there, and every frame can be read back as it was. */
export async function verifyRegion({ sql }: BenchRegion, past: Past): Promise<void> {
  const [held] = await sql.query<{ readings: number; frames: string; seqs: number }>(
    `SELECT count(*)::int4 AS readings, count(DISTINCT seq)::int4 AS seqs, md5(string_agg(frame, ''::bytea ORDER BY seq)) AS frames
     FROM reading`,
  );
  const [values] = await sql.query<{ n: number }>("SELECT count(*)::int4 AS n FROM measurement");
  const [latest] = await sql.query<{ wrong: number }>(
    `SELECT count(*)::int4 AS wrong FROM latest JOIN series ON series.box = latest.box AND series.asset = latest.asset
       AND series.name || CASE series.instance WHEN '' THEN '' ELSE '@' || series.instance END = latest.measurement
     CROSS JOIN LATERAL (SELECT max(at) AS at FROM measurement WHERE measurement.series = series.id) AS newest
     WHERE newest.at > latest.at`,
  );
  const is = { ...held, measurements: values?.n, staleLatest: latest?.wrong };
  const must = {
    readings: past.readings,
    seqs: past.readings,
    frames: past.framesMd5,
    measurements: past.measurements,
    staleLatest: 0,
  };
  for (const [name, value] of Object.entries(must))
    if (is[name as keyof typeof is] !== value) throw new Error(`region: ${JSON.stringify({ is, must })}`);
}

const READS = 25;

/** Milliseconds of one asset's day through the API: the first read and the median of many. */
export async function readDay({ pageUrl }: BenchRegion, { sample }: Past): Promise<{ first: number; median: number }> {
  const query = new URLSearchParams({
    measurement: sample.measurement,
    from: new Date(sample.until - 86_400_000).toISOString(),
    to: new Date(sample.until).toISOString(),
  });
  const taken: number[] = [];
  for (let each = 0; each < READS; each++) {
    const from = performance.now();
    const reply = await fetch(`${pageUrl}/api/v1/assets/${encodeURIComponent(sample.asset)}/series?${query}`);
    const { points } = (await reply.json()) as { points: unknown[] };
    taken.push(performance.now() - from);
    if (points.length < 10) throw new Error(`only ${points.length} points of ${sample.asset} ${sample.measurement}`);
  }
  return { first: taken[0]!, median: [...taken].sort((a, b) => a - b)[READS >> 1]! };
}
