/** A part of the journal, by numbers and by times, against all of it looked through one by one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { openInspection } from "../../cloud-sync/journal/inspect.ts";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { correctEntry } from "../../cloud-sync/protocol/clock.ts";
import { correctedReading } from "../../cloud-sync/protocol/correction.ts";
import type { ClockCorrection, ClockQuality, Correction, Entry, Reading } from "../../cloud-sync/protocol/entry.ts";

const folder = mkdtempSync(join(tmpdir(), "inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TRUTH = Date.UTC(2026, 2, 3);

const readingAt = (at: number, fCnt: number): Reading => ({
  kind: "reading",
  device: `70b3d5e75e00000${fCnt % 5}`,
  at,
  receivedAt: at,
  fCnt,
  fPort: 1,
  frame: Uint8Array.of(fCnt % 256),
  measurements: [{ name: "air.temperature", value: fCnt % 40, unit: "Cel" }],
  history: [],
  notes: [],
});

const correctionOf = (seq: number, { device, fCnt, at }: Reading): Correction => ({
  kind: "correction",
  at,
  reading: seq,
  device,
  fCnt,
  measuredAt: at,
  measurements: [{ name: "air.temperature", value: fCnt / 10, unit: "Cel" }],
  history: [],
  notes: [],
});

/** What befalls a box, one after the other. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ is: fc.constant("readings"), n: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant("reboot"), n: fc.constantFrom(0, 1, 2) }) },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant("jump"), n: fc.constantFrom(-40 * DAY, -HOUR, -9_000, 2_000, DAY) }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant("known"), n: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("silence"), n: fc.integer({ min: 1, max: 60 * HOUR }) }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant("redecode"), n: fc.integer({ min: 0, max: 1_000 }) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constantFrom("thin", "drop", "damage"), n: fc.nat() }) },
);
type Step = { readonly is: string; readonly n: number };

/** The file of a box that went through this. */
function live(steps: readonly Step[]): string {
  const file = join(folder, `${files++}.db`);
  let boot = 0;
  let truth = TRUTH;
  let mono = 1_000;
  /** What the wall clock shows beyond the monotonic one. */
  let lead = TRUTH - mono;
  let clock: ClockQuality = "confirmed";
  let jitter = 0;
  let fCnt = 0;
  let db!: Database.Database;
  const now = () => ({ wall: mono + lead + jitter, mono, clock });
  const open = () => {
    db = new Database(file);
    const opened = openJournal(db, { clock: { now }, bootId: `boot ${boot}`, stretch: 64, checkpointEvery: 16 });
    db.pragma("synchronous = OFF");
    return opened;
  };
  let journal = open();
  const pass = (ms: number): void => {
    truth += ms;
    mono += ms;
  };
  const goes: Record<string, (n: number) => void> = {
    readings(n) {
      journal.write((append) => {
        for (let left = n; left > 0; left--) {
          // Some closer together than the clock wavers: then times fall where numbers rise.
          pass(left % 4 === 0 ? 60_000 : 500);
          jitter = (left % 3) * 3_500;
          append(readingAt(now().wall, fCnt++));
        }
      });
    },
    reboot(n) {
      db.close();
      boot++;
      mono = 500;
      lead = [0, truth + 3 * 365 * DAY, truth][n]! - mono;
      clock = n === 2 ? "confirmed" : "unknown";
      journal = open();
    },
    jump(n) {
      lead += n;
    },
    known() {
      if (clock === "confirmed") return;
      lead = truth - mono;
      clock = "confirmed";
      journal.write((append) => append({ kind: "clock", at: truth, boot: journal.boot, lead, source: "ntp" }));
    },
    silence: pass,
    redecode(n) {
      if (journal.lastSeq === 0) return;
      const seq = 1 + (n % Math.max(1, journal.lastSeq));
      // Past what is damaged, as the box reads.
      const { entries } = journal.read(journal.knownAt(Math.min(seq, journal.lastSeq) - 1), {
        entries: 64,
        bytes: 1e6,
      });
      const body = entries.find((entry) => entry.seq === seq)?.body;
      if (body?.kind === "reading") journal.write((append) => append(correctionOf(seq, body)));
    },
    thin: () => void journal.thin(),
    drop: () => void journal.drop(),
    damage(n) {
      const seqs = db.prepare<[], number>("SELECT seq FROM journal_entry ORDER BY seq").pluck().all();
      // Of the last entry the number would be given out again.
      if (seqs.length < 2) return;
      db.prepare("UPDATE journal_entry SET row = x'0102' WHERE seq = ?").run(seqs[n % (seqs.length - 1)]);
    },
  };
  for (const { is, n } of steps) goes[is]!(n);
  db.close();
  return file;
}

