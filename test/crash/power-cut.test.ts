/** What a power cut may leave: the emulation itself, and the product's journal under it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { STORE_FILE } from "../../gateway/box-store.ts";
import { createRandom } from "../simulate/world.ts";
import { buildShim, layFiles, mendLog, missingForPowerCuts, playCut, readLog } from "./power-cut.ts";

const record = (kind: string, name: string, at: number, data = Buffer.alloc(0)): Buffer => {
  const head = Buffer.alloc(16);
  head.write(kind);
  head[1] = name.length;
  head.writeUInt32LE(data.length, 4);
  head.writeBigUInt64LE(BigInt(at), 8);
  return Buffer.concat([head, Buffer.from(name), data]);
};
const page = (byte: number) => Buffer.alloc(4_096, byte);

const scratchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-cut-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

test("what was synced is there, and of the rest any part, down to single sectors", () => {
  const log = Buffer.concat([
    record("W", "-wal", 0, page(1)),
    record("S", "-wal", 0),
    record("W", "-wal", 0, page(2)),
    record("W", "-wal", 4_096, page(3)),
  ]);
  const operations = readLog(log);
  expect(operations.map(({ is }) => is)).toEqual(["write", "sync", "write", "write"]);
  const random = createRandom(3);
  const seen = { old: 0, new: 0, torn: 0, shorter: 0 };
  for (let cut = 0; cut < 200; cut++) {
    const { files, unsynced } = playCut(new Map(), operations, random);
    expect(unsynced).toBe(2);
    const content = files.get("-wal")!;
    const first = new Set(content.subarray(0, 4_096));
    expect([...first].every((byte) => byte === 1 || byte === 2)).toBe(true);
    if (first.size > 1) seen.torn++;
    else if (first.has(1)) seen.old++;
    else seen.new++;
    if (content.length < 8_192) seen.shorter++;
    for (let sector = 0; sector < 8; sector++)
      expect(new Set(content.subarray(sector * 512, (sector + 1) * 512)).size).toBe(1);
  }
  expect(Object.values(seen).every((count) => count > 10)).toBe(true);
});

test("truncating and removing count too; a removed file may come back until its folder is synced, and not after", () => {
  const written = [record("W", "", 0, page(1)), record("T", "", 100), record("S", "", 0)];
  expect(playCut(new Map(), readLog(Buffer.concat(written)), createRandom(1)).files.get("")?.length).toBe(100);
  const fates = (operations: Buffer[]) => {
    const log = readLog(Buffer.concat(operations));
    return new Set(Array.from({ length: 50 }, (_, seed) => playCut(new Map(), log, createRandom(seed)).files.has("")));
  };
  const removed = [...written, record("U", "", 0)];
  expect(fates(removed)).toEqual(new Set([true, false]));
  expect(fates([...removed, record("D", "", 0)])).toEqual(new Set([false]));
  // Made anew since: another file of the same name.
  const again = [...removed, record("W", "", 0, page(2)), record("S", "", 0)];
  expect(fates([...again, record("D", "", 0)])).toEqual(new Set([true]));
});

test("a record the killed process did not finish is none, and does not swallow those of the next one", () => {
  const file = join(scratchFolder(), "disk.log");
  const whole = Buffer.concat([record("W", "", 0, page(1)), record("S", "", 0)]);
  writeFileSync(file, Buffer.concat([whole, record("W", "", 0, page(2)).subarray(0, 700)]));
  expect(readLog(readFileSync(file)).map(({ is }) => is)).toEqual(["write", "sync"]);
  mendLog(file);
  appendFileSync(file, whole);
  expect(readLog(readFileSync(file)).map(({ is }) => is)).toEqual(["write", "sync", "write", "sync"]);
});

const missing = missingForPowerCuts();
if (missing !== undefined) console.warn(`not tried: the journal after power cuts (${missing})`);

/** What the writer says goes into a file that is watched too: the log then tells what was acknowledged at each moment. */
const SAID = "-said";
const CUTS = 30;
/** Making the file, its log and its tables takes about so many operations. */
const BEGINNING = 60;

test.skipIf(missing !== undefined)(
  "after a cut at any moment the journal holds all that was acknowledged, whole",
  async () => {
    const seed = Date.now() % 1e6;
    console.log(`power cuts: seed ${seed}`);
    const random = createRandom(seed);
    const shim = buildShim();
    onTestFinished(shim.stop);
    const folder = scratchFolder();
    const file = join(folder, STORE_FILE);
    const log = join(folder, "disk.log");
    const writer = new URL("./writer.ts", import.meta.url).pathname;
    // Several lives, killed one after another, before the power goes.
    for (const group of [1, 7, 100]) {
      mendLog(log);
      const env = { ...process.env, ...shim.env(file, log) };
      const said = openSync(`${file}${SAID}`, "a");
      const child = spawn(process.execPath, [writer, folder, `${group}`], { stdio: ["ignore", said, "inherit"], env });
      closeSync(said);
      const from = statSync(`${file}${SAID}`).size;
      while (statSync(`${file}${SAID}`).size < from + 100) await pause(5);
      child.kill("SIGKILL");
      await once(child, "close");
    }
    const operations = readLog(readFileSync(log));
    const clock = { now: () => ({ wall: 1, mono: 1, clock: "unknown" as const }) };
    let underWay = 0;
    for (let count = 0; count < CUTS; count++) {
      const until = random.whole(0, random.chance(0.3) ? BEGINNING : operations.length);
      const before = operations.slice(0, until);
      const acknowledged = Number(before.findLast(({ name }) => name === SAID)?.data.toString() ?? 0);
      const cut = playCut(
        new Map(),
        before.filter(({ name }) => name !== SAID),
        random,
      );
      underWay += Math.sign(cut.unsynced);
      const copy = join(folder, "copy.sqlite");
      layFiles(copy, cut.files);
      const db = new Database(copy);
      const journal = openJournal(db, { clock });
      expect({ until, held: journal.lastSeq >= acknowledged, findings: journal.verify().findings }).toEqual({
        until,
        held: true,
        findings: [],
      });
      db.close();
    }
    expect(underWay).toBeGreaterThan(CUTS / 4);
  },
);
