/** `beffroi journal …`: the real bin on a real box's folder, in French, 80 columns wide. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openBoxStore } from "../../gateway/box-store.ts";
import { type Gateway, startGateway } from "../../gateway/main.ts";
import { readingOf } from "../hypervisor/batches.ts";
import { beffroi, FRENCH, temporaryFolder } from "./bin.ts";

const EUI = "24e124136b502217";
const MODEL = "milesight-em400";
const NOW = Date.UTC(2026, 2, 3, 6);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let folder: ReturnType<typeof temporaryFolder>;
let data: string;
let gateway: Gateway | undefined;
beforeEach(() => {
  folder = temporaryFolder();
  data = join(folder.path, "box");
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  folder.remove();
});

const run = (...args: string[]) => beffroi(args, { cwd: folder.path, env: { ...FRENCH, COLUMNS: "80" } });

/** A journal of a lamp-less commune: `spoil` bends the bytes of an entry. */
const fill = (spoil?: number, readings = 5): void => {
  const store = openBoxStore(data);
  const journal = openJournal(store.db, { clock: { now: () => ({ wall: NOW, mono: 1, clock: "confirmed" }) } });
  journal.write((append) => {
    openRegistry(store.db).putDevice({ devEui: EUI, model: MODEL, state: "in-stock" }, NOW, append);
    for (let fCnt = 1; fCnt <= readings; fCnt++) {
      const measurements = [{ name: "device.temperature", value: 210, unit: "Cel" }];
      const frame = Buffer.from("0175640367d200", "hex");
      const { asset: _asset, commune: _commune, ...reading } = readingOf({ device: EUI, fCnt, frame, measurements });
      append({ ...reading, at: NOW, receivedAt: NOW, codec: "milesight-em400@0" });
    }
  });
  if (spoil !== undefined)
    store.db.prepare("UPDATE journal_entry SET row = ? WHERE seq = ?").run(Buffer.alloc(40), spoil);
  store.close();
};

const start = async (): Promise<void> => {
  gateway = await startGateway(
    {
      box: "remiremont",
      dataFolder: data,
      // Nobody listens there: the box works alone.
      broker: { url: "mqtt://127.0.0.1:1", clientId: "beffroi-test", sessionExpirySeconds: 3_600 },
      commitDelayMs: 0,
      logLevel: "silent",
    },
    { log: silent },
  );
};

const fits = (text: string): void => {
  for (const line of text.split("\n")) expect([...line].length, line).toBeLessThanOrEqual(80);
};

test("verify says that all holds, or what does not and from where to where", async () => {
  fill();
  const sound = await run("journal", "verify", "--data", data);
  expect(sound).toMatchObject({ code: 0 });
  expect(sound.out).toContain("6 entrées entières, de 1 à 6");
  fill(9);
  const spoilt = await run("journal", "verify", "--data", data);
  expect(spoilt.code).toBe(1);
  expect(spoilt.err).toContain("illisible : 9 à 9");
  fits(spoilt.out + spoilt.err);
  const json = await run("journal", "verify", "--data", data, "--json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({ entries: 10, findings: [{ from: 9, to: 9, what: "damaged" }] });
});

test("where there is no box, each says so and what to do", async () => {
  for (const name of ["verify", "export", "status"]) {
    const none = await run("journal", name, "--data", join(folder.path, "nothing"));
    expect(none.code, name).toBeGreaterThan(0);
    expect(none.err.trim().split("\n").length, name).toBeGreaterThan(1);
    fits(none.err);
  }
  writeFileSync(join(folder.path, "box.sqlite"), "no database at all, but some bytes of text ".repeat(40));
  const text = await run("journal", "verify", "--data", folder.path);
  expect(text.code).toBe(1);
  expect(text.err).toContain("box.sqlite");
});

test("export writes each entry as a line, a part where asked, and refuses what is no number", async () => {
  fill();
  const all = await run("journal", "export", "--data", data);
  expect(all.code).toBe(0);
  const lines = all.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { seq: number });
  expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  const part = await run("journal", "export", "--data", data, "--from", "2", "--to", "3");
  expect(part.out.trim().split("\n").length).toBe(2);
  const wrong = await run("journal", "export", "--data", data, "--from", "hier");
  expect(wrong.code).toBe(2);
  const timed = await run("journal", "export", "--data", data, "--from", "2026-03-03T06:00Z", "--to", "2026-03-03");
  expect([timed.code, timed.err.split("\n")[0]]).toEqual([2, expect.stringContaining("vient après")]);
  fits(timed.err);
  const hour = ["--from", "2026-03-03T05:59Z", "--to", "2026-03-03T06:01Z"];
  expect((await run("journal", "export", "--data", data, ...hour)).out.trim().split("\n").length).toBe(6);
  const before = await run("journal", "export", "--data", data, "--to", "2026-03-03T05:59Z");
  expect(before).toMatchObject({ code: 0, out: "" });
  expect(before.err).toContain("les entrées 1 à 6");
});

