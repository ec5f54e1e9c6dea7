/** What is a copy and what only looks like one. */
import SQLite, { type Database } from "better-sqlite3";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { type Duplicates, openDuplicates } from "../../gateway/duplicates.ts";
import type { AckEvent, ChirpStackEvent, LogEvent, TxAckEvent, UpEvent } from "../../gateway/words.ts";

const T0 = 1_772_431_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const base = { devEui: "70b3d5e75e000042", applicationId: "a", deviceName: "lampe", tags: {}, time: T0 };
const up = (over: Partial<UpEvent> = {}): UpEvent => ({
  ...base,
  kind: "up",
  deduplicationId: "d-1",
  devAddr: "01a3b2c4",
  fCnt: 7,
  fPort: 10,
  dr: 5,
  confirmed: false,
  data: Uint8Array.of(1, 2, 3),
  ...over,
});
const ack = (over: Partial<AckEvent> = {}): AckEvent => ({
  ...base,
  kind: "ack",
  deduplicationId: "",
  queueItemId: "q-1",
  acknowledged: false,
  fCntDown: 17,
  ...over,
});
const txack = (over: Partial<TxAckEvent> = {}): TxAckEvent => ({
  ...base,
  kind: "txack",
  downlinkId: 1,
  queueItemId: "q-1",
  fCntDown: 17,
  gatewayId: "g",
  ...over,
});
const log = (over: Partial<LogEvent> = {}): LogEvent => ({
  ...base,
  kind: "log",
  level: "ERROR",
  code: "DOWNLINK_GATEWAY",
  description: "TOO_LATE",
  context: {},
  ...over,
});

