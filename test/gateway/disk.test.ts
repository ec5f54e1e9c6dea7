/** A disk that is full for a moment, or for longer: what was asked for is never run twice. */
import { expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../cloud-sync/journal/journal.ts";
import { advance, begin } from "../../commands/transitions.ts";
import { createDisk, type DiskParts, metAtStart, openingTroubleOf } from "../../gateway/disk.ts";
import { openLedger } from "../../gateway/ledger.ts";
import { createLedgerStandby } from "../../gateway/ledger-standby.ts";
import { type Fate, openDisk } from "../simulate/disk.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const build = (more: Pick<DiskParts, "before" | "readsOnly"> = {}) => {
  let fate: Fate = "ok";
  let hasRoom = true;
  let readOnly = false;
  let commitMs = 0;
  const file = openDisk(
    undefined,
    () => fate,
    () => {},
  );
  onTestFinished(file.close);
  let mono = 0;
  const clock = { now: () => 1_790_000_000_000 + mono, mono: () => mono, quality: () => "confirmed" as const };
  const journal = openJournal(file.db, {
    clock: { now: () => ({ wall: clock.now(), mono, clock: clock.quality() }) },
  });
  const told: string[] = [];
  const ledger = createLedgerStandby(openLedger(file.db));
  const disk = createDisk({
    journal: {
      // Each commit takes so long.
      write: (work) => {
        mono += commitMs;
        return journal.write(work);
      },
      get lastSeq() {
        return journal.lastSeq;
      },
    },
    isReadOnly: () => readOnly,
    ledger,
    clock,
    log: silent,
    relieve: () => void told.push("relieve"),
    hasRoom: () => hasRoom,
    onUnwritable: () => void told.push("unwritable"),
    onWritable: () => void told.push("writable"),
    onDamaged: () => void told.push("damaged"),
    ...more,
  });
  return {
    disk,
    ledger,
    journal,
    told,
    is: (next: Fate) => {
      fate = next;
    },
    commitsTake: (ms: number) => {
      commitMs = ms;
    },
    makeReadOnly: () => {
      readOnly = true;
    },
    makeRoom: (is: boolean) => {
      hasRoom = is;
    },
    pass: (ms: number) => {
      mono += ms;
    },
  };
};

const join = { kind: "event", event: "join", device: "24e124713b492281", at: 1_790_000_000_000, detail: {} } as const;

const command = {
  id: "c1",
  target: "lamp:88383:001",
  name: "dim",
  fields: { level: 50 },
  author: "agent",
  precedence: "operator",
  requestedAt: 1,
  expiresAt: 2_000_000_000_000,
} as const;

test("a commit that fails for want of room is not run again with what it remembers: it throws, once", () => {
  const { disk, journal, told, is } = build();
  let runs = 0;
  const work = () =>
    disk.write((append) => {
      runs += 1;
      return append(join);
    });
  is("full");
  expect(work).toThrow(/full/);
  expect({ runs, told, state: disk.state, lastSeq: journal.lastSeq }).toEqual({
    runs: 1,
    told: ["relieve"],
    state: "ok",
    lastSeq: 0,
  });
  is("ok");
  expect(work()).toBe(1);
  expect(told).toEqual(["relieve"]);
});

test("still full after room was made: nothing more is taken, commands are held, and all is written when it can be", () => {
  const { disk, journal, told, is, pass } = build();
  is("full");
  expect(() => disk.write((append) => append(join))).toThrow(/full/);
  expect(() => disk.write((append) => append(join))).toThrow(/full/);
  expect(disk.state).toBe("full");
  expect(told).toEqual(["relieve", "unwritable"]);
  disk.writeOrHold((append) => append({ kind: "alarm", alarm: "x", raised: true, at: 1, detail: {} }));
  // The alarm of the disk itself, and this one.
  expect(disk.held).toBe(2);
  is("ok");
  pass(5_000);
  disk.tick();
  expect({ state: disk.state, held: disk.held, lastSeq: journal.lastSeq }).toEqual({
    state: "ok",
    held: 0,
    lastSeq: 3,
  });
  expect(told.at(-1)).toBe("writable");
});