/** Everything, read and put right by looking at all of it. */
function lookedThrough(file: string): Entry[] {
  const db = new Database(file);
  const journal = openJournal(db, { clock: { now: () => ({ wall: 0, mono: 0, clock: "unknown" }) } });
  const entries = journal.read(0, { entries: 1e6, bytes: 1e9 }).entries;
  db.close();
  const clocks = new Map<number, ClockCorrection>();
  const again = new Map<number, Correction>();
  for (const { body } of entries) {
    if (body.kind === "clock") clocks.set(body.boot, body);
    if (body.kind === "correction") again.set(body.reading, body);
  }
  return entries.map((entry) => {
    const { seq, stamp, body } = entry;
    const correction = again.get(seq);
    const read = body.kind === "reading" && correction?.device === body.device;
    const shown = read ? { seq, stamp, body: correctedReading(body, correction) } : entry;
    const clock = clocks.get(stamp.boot);
    return clock === undefined ? shown : correctEntry(shown, clock);
  });
}

test("a part by numbers or times is that part of the whole, whatever the clocks did", () => {
  const place = fc.integer({ min: -100, max: 1_100 }).map((permille) => permille / 1_000);
  const runs = Number(process.env.BEFFROI_RUNS ?? 60);
  let found = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), place, place, (steps, one, other) => {
      const file = live(steps);
      const all = lookedThrough(file);
      const inspection = openInspection(file);
      try {
        const end = all.at(-1)?.seq ?? 0;
        const numbers = { from: Math.max(1, Math.round(one * end)), to: Math.max(1, Math.round(other * end)) };
        expect([...inspection.entries(numbers)]).toEqual(
          all.filter(({ seq }) => seq >= numbers.from && seq <= numbers.to),
        );
        // From the time of some entry on, for so much longer: walls of far-off boots make random times miss all.
        const begin = all[Math.floor(Math.min(Math.max(one, 0), 0.999) * all.length)]?.stamp.wall ?? TRUTH;
        const times = { from: begin, to: begin + Math.abs(other) * 30 * HOUR };
        const asked = all.filter(({ stamp }) => stamp.wall >= times.from && stamp.wall <= times.to);
        found += asked.length;
        expect([...inspection.entries({ from: 1, to: end }, times)]).toEqual(asked);
        // Nothing of that time or later, or of a clock nobody knew, lies before where it is said to begin.
        const first = inspection.firstSince(begin) ?? end + 1;
        const before = all.filter(({ seq }) => seq < first);
        const known = new Set(all.flatMap(({ body }) => (body.kind === "clock" ? [body.boot] : [])));
        const isOdd = ({ boot, clock }: Entry["stamp"]): boolean => clock === "unknown" && !known.has(boot);
        expect(before.filter(({ stamp }) => stamp.wall >= begin || isOdd(stamp))).toEqual([]);
      } finally {
        inspection.close();
        rmSync(file);
      }
    }),
    { numRuns: runs },
  );
  expect(found).toBeGreaterThan(runs);
});

test("a part of a long journal is read without what lies around it", () => {
  const file = live([{ is: "readings", n: 24_000 }]);
  const inspection = openInspection(file);
  const middle = [...inspection.entries({ from: 12_000, to: 12_000 })][0]!;
  const ask = (times?: { from: number; to: number }) => {
    const began = process.cpuUsage();
    const got = [...inspection.entries({ from: 1, to: 24_000 }, times)];
    return { n: got.length, cpu: process.cpuUsage(began).user };
  };
  ask();
  const whole = ask();
  const part = ask({ from: middle.stamp.wall, to: middle.stamp.wall + 2 * 60_000 });
  const since = inspection.firstSince(middle.stamp.wall);
  expect(since).toBeGreaterThan(11_900);
  expect(since).toBeLessThanOrEqual(12_000);
  expect(inspection.firstSince(middle.stamp.wall + 365 * DAY)).toBeUndefined();
  inspection.close();
  expect(whole.n).toBe(24_000);
  expect(part.n).toBeGreaterThan(5);
  expect(part.n).toBeLessThan(15);
  expect(part.cpu).toBeLessThan(whole.cpu / 2);
});