describe("copies", () => {
  let db: Database;
  let duplicates: Duplicates;
  beforeEach(() => {
    db = new SQLite(":memory:");
    duplicates = openDuplicates(db);
  });

  const payloadOf = (event: ChirpStackEvent): Uint8Array => Buffer.from(JSON.stringify(event));
  /** Found in ChirpStack's history, written otherwise than the broker brings it. */
  const recover = (event: ChirpStackEvent, among = duplicates) =>
    among.judge(event, { topic: "t", payload: Buffer.of(0), redelivered: false, recovered: true });
  const judge = (event: ChirpStackEvent, redelivered = false) =>
    duplicates.judge(event, { topic: `t/${event.devEui}/${event.kind}`, payload: payloadOf(event), redelivered });

  describe("of an uplink", () => {
    it("redelivered however late, with its own deduplication id", () => {
      expect(judge(up())).toBe("new");
      expect(judge(up(), true)).toBe("copy");
    });

    it("that a gateway delivered late: another deduplication id, same bytes, within the hour", () => {
      expect(judge(up())).toBe("new");
      expect(judge(up({ deduplicationId: "d-2", time: T0 + 59 * MINUTE }))).toBe("copy");
    });

    it("are told from an ABP device that started again: same counter, other bytes", () => {
      expect(judge(up())).toBe("new");
      const restarted = up({ deduplicationId: "d-2", time: T0 + MINUTE, data: Uint8Array.of(9) });
      expect(judge(restarted)).toBe("counter-restart");
      expect(judge(restarted, true)).toBe("copy");
    });

    it("are told from one that started again and says the same an hour later", () => {
      expect(judge(up())).toBe("new");
      expect(judge(up({ deduplicationId: "d-2", time: T0 + HOUR }))).toBe("counter-restart");
    });

    it("are told from another session and another device with the same counter", () => {
      expect(judge(up())).toBe("new");
      expect(judge(up({ deduplicationId: "d-2", devAddr: "01ffffff" }))).toBe("new");
      expect(judge(up({ deduplicationId: "d-3", devEui: "70b3d5e75e000043" }))).toBe("new");
    });
  });

  it("two negative acks of one device have no deduplication id and are two", () => {
    expect(judge(ack())).toBe("new");
    expect(judge(ack({ queueItemId: "q-2", fCntDown: 18 }))).toBe("new");
    expect(judge(ack({ queueItemId: "q-2", fCntDown: 18 }), true)).toBe("copy");
  });

  it("events born of one uplink share its deduplication id and are not copies of each other", () => {
    expect(judge(up())).toBe("new");
    expect(judge(ack({ deduplicationId: "d-1", acknowledged: true }))).toBe("new");
    const status = { ...base, kind: "status" as const, deduplicationId: "d-1", margin: 1 };
    const whole = { ...status, externalPowerSource: false, batteryLevelUnavailable: false, batteryLevel: 5 };
    expect(judge(whole)).toBe("new");
    expect(judge({ ...base, kind: "join", deduplicationId: "d-1", devAddr: "x" })).toBe("new");
    expect(judge(whole, true)).toBe("copy");
  });

  it("what a history holds as well is a copy, in whatever it is written", () => {
    const events = [up(), ack(), txack(), log({ context: { b: "1", a: "2" } })];
    for (const event of events) expect(judge(event)).toBe("new");
    for (const event of events) expect(recover(event)).toBe("copy");
    expect(recover(log({ context: { a: "2", b: "1" } }))).toBe("copy");
    expect(recover(log({ description: "GATEWAY" }))).toBe("new");
    expect(recover(up({ fCnt: 1_000, deduplicationId: "d-9" }))).toBe("new");
  });

  it("what a history holds from before a counter began anew is a copy too", () => {
    const restarted = up({ deduplicationId: "d-2", time: T0 + MINUTE, data: Uint8Array.of(9) });
    expect([judge(up()), judge(restarted)]).toEqual(["new", "counter-restart"]);
    expect([recover(up()), recover(restarted)]).toEqual(["copy", "copy"]);
  });

  it("what a history holds and this memory may have forgotten is not entered again, also after a restart", () => {
    const small = openDuplicates(db, { keptMs: HOUR });
    const at = (minutes: number) => log({ time: T0 + minutes * MINUTE });
    for (const minutes of [0, 10, 200]) {
      small.judge(at(minutes), { topic: "t", payload: Buffer.of(0), redelivered: false });
      small.save();
      small.committed();
    }
    expect(small.prune(T0 + 200 * MINUTE)).toBe(2);
    small.committed();
    for (const memory of [small, openDuplicates(db, { keptMs: HOUR })])
      expect([0, 5, 10, 11, 200].map((minutes) => recover(at(minutes), memory))).toEqual([
        "copy",
        "copy",
        "copy",
        "new",
        "copy",
      ]);
    expect(small.judge(at(3), { topic: "t", payload: Buffer.of(0), redelivered: false })).toBe("new");
  });

  it("a txack is known by queue item and downlink: a resent item goes on air twice", () => {
    expect(judge(txack())).toBe("new");
    expect(judge(txack(), true)).toBe("copy");
    expect(judge(txack({ downlinkId: 2 }))).toBe("new");
  });

  it("a log redelivered is a copy; the same words at another time are not", () => {
    expect(judge(log())).toBe("new");
    expect(judge(log(), true)).toBe("copy");
    expect(judge(log({ time: T0 + 5_000 }))).toBe("new");
  });

  it("of what cannot be read are only what the broker itself marks", () => {
    const odd = { ...base, kind: "unknown" as const, event: "later", payload: Uint8Array.of(1) };
    expect(judge(odd)).toBe("new");
    expect(judge(odd)).toBe("new");
    expect(judge(odd, true)).toBe("copy");
  });

  it("are recognised after a restart", () => {
    judge(up());
    judge(log());
    duplicates.save();
    duplicates.committed();
    duplicates = openDuplicates(db);
    expect(judge(up(), true)).toBe("copy");
    expect(judge(log(), true)).toBe("copy");
  });

  it("what was rolled back was never seen", () => {
    judge(up());
    duplicates.save();
    duplicates.committed();
    expect(() =>
      db.transaction(() => {
        judge(up({ fCnt: 8 }));
        judge(up({ deduplicationId: "d-9", time: T0 + 2 * HOUR }));
        duplicates.save();
        throw new Error("disk full");
      })(),
    ).toThrow();
    duplicates.rolledBack();
    expect(judge(up({ fCnt: 8 }))).toBe("new");
    expect(judge(up(), true)).toBe("copy");
    expect(judge(up({ deduplicationId: "d-9", time: T0 + 2 * HOUR }))).toBe("counter-restart");
    duplicates.save();
    duplicates.committed();
    duplicates = openDuplicates(db);
    expect(duplicates.remembered).toBe(3);
    expect(judge(up({ deduplicationId: "d-9", time: T0 + 2 * HOUR }), true)).toBe("copy");
  });

  it("are all found again however many there are and whatever was dropped meanwhile", () => {
    const events = 12_000;
    duplicates = openDuplicates(db, { keptMax: 9_000 });
    const one = (fCnt: number) => up({ fCnt, deduplicationId: `d-${fCnt}` });
    for (let fCnt = 0; fCnt < events; fCnt += 1) {
      judge(one(fCnt));
      if (fCnt % 100 !== 99) continue;
      duplicates.save();
      duplicates.committed();
      duplicates.prune(T0);
      duplicates.committed();
    }
    for (const memory of [duplicates, openDuplicates(db)]) {
      duplicates = memory;
      expect(memory.remembered).toBeLessThanOrEqual(9_000);
      for (let fCnt = events - 8_900; fCnt < events; fCnt += 1) expect(judge(one(fCnt), true)).toBe("copy");
    }
  });

  it("are forgotten by age and by number, oldest first", () => {
    duplicates = openDuplicates(db, { keptMax: 10, keptMs: HOUR });
    for (let fCnt = 0; fCnt < 25; fCnt += 1) {
      judge(up({ fCnt, deduplicationId: `d-${fCnt}`, time: T0 + fCnt * MINUTE }));
      duplicates.save();
      duplicates.committed();
    }
    const undone = db.transaction(() => {
      expect(duplicates.prune(T0)).toBe(15);
      throw new Error("disk full");
    });
    expect(undone).toThrow("disk full");
    duplicates.rolledBack();
    expect(duplicates.remembered).toBe(25);
    expect(duplicates.prune(T0)).toBe(15);
    duplicates.committed();
    expect(duplicates.remembered).toBe(10);
    expect(judge(up({ fCnt: 24, deduplicationId: "d-24", time: T0 + 24 * MINUTE }))).toBe("copy");
    // The box's clock is years ahead, or the broker held its messages back for long: what may come again is still known.
    expect(duplicates.prune(T0 + 3 * 365 * 24 * HOUR)).toBe(0);
    expect(openDuplicates(db, { keptMs: HOUR }).prune(T0 + 3 * 365 * 24 * HOUR)).toBe(0);
    judge(up({ fCnt: 100, deduplicationId: "d-100", time: T0 + 80 * MINUTE }));
    duplicates.save();
    expect(duplicates.prune(T0 + 80 * MINUTE)).toBe(5);
    duplicates.committed();
    expect(judge(up({ fCnt: 15, deduplicationId: "d-15", time: T0 + 15 * MINUTE }))).toBe("new");
  });

  it("whatever is delivered once or many times in whatever order counts once", () => {
    const events = fc.uniqueArray(
      fc.record({ kind: fc.constantFrom("up", "ack", "txack", "log"), number: fc.integer({ min: 0, max: 40 }) }),
      { selector: ({ kind, number }) => `${kind}${number}`, maxLength: 30 },
    );
    const make = ({ kind, number }: { kind: string; number: number }): ChirpStackEvent => {
      if (kind === "up") return up({ fCnt: number, deduplicationId: `d-${number}`, data: Uint8Array.of(number) });
      if (kind === "ack") return ack({ queueItemId: `q-${number}` });
      if (kind === "txack") return txack({ queueItemId: `q-${number}` });
      return log({ time: T0 + number });
    };
    fc.assert(
      fc.property(events, fc.array(fc.nat()), (originals, again) => {
        duplicates = openDuplicates(new SQLite(":memory:"));
        for (const one of originals) expect(judge(make(one))).toBe("new");
        for (const pick of again)
          if (originals.length > 0) expect(judge(make(originals[pick % originals.length]!), true)).toBe("copy");
      }),
      { numRuns: 50 },
    );
  });
});