test("what a command's first try put into the ledger is forgotten before it is held in memory", () => {
  const { disk, ledger, is } = build();
  const row = { record: begin(command, "on-air"), devEui: join.device };
  disk.write(() => ledger.put(row));
  is("full");
  expect(() => disk.write((append) => append(join))).toThrow(/full/);
  const openAtStart: number[] = [];
  // It ends what is open: with the first try still remembered, the second would find nothing to end.
  disk.writeOrHold(() => {
    const open = ledger.openOf(join.device);
    openAtStart.push(open.length);
    for (const each of open) ledger.put({ ...each, record: advance(each.record, { is: "past-expiry" }, 3) });
  });
  expect(openAtStart).toEqual([1, 1]);
  expect(ledger.find("c1")?.record.state).toBe("expired");
  is("ok");
  disk.write((append) => append(join));
  expect({ state: ledger.find("c1")?.record.state, open: ledger.openOf(join.device) }).toEqual({
    state: "expired",
    open: [],
  });
});

test("a disk with room for no more than the trial stays full: the alarm is not raised and cleared over and over", () => {
  const { disk, journal, told, is, pass, makeRoom } = build();
  is("full");
  for (const _ of [1, 2]) expect(() => disk.write((append) => append(join))).toThrow(/full/);
  is("ok");
  makeRoom(false);
  for (let each = 0; each < 10; each++) {
    pass(5_000);
    disk.tick();
  }
  expect({ state: disk.state, lastSeq: journal.lastSeq }).toEqual({ state: "full", lastSeq: 0 });
  makeRoom(true);
  pass(5_000);
  disk.tick();
  // Raised once, cleared once.
  expect({ state: disk.state, lastSeq: journal.lastSeq, last: told.at(-1) }).toEqual({
    state: "ok",
    lastSeq: 2,
    last: "writable",
  });
});

test.each(["SQLITE_CORRUPT_INDEX", "SQLITE_NOTADB", "damaged-file"])(
  "a write that meets a damaged file (%s) is told as damage and as nothing else",
  (code) => {
    const { disk, journal, told } = build();
    const meet = (by: typeof disk.write) => () =>
      by(() => {
        throw Object.assign(new Error("malformed"), { code });
      });
    expect(meet(disk.write)).toThrow("malformed");
    expect(told).toEqual(["damaged"]);
    expect(disk.state).toBe("ok");
    expect(meet(disk.writeOrHold)).toThrow("malformed");
    expect(told).toEqual(["damaged", "damaged"]);
    expect(journal.lastSeq).toBe(0);
  },
);

test("what is no damage is not told as damage", () => {
  const { disk, told, is } = build();
  expect(() =>
    disk.write(() => {
      throw new TypeError("a defect of ours");
    }),
  ).toThrow(TypeError);
  is("io-error");
  expect(() => disk.write((append) => append(join))).toThrow();
  expect(told).not.toContain("damaged");
});

