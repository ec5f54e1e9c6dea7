import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { JournalError } from "../../cloud-sync/journal/faults.ts";
import { openInspection } from "../../cloud-sync/journal/inspect.ts";
import { type Journal, type JournalOptions, openJournal } from "../../cloud-sync/journal/journal.ts";
import { migrate } from "../../cloud-sync/journal/schema.ts";
import { GENESIS, runChain } from "../../cloud-sync/protocol/chain.ts";
import type { Entry, EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { body, other, reading } from "./arbitrary.ts";

const ALARM: EntryBody = { kind: "alarm", alarm: "disk", raised: true, at: 5, detail: {} };
const LIMITS = { entries: 100, bytes: 1e6 };

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "journal-"));
  undo.push(() => rmSync(path, { recursive: true }));
  return path;
}

function createClock() {
  let wall = 1_750_000_000_000;
  let mono = 1000;
  return {
    now: () => ({ wall, mono, clock: "confirmed" as const }),
    step(walls: number, monos = walls) {
      wall += walls;
      mono += monos;
    },
  };
}

function open(path = ":memory:", options: Partial<JournalOptions> = {}) {
  const db = new Database(path);
  undo.push(() => db.close());
  const clock = createClock();
  return { db, clock, journal: openJournal(db, { clock, epoch: 7, ...options }) };
}

const all = (journal: Journal): readonly Entry[] => journal.read(0, { entries: 1e6, bytes: 1e9 }).entries;
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof JournalError) return error.code;
    throw error;
  }
  return "none";
};

test("what is appended comes back exactly, before and after opening again", () => {
  const path = join(folder(), "box.db");
  const first = open(path, { checkpointEvery: 16 });
  const written: EntryBody[] = [];
  fc.assert(
    fc.property(
      fc.array(body, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: -1e13, max: 1e13 }),
      (bodies, step) => {
        first.clock.step(step, 40);
        first.journal.write((append) => {
          for (const each of bodies) append(each);
        });
        written.push(...bodies);
        const got = first.journal.read(written.length - bodies.length, LIMITS);
        expect(got.entries.map((entry) => entry.body)).toEqual(bodies);
      },
    ),
    { numRuns: 120 },
  );
  const entries = all(first.journal);
  first.db.close();
  const second = open(path);
  expect(all(second.journal)).toEqual(entries);
  expect(entries.map((entry) => entry.body)).toEqual(written);
  expect(entries.map(({ seq }) => seq)).toEqual(written.map((_, index) => index + 1));
  expect(second.journal.lastHash).toEqual(runChain(GENESIS, entries));
  expect(second.journal.verify()).toEqual({
    entries: written.length,
    firstSeq: 1,
    lastSeq: written.length,
    declared: 0,
    findings: [],
  });
});

test("a group of any size keeps its order and its checkpoints", () => {
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 130, size: "max" }), (bodies) => {
      const { journal, db } = open(":memory:", { checkpointEvery: 16 });
      journal.write((append) => {
        for (const each of bodies) append(each);
      });
      const entries = all(journal);
      expect(entries.map((entry) => entry.body)).toEqual(bodies);
      expect(entries.map(({ seq }) => seq)).toEqual(bodies.map((_, index) => index + 1));
      expect(journal.lastHash).toEqual(runChain(GENESIS, entries));
      expect(journal.verify()).toMatchObject({ entries: bodies.length, findings: [] });
      db.close();
    }),
    { numRuns: 25, endOnFailure: true },
  );
});

