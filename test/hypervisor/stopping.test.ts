/** What was acknowledged is there after a kill; a stop finishes what is under way. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, test } from "vitest";
import { ReadingsReply } from "../../api/schemas.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { openPglite } from "../../hypervisor/store/pglite.ts";
import { startPostgres, systemTest } from "../system/servers.ts";
import { Journal, readingOf } from "./batches.ts";
import { lampEntries, startRegion } from "./region.ts";

const root = mkdtempSync(join(tmpdir(), "beffroi-stopping-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

const WRITER = `
const [{ createSqlStore }, { openPglite }, { Journal, readingOf }] = await Promise.all(
  ["hypervisor/store/open.ts", "hypervisor/store/pglite.ts", "test/hypervisor/batches.ts"].map((file) => import(process.env.ROOM + file)));
const store = await createSqlStore(await openPglite(process.env.FOLDER), Date.now());
await store.addBox({ name: "b", communes: ["88383"] }, Date.now());
const journal = new Journal("b");
for (let seq = 1; ; seq++) {
  journal.append(readingOf({ fCnt: seq }));
  const reply = await store.acceptBatch(journal.batch(seq, seq), Date.now());
  console.log(reply.durableSeq);
}`;

test("the embedded database keeps every acknowledged batch through kill -9", { timeout: 120_000 }, async () => {
  const folder = join(root, "killed");
  const child = spawn(process.execPath, ["--input-type=module", "-e", WRITER], {
    env: { ...process.env, FOLDER: folder, ROOM: `${join(import.meta.dirname, "../..")}/` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const ended = new Promise((resolve) => child.on("exit", resolve));
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    acknowledged = Number(line);
    if (acknowledged === 40) child.kill("SIGKILL");
  }
  await ended;
  expect(acknowledged).toBeGreaterThanOrEqual(40);
  const store = await createSqlStore(await openPglite(folder), Date.now());
  const seqs = (await store.readings({ box: "b", afterSeq: 0, limit: 10_000 })).map(({ seq }) => seq);
  expect(seqs.length).toBeGreaterThanOrEqual(acknowledged);
  expect(seqs).toEqual(seqs.map((_, place) => place + 1));
  await store.close();
});

test("batches under way at a stop are either answered and stored, or not answered 200", {
  timeout: 120_000,
}, async () => {
  const region = await startRegion();
  const box = await region.addBox({ name: "eloyes", communes: ["88383"] });
  const journal = new Journal("eloyes");
  journal.append(...Array.from({ length: 3_000 }, (_, fCnt) => readingOf({ fCnt })));
  expect((await region.send(box, journal.batch(1, 1))).status).toBe(200);
  const feed = await region.boxFeed(box, "/v1/boxes/eloyes/commands");
  const live = await region.pageFeed("/api/v1/live");
  const sent = region.send(box, journal.batch(2, 3_000)).then(
    ({ status }) => status,
    () => 0,
  );
  await new Promise((resolve) => setImmediate(resolve));
  const before = Date.now();
  await region.hypervisor.stop();
  expect(Date.now() - before).toBeLessThan(20_000);
  const status = await sent;
  await Promise.all([feed.ended, live.ended]);
  const store = await createSqlStore(await openPglite(join(region.folder, "data", "store")), Date.now());
  const stored = (await store.readings({ box: "eloyes", afterSeq: 0, limit: 5_000 })).length;
  expect([1, 3_000]).toContain(stored);
  if (status === 200) expect(stored).toBe(3_000);
  await store.close();
  await region.stop();
});

systemTest("two replicas on one PostgreSQL: a click on one reaches the box on the other", ["postgresql"], async () => {
  const server = await startPostgres();
  const first = await startRegion({ databaseUrl: server.url });
  // Replicas share one authority: boxes must know them all.
  const shared = join(root, "replica");
  cpSync(join(first.folder, "data", "authority"), join(shared, "authority"), { recursive: true });
  const second = await startRegion({ databaseUrl: server.url, dataFolder: shared });
  const lamp = "lamp:88383:042";
  const box = await first.addBox({ name: "remiremont", communes: ["88383"] });
  const journal = new Journal("remiremont");
  journal.append(...lampEntries(lamp), readingOf({ asset: lamp }));
  const feed = await second.boxFeed(box, "/v1/boxes/remiremont/commands");
  const live = await first.pageFeed("/api/v1/live");
  await Promise.all([feed.until(": open"), live.until(": open")]);
  expect((await second.send(box, journal.batch(1, 3))).status).toBe(200);
  await live.until(lamp);
  expect(
    ReadingsReply.parse(JSON.parse((await first.page("/api/v1/readings?box=remiremont")).body)).readings,
  ).toHaveLength(1);
  const placed = await first.page("/api/v1/commands", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ target: lamp, name: "dim", fields: { level: 50 } }),
  });
  expect(placed.status).toBe(201);
  await feed.until(JSON.parse(placed.body).id);
  await first.stop();
  journal.append(readingOf());
  expect((await second.send(box, journal.batch(4, 4))).status).toBe(200);
  await second.stop();
  await server.stop();
});