test("after a slow commit the disk rests three times as long: commands go on in memory, and all is written with the next one", () => {
  const { disk, ledger, journal, commitsTake, pass } = build();
  const put = (level: number) => (append: (body: typeof join) => number) => {
    ledger.put({ record: begin({ ...command, fields: { level } }, "on-air"), devEui: join.device });
    return append(join);
  };
  const levelTold = () => ledger.find("c1")?.record.command.fields.level;
  commitsTake(10_000);
  disk.write((append) => append(join));
  disk.tick();
  expect({ state: disk.state, lastSeq: journal.lastSeq, held: disk.held }).toEqual({
    state: "slow",
    lastSeq: 1,
    held: 1,
  });
  expect(disk.writeOrHold(put(30))).toBe(0);
  expect([journal.lastSeq, levelTold()]).toEqual([1, 30]);
  pass(29_999);
  disk.writeOrHold(put(30));
  expect(journal.lastSeq).toBe(1);
  pass(1);
  // In one transaction with what is held, the newer word counts.
  disk.write((append) => {
    put(70)(append);
    expect(levelTold()).toBe(70);
  });
  expect({ state: disk.state, held: disk.held, lastSeq: journal.lastSeq }).toEqual({
    state: "slow",
    held: 0,
    lastSeq: 5,
  });
  expect(levelTold()).toBe(70);
  // A process that stood still in a commit does not rest for hours after.
  pass(30_000);
  commitsTake(3_600_000);
  disk.write((append) => append(join));
  pass(30_000);
  commitsTake(0);
  expect(disk.writeOrHold((append) => append(join))).toBe(7);
});

test("a file system that turned read-only is called so, whatever SQLite makes of it", () => {
  const { disk, is, makeReadOnly } = build();
  makeReadOnly();
  is("io-error");
  expect(() => disk.write((append) => append(join))).toThrow();
  expect(disk.state).toBe("read-only");
});

const systemError = (code: string) => Object.assign(new Error(code), { code });
/** Alarms of the disk in a journal, in order: `full` raised, `-full` ended. */
const alarmsIn = ({ journal }: ReturnType<typeof build>): string[] =>
  journal
    .read(0, { entries: 100, bytes: 100_000 })
    .entries.flatMap(({ body }) =>
      body.kind === "alarm" ? [`${body.raised ? "" : "-"}${body.alarm.replace("disk-", "")}`] : [],
    );

test("a box that begins without its disk tries nothing, and the next one writes what it held", () => {
  const before = metAtStart("read-only", systemError("EROFS"), 1_790_000_000_000, undefined);
  const reading = build({ before, readsOnly: true });
  expect([reading.disk.state, reading.disk.since]).toEqual(["read-only", 1_790_000_000_000]);
  expect(() => reading.disk.write(() => 1)).toThrow(/reading only/);
  reading.disk.writeOrHold((append) => append({ kind: "alarm", alarm: "x", raised: true, at: 1, detail: {} }));
  reading.pass(60_000);
  reading.disk.tick();
  expect([reading.journal.lastSeq, reading.disk.held, reading.disk.state]).toEqual([0, 2, "read-only"]);
  const left = reading.disk.unwritten();
  expect(left).toMatchObject({ trouble: "read-only", since: 1_790_000_000_000 });
  const next = build({ before: left! });
  // Until it has written something it takes nothing in.
  expect(next.disk.state).toBe("read-only");
  next.disk.tick();
  expect([next.disk.state, next.disk.unwritten(), next.told]).toEqual(["ok", undefined, ["writable"]]);
  expect(alarmsIn(next)).toEqual(["read-only", "x", "-read-only"]);
});

test("the alarm of one trouble ends where another takes its place, at the start and after it", () => {
  const begun = metAtStart("failing", systemError("EIO"), 1, undefined);
  expect(metAtStart("failing", systemError("EIO"), 2, begun)).toBe(begun);
  const world = build({ before: metAtStart("read-only", systemError("EROFS"), 3, begun) });
  expect(world.disk.since).toBe(1);
  world.is("full");
  world.disk.tick();
  expect(world.disk.state).toBe("full");
  world.is("ok");
  world.pass(5_000);
  world.disk.tick();
  expect(alarmsIn(world)).toEqual(["failing", "-failing", "read-only", "-read-only", "full", "-full"]);
});

test("what opening meets is of the disk by what Node says too, and a folder of somebody else is not", () => {
  const told = ["ENOSPC", "EDQUOT", "EROFS", "EIO", "EACCES", "EPERM", "ENOTDIR"].map((code) =>
    openingTroubleOf(systemError(code)),
  );
  expect(told).toEqual(["full", "full", "read-only", "failing", undefined, undefined, undefined]);
});