test("a transaction that throws leaves no trace, in the journal or in the other stores", () => {
  const { db, journal } = open();
  db.exec("CREATE TABLE ledger (id INTEGER)");
  journal.write((append) => append(ALARM));
  fc.assert(
    fc.property(fc.array(fc.oneof(reading, other), { minLength: 1, maxLength: 6 }), fc.boolean(), (bodies, fails) => {
      const before = {
        seq: journal.lastSeq,
        hash: journal.lastHash,
        rows: db.prepare("SELECT count(*) FROM ledger").pluck().get(),
      };
      const heard: Entry[] = [];
      const stop = journal.onTail((entries) => heard.push(...entries));
      const work = () =>
        journal.write((append) => {
          for (const each of bodies) append(each);
          db.exec("INSERT INTO ledger VALUES (1)");
          if (fails) throw new Error("no");
        });
      if (fails) {
        expect(work).toThrow("no");
        expect({
          seq: journal.lastSeq,
          hash: journal.lastHash,
          rows: db.prepare("SELECT count(*) FROM ledger").pluck().get(),
        }).toEqual(before);
        expect(heard).toEqual([]);
        // The same words once more, and for good this time.
        journal.write((append) => {
          for (const each of bodies) append(each);
        });
      } else {
        work();
        expect(heard.map((entry) => entry.body)).toEqual(bodies);
        expect(journal.lastSeq).toBe(before.seq + bodies.length);
      }
      stop();
    }),
    { numRuns: 80 },
  );
  expect(journal.lastHash).toEqual(runChain(GENESIS, all(journal)));
  expect(journal.verify().findings).toEqual([]);
  // Nor in the dictionary: what was learnt in an undone transaction is not on the disk.
  const copy = new Database(db.serialize());
  undo.push(() => copy.close());
  expect(all(openJournal(copy, { clock: createClock() }))).toEqual(all(journal));
});

test("write refuses to be nested, to go on later, to await", () => {
  const { journal } = open();
  expect(codeOf(() => journal.write(() => journal.write(() => 1)))).toBe("nested-write");
  expect(codeOf(() => journal.write(async () => 1))).toBe("not-synchronous");
  const kept = journal.write((append) => append);
  expect(codeOf(() => kept(ALARM))).toBe("not-synchronous");
  expect(journal.lastSeq).toBe(0);
  expect(journal.write((append) => append(ALARM))).toBe(1);
});

test("a listener's mistake is not the writer's", async () => {
  const { journal } = open();
  const mistake = new Promise((resolve) => process.once("uncaughtException", resolve));
  const others = process.listeners("uncaughtException").filter((each) => !each.name.includes("resolve"));
  for (const each of others.slice(0, -1)) process.off("uncaughtException", each);
  undo.push(() => others.slice(0, -1).forEach((each) => void process.on("uncaughtException", each)));
  journal.onTail(() => {
    throw new Error("listener");
  });
  expect(journal.write((append) => append(ALARM))).toBe(1);
  expect(await mistake).toEqual(new Error("listener"));
});

test("reads keep to their limits and carry the hashes of their ends", () => {
  const { journal } = open(":memory:", { checkpointEvery: 4 });
  journal.write((append) => {
    for (let n = 0; n < 30; n++) append(ALARM);
  });
  const entries = all(journal);
  for (let after = 0; after <= 30; after++) {
    const run = journal.read(after, { entries: 7, bytes: 1e6 });
    expect(run.entries).toEqual(entries.slice(after, after + 7));
    expect(run.firstSeq).toBe(after + 1);
    expect(run.lastSeq).toBe(Math.min(after + 7, 30));
    expect(run.hashBefore).toEqual(runChain(GENESIS, entries.slice(0, after)));
    expect(run.hashAfter).toEqual(journal.hashAt(run.lastSeq));
  }
  expect(journal.read(0, { entries: 10, bytes: 1 }).entries.length).toBe(1);
  expect(codeOf(() => journal.hashAt(31))).toBe("unknown-seq");
});

test("cursors are kept by destination, with the hash at their place", () => {
  const path = join(folder(), "box.db");
  const { journal, db } = open(path);
  journal.write((append) => {
    for (let n = 0; n < 5; n++) append(ALARM);
  });
  expect(journal.cursor("region")).toEqual({ epoch: 7, seq: 0, hash: GENESIS });
  journal.moveCursor("region", 3);
  journal.moveCursor("other", 1);
  db.close();
  const again = open(path).journal;
  expect(again.cursor("region")).toEqual({ epoch: 7, seq: 3, hash: again.hashAt(3) });
  expect(again.cursor("other").seq).toBe(1);
});