test("an export led into a full disk says so and is no success", () => {
  fill();
  const line = `exec "${process.execPath}" cli/beffroi.js journal export --data "${data}" --lang fr > /dev/full`;
  const { status, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain("ne peut pas être écrit");
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test("a journal of a former version is read as it is, one of a newer version is refused as such", async () => {
  fill();
  const set = (sql: string): void => {
    const store = openBoxStore(data);
    store.db.exec(sql);
    store.close();
  };
  set(
    "DROP TABLE journal_told_loss; DROP TABLE journal_taken_off; UPDATE schema_version SET version = 2 WHERE room = 'journal'",
  );
  expect((await run("journal", "verify", "--data", data)).out).toMatch(/6 entrées/);
  expect((await run("journal", "export", "--data", data)).out.trim().split("\n")).toHaveLength(6);
  set("UPDATE schema_version SET version = 5 WHERE room = 'journal'");
  for (const verb of ["verify", "export"]) {
    const { code, err } = await run("journal", verb, "--data", data);
    expect(code).toBe(1);
    expect(err).toMatch(/version plus récente que ce\s+programme/);
  }
});

test("a damaged page ends an export with what it means and what to do", async () => {
  const store = openBoxStore(data);
  const journal = openJournal(store.db, { clock: { now: () => ({ wall: NOW, mono: 1, clock: "confirmed" }) } });
  journal.write((append) => {
    for (let at = 0; at < 2_000; at++) append({ kind: "event", event: "status", device: EUI, at, detail: {} });
  });
  store.close();
  const file = join(data, "box.sqlite");
  const bytes = readFileSync(file);
  // SQLite knows a leaf of a table by its first byte: one in the middle of the entries becomes nothing.
  const size = bytes.readUInt16BE(16);
  const middle = Math.floor(bytes.length / size / 2) * size;
  expect(bytes[middle]).toBe(0x0d);
  bytes.fill(0xa5, middle, middle + size);
  writeFileSync(file, bytes);
  const cut = await run("journal", "export", "--data", data, "--to", "10");
  expect(cut.code).toBe(1);
  expect(cut.err).toContain("est endommagée");
  expect(cut.err).toContain("Démarrez le boîtier");
});

test("status tells space, losses and what each delay costs the card", async () => {
  await start();
  const { code, out } = await run("journal", "status", "--data", data, "--tbw", "40");
  expect(code).toBe(0);
  expect(out).toContain("40 To");
  expect(out).toMatch(/5 s\s+389 Mo\s+281 ans\s+191 Mo\s+573 ans/);
  fits(out);
  expect((await run("journal", "status", "--data", data, "--tbw", "0")).code).toBe(2);
});

test("redecode shows the differences, waits for a word, corrects once, and the export shows it", async () => {
  fill();
  await start();
  const look = await run("journal", "redecode", "--from", "1", "--model", MODEL, "--data", data, "--dry-run");
  expect(look.code).toBe(0);
  expect(look.out).toContain("device.temperature: 210 Cel → 21 Cel");
  expect(look.out).toContain("5 trames relues, à corriger : 5");
  fits(look.out);
  const asked = await run("journal", "redecode", "--from", "1", "--model", MODEL, "--data", data);
  expect(asked.code).toBe(1);
  expect(asked.err).toContain("--yes");
  const done = await run("journal", "redecode", "--from", "2026-03-03", "--model", MODEL, "--data", data, "--yes");
  expect(done.out).toContain("5 corrections écrites");
  const again = await run("journal", "redecode", "--from", "1", "--model", MODEL, "--data", data, "--yes");
  expect(again.out).toContain("à corriger : 0");
  const shown = await run("journal", "export", "--data", data, "--from", "2", "--to", "2");
  expect(JSON.parse(shown.out)).toMatchObject({ seq: 2, body: { notes: ["corrected"] } });
  expect(shown.out).toContain('"value":21,');
  const readings = (await run("export", "--data", data, "--json")).out.trim().split("\n");
  for (const line of readings)
    expect(JSON.parse(line)).toMatchObject({
      measurements: { "device.temperature": { value: 21 } },
      notes: ["corrected"],
      corrected: { codecBefore: "milesight-em400@0" },
    });
  expect(readings).toHaveLength(5);
  const table = (await run("export", "--data", data)).out.trim().split("\r\n");
  expect(table.filter((line) => /,device.temperature,21,Cel,.*,corrected,/.test(line))).toHaveLength(5);
  expect((await run("journal", "redecode", "--from", "2026-02-31", "--model", MODEL, "--data", data)).code).toBe(2);
  expect((await run("journal", "redecode", "--from", "hier", "--model", MODEL, "--data", data)).code).toBe(2);
  const unknown = await run("journal", "redecode", "--from", "1", "--model", "nas-ul20x", "--data", data);
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining("nas-ul20xx")]);
}, 60_000);

test("redecode works on a box that does not run as on one that does, and keeps every other process out", async () => {
  fill();
  const args = ["journal", "redecode", "--from", "1", "--model", MODEL, "--data", data];
  const look = await run(...args, "--dry-run");
  expect(look).toMatchObject({ code: 0 });
  expect(look.out).toContain("5 trames relues, à corriger : 5");
  const unknown = await run("journal", "redecode", "--from", "1", "--model", "nas-ul20x", "--data", data);
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining("nas-ul20xx")]);
  const held = openBoxStore(data);
  const refused = await run(...args, "--yes");
  held.close();
  expect(refused.code).not.toBe(0);
  expect(refused.err).toContain(String(process.pid));
  fits(refused.err);
  expect((await run(...args, "--yes")).out).toContain("5 corrections écrites");
  // The box that starts then goes on after them.
  await start();
  expect((await run(...args, "--yes")).out).toContain("à corriger : 0");
  const verified = await run("journal", "verify", "--data", data);
  expect(verified).toMatchObject({ code: 0 });
  const nowhere = await run("journal", "redecode", "--from", "1", "--model", MODEL, "--data", join(folder.path, "no"));
  expect(nowhere.code).toBe(3);
}, 60_000);

