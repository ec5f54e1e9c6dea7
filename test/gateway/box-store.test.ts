import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBoxState } from "../../gateway/box-state.ts";
import { BoxInUse, lockBox, openBoxStore, openBoxStoreToRead, STORE_FILE } from "../../gateway/box-store.ts";
import { createFirstHop } from "../../gateway/first-hop.ts";

describe("the box's store", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "beffroi-store-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("a box made with larger pages goes on with them", () => {
    mkdirSync(join(folder, "box"));
    const older = new SQLite(join(folder, "box", STORE_FILE));
    older.pragma("page_size = 4096");
    older.pragma("journal_mode = WAL");
    older.exec("CREATE TABLE thing (id INTEGER PRIMARY KEY); INSERT INTO thing VALUES (7)");
    older.close();
    const store = openBoxStore(join(folder, "box"));
    expect(store.db.pragma("page_size", { simple: true })).toBe(4_096);
    // The same bytes of log between two checkpoints, whatever the pages.
    expect(store.db.pragma("wal_autocheckpoint", { simple: true })).toBe(4_096);
    expect(store.db.prepare("SELECT id FROM thing").pluck().get()).toBe(7);
    store.close();
    const fresh = openBoxStore(join(folder, "fresh"));
    expect(fresh.db.pragma("page_size", { simple: true })).toBe(1_024);
    expect(fresh.db.pragma("wal_autocheckpoint", { simple: true })).toBe(16_384);
    fresh.close();
  });

  it("leaves SQLite's log and its index when it is closed, empty: a disk that takes no writes could not make them", () => {
    const store = openBoxStore(folder);
    store.db.exec("CREATE TABLE thing (id INTEGER PRIMARY KEY); INSERT INTO thing VALUES (7)");
    store.close();
    expect(statSync(`${store.file}-wal`).size).toBe(0);
    expect(statSync(`${store.file}-shm`).size).toBeGreaterThan(0);
    const reading = openBoxStoreToRead(folder);
    expect(reading?.db.prepare("SELECT id FROM thing").pluck().get()).toBe(7);
    expect(() => reading?.db.exec("INSERT INTO thing VALUES (8)")).toThrow(/readonly/);
    // A disk that is full still keeps the others out.
    expect(() => lockBox(folder)).toThrow(BoxInUse);
    reading?.close();
    lockBox(folder).close();
  });

  it("is not read as it stands while it has to be built anew", () => {
    const store = openBoxStore(folder);
    store.db.exec("CREATE TABLE thing (id INTEGER PRIMARY KEY)");
    store.markDamaged();
    store.close();
    expect(openBoxStoreToRead(folder)).toBeUndefined();
    store.settled();
    openBoxStoreToRead(folder)!.close();
    writeFileSync(`${store.file}.rebuilt`, "");
    expect(openBoxStoreToRead(folder)).toBeUndefined();
  });

  it("gives up its lock when it cannot be opened", () => {
    mkdirSync(join(folder, STORE_FILE));
    for (const _ of [1, 2]) expect(() => openBoxStore(folder)).toThrow(/unable to open|directory|EISDIR/);
  });

  it("syncs every commit and is closed to others", () => {
    const store = openBoxStore(join(folder, "box"));
    expect(store.db.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(store.db.pragma("synchronous", { simple: true })).toBe(2);
    expect(statSync(join(folder, "box")).mode & 0o777).toBe(0o700);
    expect(statSync(store.file).mode & 0o777).toBe(0o600);
    store.close();
  });

  it("has one owner, who is named, and is free again when the owner ends or dies", () => {
    const store = openBoxStore(folder);
    const error = (() => {
      try {
        openBoxStore(folder);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(BoxInUse);
    expect(error).toMatchObject({ code: "box-in-use", pid: process.pid });
    store.close();
    openBoxStore(folder).close();

    const script = `import("${join(import.meta.dirname, "../../gateway/box-store.ts")}").then(({ openBoxStore }) => {
      openBoxStore(${JSON.stringify(folder)});
      process.kill(process.pid, "SIGKILL");
    })`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(child.signal).toBe("SIGKILL");
    openBoxStore(folder).close();
  });

  it("refuses a state written by a newer program", () => {
    const db = new SQLite(":memory:");
    openBoxState(db);
    db.prepare("UPDATE schema_version SET version = 99 WHERE room = 'box-state'").run();
    expect(() => openBoxState(db)).toThrow(expect.objectContaining({ code: "box-state-too-new" }));
  });
});

describe("the first hop", () => {
  it("is not lossless when the broker has forgotten the session we left, until it keeps one", () => {
    const db = new SQLite(":memory:");
    const alarms: unknown[] = [];
    const session = "mqtt://a beffroi-test";
    const connect = (present: boolean, name = session) => {
      const hop = createFirstHop(openBoxState(db), () => 0);
      hop.connected(name, present, 1);
      if (hop.changed) hop.settle(1, (body) => alarms.push(body));
      return hop.status();
    };
    expect(connect(false)).toEqual({ lossless: true, reasons: [], remedy: [] });
    expect(connect(true).lossless).toBe(true);
    expect(connect(false).reasons).toEqual(["session-lost"]);
    expect(connect(false).remedy).toContain("mosquitto.conf: persistence true");
    expect(connect(true).lossless).toBe(true);
    expect(connect(false, "mqtt://b beffroi-test").lossless).toBe(true);
    expect(alarms).toMatchObject([{ raised: true }, { raised: false }]);
  });

  it("a gap that no history fills is said for a week, and by the next life of the box", () => {
    const db = new SQLite(":memory:");
    const alarms: unknown[] = [];
    const DAY = 86_400_000;
    let now = 10 * DAY;
    const settle = (hop = createFirstHop(openBoxState(db), () => now)) => {
      if (hop.changed) hop.settle(now, (body) => alarms.push(body));
      return hop.status();
    };
    const hop = createFirstHop(openBoxState(db), () => now);
    hop.mayMiss({ from: 9 * DAY, to: now });
    expect(settle(hop)).toMatchObject({ lossless: false, reasons: ["history-incomplete"] });
    expect(hop.changed).toBe(false);
    now += 6 * DAY;
    expect(settle().remedy[0]).toContain("device_event_log_max_history");
    hop.mayMiss({ from: 15 * DAY, to: now });
    settle(hop);
    now += 6 * DAY;
    expect(settle().lossless).toBe(false);
    now += 2 * DAY;
    expect(settle().lossless).toBe(true);
    expect(alarms).toMatchObject([
      { raised: true, detail: { mayMiss: { from: 9 * DAY, to: 10 * DAY } } },
      { raised: true, detail: { mayMiss: { from: 15 * DAY, to: 16 * DAY } } },
      { raised: false, detail: { reasons: [] } },
    ]);
    db.close();
  });
});