test("boots are counted, once for each boot id; the epoch stays", () => {
  const path = join(folder(), "box.db");
  const boots = [undefined, undefined, "a", "a", "b"].map((bootId) => {
    const { journal, db } = open(path, { epoch: 9, ...(bootId === undefined ? {} : { bootId }) });
    const { boot, epoch } = journal;
    db.close();
    return [boot, epoch];
  });
  expect(boots).toEqual([
    [1, 9],
    [2, 9],
    [3, 9],
    [3, 9],
    [4, 9],
  ]);
});

test("a newer schema is refused with both versions", () => {
  const path = join(folder(), "box.db");
  const { db } = open(path);
  db.exec("UPDATE schema_version SET version = 99 WHERE room = 'journal'");
  db.close();
  expect(() => open(path)).toThrow(/journal schema 99, this program knows 4/);
  expect(codeOf(() => open(path))).toBe("newer-schema");
});

test("an older schema is led to the present one step by step, or left as it was", () => {
  const { db } = open();
  const steps: ((on: Database.Database) => void)[] = [
    () => expect.unreachable("this step was taken before"),
    () => expect.unreachable("this one too"),
    () => expect.unreachable("and this one"),
    () => expect.unreachable("and the last"),
    (on) => on.exec("CREATE TABLE second (n)"),
    (on) => on.exec("CREATE TABLE third (n)"),
  ];
  const versions = () => db.prepare("SELECT version FROM schema_version WHERE room = 'journal'").pluck().get();
  const broken = [...steps.slice(0, 5), () => expect.unreachable("broken step")];
  expect(() => migrate(db, broken)).toThrow("broken step");
  expect(versions()).toBe(4);
  migrate(db, steps);
  expect(versions()).toBe(6);
  expect(db.prepare("SELECT count(*) FROM third, second").pluck().get()).toBe(0);
});

test("the database syncs every commit whatever it was set to before", () => {
  const { db } = open(join(folder(), "box.db"));
  expect(db.pragma("synchronous", { simple: true })).toBe(2);
  expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
});

test("a changed byte anywhere in a row is found; verify names the entry and what follows still counts", () => {
  const { db, journal } = open(":memory:", { checkpointEvery: 4 });
  const bodies = fc.sample(body, { numRuns: 12, seed: 5 });
  journal.write((append) => {
    for (const each of bodies) append(each);
  });
  const row = db.prepare("SELECT row FROM journal_entry WHERE seq = 6").pluck().get() as Buffer;
  for (let at = 0; at < row.length; at++) {
    const bent = Buffer.from(row);
    bent[at]! ^= 0x10;
    db.prepare("UPDATE journal_entry SET row = ? WHERE seq = 6").run(bent);
    expect(codeOf(() => journal.entry(6))).toBe("damaged-entry");
  }
  expect(journal.verify()).toEqual({
    entries: 11,
    firstSeq: 1,
    lastSeq: 12,
    declared: 0,
    findings: [{ from: 6, to: 6, what: "damaged" }],
  });
  db.exec("DELETE FROM journal_entry WHERE seq IN (6, 7)");
  expect(journal.verify().findings).toEqual([{ from: 6, to: 7, what: "missing" }]);
});

test("a row put back from another place is found", () => {
  const { db, journal } = open();
  journal.write((append) => {
    append(ALARM);
    append({ ...ALARM, alarm: "other" });
  });
  db.exec("UPDATE journal_entry SET row = (SELECT row FROM journal_entry WHERE seq = 1) WHERE seq = 2");
  expect(journal.verify().findings).toEqual([{ from: 2, to: 2, what: "damaged" }]);
});

test("who reads a journal beside the box reads one moment of it, and hears how far verifying has come", () => {
  const path = join(folder(), "box.db");
  const { journal } = open(path);
  journal.write((append) => {
    for (let at = 0; at < 2_500; at++) append({ kind: "event", event: "status", device: "d", at, detail: {} });
  });
  const inspection = openInspection(path);
  undo.push(() => inspection.close());
  expect(journal.drop()).toBeGreaterThan(0);
  const told: [number, number][] = [];
  expect(inspection.journal.verify((...progress) => told.push(progress))).toMatchObject({
    entries: 2_500,
    findings: [],
  });
  expect(told).toEqual([
    [1_000, 2_500],
    [2_000, 2_500],
  ]);
});