/** A page of the registry's device table, and one of the journal's entries. */
const rootOf = (table: string): number => {
  const store = openBoxStore(data);
  const root = store.db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck().get(table) as number;
  store.close();
  return root;
};
const overwrite = (page: number): void => {
  const file = join(data, "box.sqlite");
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xa5, (page - 1) * 1_024, page * 1_024));
};

test("at rest a damaged file is named by who only reads, built anew by who writes, and that is said", async () => {
  fill();
  overwrite(rootOf("journal_entry"));
  const redecode = ["journal", "redecode", "--from", "1", "--model", MODEL, "--data", data, "--dry-run"];
  for (const reader of [
    ["journal", "verify"],
    ["journal", "export"],
  ]) {
    const told = await run(...reader, "--data", data);
    expect(told.code, reader.join(" ")).toBe(1);
    expect(told.err, reader.join(" ")).toMatch(/endommagé|entier/);
    expect(told.err).not.toContain("Beffroi lui-même");
    fits(told.err);
  }
  const rebuilt = await run(...redecode);
  expect(rebuilt).toMatchObject({ code: 0 });
  expect(rebuilt.err).toMatch(/était endommagé ;\s+il a été rebâti/);
  fits(rebuilt.err);
  expect((await run(...redecode)).err).toBe("");
  expect(await run("journal", "verify", "--data", data)).toMatchObject({ code: 0 });
}, 60_000);

test("a row that makes no sense ends neither a command at rest nor the box: it costs that row", async () => {
  fill();
  const store = openBoxStore(data);
  openRegistry(store.db);
  store.db.exec("CREATE TABLE device_health (dev_eui TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID");
  store.db.prepare("INSERT INTO device_health VALUES (?, ?)").run(EUI, '{"gaps":[1,2');
  store.close();
  const listed = await run("device", "list", "--data", data);
  expect(listed).toMatchObject({ code: 0 });
  expect(listed.out).toContain(EUI);
  expect(listed.err).toContain("rebâti");
  const again = openBoxStore(data);
  again.db.prepare("INSERT INTO device_health VALUES (?, ?)").run(EUI, '{"gaps":[1,2');
  again.close();
  await start();
  expect((await run("device", "list", "--data", data)).out).toContain(EUI);
}, 60_000);

test("a store that the world does not let us open is no error of the program", async () => {
  fill();
  rmSync(join(data, "box.lock"));
  mkdirSync(join(data, "box.lock"));
  for (const args of [
    ["device", "list"],
    ["journal", "redecode", "--from", "1", "--model", MODEL],
  ]) {
    const refused = await run(...args, "--data", data);
    expect(refused.code, args.join(" ")).toBe(1);
    expect(refused.err).toContain("ne peuvent être ouvertes ou écrites");
    fits(refused.err);
  }
}, 60_000);

test("a page that only the reading at the start meets does not end the box: it is built anew, and stops well", async () => {
  fill(undefined, 3_000);
  const bytes = readFileSync(join(data, "box.sqlite"));
  // Leaves of a table (13) with frames in them: pages of entries.
  const leaves = Array.from({ length: bytes.length / 1_024 }, (_, index) => index + 1).filter((page) => {
    const of = bytes.subarray((page - 1) * 1_024, page * 1_024);
    return of[0] === 13 && of.includes(Buffer.from("0175640367d200", "hex"));
  });
  expect(leaves.length).toBeGreaterThan(20);
  overwrite(leaves[5]!);
  await start();
  await expect
    .poll(
      async () => {
        const { code, out } = await run("journal", "status", "--data", data, "--json");
        return code === 0 ? JSON.parse(out).storage.lost.damaged : code;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
  // Stopped while it still reads: nothing is read of a store that is closed.
  await gateway?.stop();
  await start();
  await gateway?.stop();
  gateway = undefined;
  expect(await run("journal", "verify", "--data", data)).toMatchObject({ code: 0 });
}, 60_000);
