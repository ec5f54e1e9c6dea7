import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BoxStore, CHECKPOINT_BYTES, openBoxStore, STORE_FILE } from "../../gateway/box-store.ts";
import { LOG_FREE_BYTES_MIN, makeLogRoom } from "../../gateway/log-room.ts";

describe("room in SQLite's log", () => {
  let folder: string;
  let store: BoxStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "beffroi-log-room-"));
    store = openBoxStore(folder);
    store.db.exec("CREATE TABLE thing (id INTEGER PRIMARY KEY)");
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const logBytes = (): number => statSync(`${store.file}-wal`).size;
  const things = (): unknown => store.db.prepare("SELECT count(*) FROM thing").pluck().get();

  it("is there at once, and commits do not lengthen the log", () => {
    makeLogRoom(store, LOG_FREE_BYTES_MIN);
    const made = logBytes();
    expect(made).toBeGreaterThanOrEqual(CHECKPOINT_BYTES);
    for (let id = 1; id <= 100; id++) store.db.prepare("INSERT INTO thing VALUES (?)").run(id);
    expect(logBytes()).toBe(made);
    expect(things()).toBe(100);
  });

  it("leaves nothing in the file, and none who reads the log after a crash finds anything in it", () => {
    store.db.exec("INSERT INTO thing VALUES (1)");
    makeLogRoom(store, LOG_FREE_BYTES_MIN);
    const pages = store.db.pragma("page_count", { simple: true });
    expect(store.db.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["thing"]);
    const [copied, files] = [mkdtempSync(join(tmpdir(), "beffroi-log-room-copy-")), ["", "-wal"]];
    try {
      for (const suffix of files) copyFileSync(store.file + suffix, join(copied, STORE_FILE + suffix));
      const copy = openBoxStore(copied);
      expect(copy.db.pragma("page_count", { simple: true })).toBe(pages);
      expect(copy.db.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["thing"]);
      expect(copy.db.prepare("SELECT id FROM thing").pluck().all()).toEqual([1]);
      copy.close();
    } finally {
      rmSync(copied, { recursive: true });
    }
  });

  it("is not made where it stands already, nor on a disk that needs what it has", () => {
    makeLogRoom(store, LOG_FREE_BYTES_MIN - 1);
    expect(logBytes()).toBeLessThan(CHECKPOINT_BYTES);
    makeLogRoom(store, LOG_FREE_BYTES_MIN);
    const { mtimeMs } = statSync(`${store.file}-wal`);
    makeLogRoom(store, LOG_FREE_BYTES_MIN);
    expect(statSync(`${store.file}-wal`).mtimeMs).toBe(mtimeMs);
  });

  it("takes nothing of a disk that is full before it is done", () => {
    store.db.pragma("max_page_count = 8000");
    makeLogRoom(store, LOG_FREE_BYTES_MIN);
    expect(logBytes()).toBe(0);
    store.db.exec("INSERT INTO thing VALUES (1)");
    expect(things()).toBe(1);
  });
});
