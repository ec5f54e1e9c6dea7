import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { openKeyStore, SecretKey } from "../../device-registry/keys/index.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { BackupTrouble, backUp, restoreBackup } from "../../gateway/backup.ts";
import { BoxInUse, openBoxStore } from "../../gateway/box-store.ts";

const KEY = "00112233445566778899aabbccddeeff";
const DEVICE = "70b3d5e75e000042";
const NOW = Date.parse("2026-03-02T10:00:00Z");
const env = { PATH: "/nowhere" };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "beffroi-backup-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const at = (name: string): string => join(root, name);

const openBox = (folder: string) => {
  const store = openBoxStore(folder);
  const journal = openJournal(store.db, { clock: { now: () => ({ wall: NOW, mono: 0, clock: "confirmed" }) } });
  const registry = openRegistry(store.db);
  const keys = openKeyStore(store.db, { folder, env });
  const enter = (devEui: string) =>
    journal.write((append) => {
      registry
        .step({ at: NOW, by: "test", action: "add" }, append)
        .putDevice({ devEui, model: "elsys", state: "in-stock" });
      keys.put(devEui, { activation: "otaa", lorawan: "1.0.3", appKey: SecretKey.parse(KEY)! });
    });
  return { store, journal, registry, keys, enter, keyOf: (devEui: string) => hexOf(keys.get(devEui)) };
};
const hexOf = (keys: ReturnType<ReturnType<typeof openKeyStore>["get"]>) =>
  keys?.activation === "otaa" ? keys.appKey.revealHex() : undefined;

const back = (folder: string, file: string, more: { readonly passphrase?: string } = {}) =>
  backUp({ folder, file, box: "remiremont", version: "1", now: NOW, env, ...more });
const restore = (file: string, folder: string, more: { readonly passphrase?: string; readonly box?: string } = {}) =>
  restoreBackup({ file, folder, box: "remiremont", now: NOW, env, ...more });

describe("a backup", () => {
  it("is what was committed when it began, taken while the box goes on writing", async () => {
    const box = openBox(at("data"));
    for (let i = 0; i < 200; i++) box.enter(i.toString(16).padStart(16, "0"));
    const lastSeq = box.journal.lastSeq;
    let late = 0;
    const writing = setInterval(() => {
      for (let i = 0; i < 20; i++) box.enter(`f${(late++).toString(16).padStart(15, "0")}`);
    }, 0);
    const note = await back(at("data"), at("box.backup"));
    clearInterval(writing);
    expect(note).toMatchObject({ box: "remiremont", epoch: box.journal.epoch, keys: "same-machine" });
    expect(note.lastSeq).toBeGreaterThanOrEqual(lastSeq);
    expect(note.lastSeq).toBe(note.devices);
    expect(statSync(at("box.backup")).mode & 0o777).toBe(0o600);
    expect(readdirSync(root).sort()).toEqual(["box.backup", "data"]);
    box.store.close();

    const restored = restore(at("box.backup"), at("other"));
    expect(restored).toMatchObject({ keys: "locked", note: { lastSeq: note.lastSeq } });
    const again = openBox(at("other"));
    expect(again.registry.count().devices).toBe(note.devices);
    expect(again.journal.lastSeq).toBe(note.lastSeq);
    expect(() => again.keyOf("0".repeat(16))).toThrow(/root key/);
    again.store.close();
  });

  it("goes back in its place on the same machine, and keeps what was there", async () => {
    const box = openBox(at("data"));
    box.enter(DEVICE);
    await back(at("data"), at("box.backup"));
    box.enter("f".repeat(16));
    expect(() => restore(at("box.backup"), at("data"))).toThrow(BoxInUse);
    box.store.close();
    const { previous, keys } = restore(at("box.backup"), at("data"));
    expect(keys).toBe("usable");
    expect(previous).toBe(at("data/box.sqlite.before-restore-20260302T100000"));
    const again = openBox(at("data"));
    expect(again.registry.devices().map(({ devEui }) => devEui)).toEqual([DEVICE]);
    expect(again.keyOf(DEVICE)).toBe(KEY);
    again.store.close();
  });

  it("opens its keys on another machine under its passphrase, and under no other", async () => {
    const box = openBox(at("data"));
    box.enter(DEVICE);
    const note = await back(at("data"), at("box.backup"), { passphrase: "cloche et beffroi" });
    expect(note.keys).toBe("passphrase");
    box.store.close();
    const fails = (more: object) => {
      try {
        restore(at("box.backup"), at("other"), more);
        return "restored";
      } catch (error) {
        return error instanceof BackupTrouble ? error.code : String(error);
      }
    };
    expect(fails({})).toBe("passphrase-needed");
    expect(fails({ passphrase: "cloche" })).toBe("passphrase-wrong");
    expect(fails({ box: "epinal", passphrase: "cloche et beffroi" })).toBe("other-box");
    expect(restore(at("box.backup"), at("other"), { passphrase: "cloche et beffroi" }).keys).toBe("usable");
    const again = openBox(at("other"));
    expect(again.keyOf(DEVICE)).toBe(KEY);
    again.store.close();
    const bytes = readFileSync(at("box.backup"));
    const rootKey = readFileSync(at("data/keys.root"));
    for (const form of [Buffer.from(KEY, "hex"), Buffer.from(KEY), rootKey]) expect(bytes.includes(form)).toBe(false);
  }, 60_000);

  it("refuses what is none, what is damaged, and to write over a file or into no folder", async () => {
    const box = openBox(at("data"));
    box.enter(DEVICE);
    await back(at("data"), at("box.backup"));
    await expect(back(at("data"), at("box.backup"))).rejects.toMatchObject({ code: "exists" });
    await expect(back(at("none"), at("new.backup"))).rejects.toMatchObject({ code: "no-store" });
    await expect(back(at("data"), at("nowhere/new.backup"))).rejects.toMatchObject({ code: "ENOENT" });
    box.store.close();
    writeFileSync(at("text.backup"), "no backup");
    expect(() => restore(at("text.backup"), at("other"))).toThrow(/no backup/);
    expect(() => restore(at("data/box.sqlite"), at("other"))).toThrow(/no backup/);
    const bytes = readFileSync(at("box.backup"));
    writeFileSync(at("cut.backup"), bytes.subarray(0, bytes.length - 8_192));
    expect(() => restore(at("cut.backup"), at("other"))).toThrow(BackupTrouble);
    expect(readdirSync(root)).not.toContain("new.backup");
  });
});
