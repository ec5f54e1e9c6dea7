import SQLite from "better-sqlite3";
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Read } from "../../gateway/readings.ts";
import { distance, intakeBench, T0 } from "./intake-bench.ts";

const b = intakeBench();

describe("with a codec that answers from another thread", () => {
  const METER = "0000000000000f01";
  const SPOT = "0000000000000f02";
  const parkedRows = (): number => b.store.db.prepare("SELECT count(*) FROM parked").pluck().get() as number;
  const foreignUp = (number: number, devEui = METER): void => b.up(Uint8Array.of(number), {}, { devEui });
  const numberOf = ({ event }: (typeof b.asked)[number]): number => event.data[0]!;
  const answered = ({ event: { fPort, data } }: (typeof b.asked)[number]): Read => ({
    decoded: {
      model: "foreign",
      codec: "foreign@1",
      fPort,
      fields: {},
      measurements: [{ name: "pulse.total", value: data[0]!, unit: "1" }],
      history: [],
      warnings: [],
    },
  });
  /** Answers the frame with this number and lets the answer arrive. */
  const answer = async (number: number, read?: Read): Promise<void> => {
    const one = b.asked.find((each) => numberOf(each) === number)!;
    b.asked = b.asked.filter((each) => each !== one);
    one.answer(read ?? answered(one));
    await vi.advanceTimersByTimeAsync(0);
  };
  const numbers = (devEui: string): number[] =>
    b
      .readings()
      .filter(({ device }) => device === devEui)
      .map(({ frame }) => frame[0]!);

  beforeEach(() => {
    for (const devEui of [METER, SPOT])
      b.registry.putDevice({ devEui, model: "foreign", state: "in-stock" }, T0, () => {});
  });

  it("writes a frame once when its codec answers before the commit", async () => {
    foreignUp(1);
    await answer(1);
    expect([b.flush().length, b.acknowledged, parkedRows()]).toEqual([1, 1, 0]);
    expect(b.readings()[0]).toMatchObject({ codec: "foreign@1", measurements: [{ name: "pulse.total", value: 1 }] });
  });

  it("parks a frame whose codec is slow, so that neither it nor others wait for their acknowledgement", async () => {
    foreignUp(1);
    b.up(distance);
    b.intake.flush();
    expect([b.readings().length, b.acknowledged, parkedRows()]).toEqual([1, 1, 1]);
    await answer(1, { fault: { code: "codec-timeout", message: "stopped" }, codec: "foreign@1" });
    b.intake.flush();
    expect(parkedRows()).toBe(0);
    expect(b.readings()[1]).toMatchObject({ device: METER, fault: { code: "codec-timeout" }, frame: Uint8Array.of(1) });
  });

  it("parks a slow frame within the time of an ordinary commit, even when nothing else comes", async () => {
    foreignUp(1);
    await vi.advanceTimersByTimeAsync(5_100);
    expect([b.acknowledged, parkedRows()]).toEqual([1, 1]);
  });

  it("keeps the order of a device's events, and lets other devices pass", async () => {
    foreignUp(1);
    b.take("join", { deduplicationId: "j", devAddr: "01" }, { devEui: METER });
    foreignUp(2);
    foreignUp(3, SPOT);
    await answer(2);
    await answer(3);
    b.intake.flush();
    const told = () => b.entries.filter(({ kind }) => kind !== "registry");
    expect(told().map(({ kind }) => kind)).toEqual(["reading"]);
    expect(numbers(SPOT)).toEqual([3]);
    await answer(1);
    b.intake.flush();
    const later = told()
      .slice(1)
      .map((entry) => (entry.kind === "reading" ? entry.frame[0] : entry.kind));
    expect(later).toEqual([1, "event", 2]);
    expect(parkedRows()).toBe(0);
  });

  it("goes on after a restart with what it had promised to keep", async () => {
    foreignUp(1);
    foreignUp(2);
    b.intake.flush();
    b.intake.stop();
    b.asked = [];
    b.open();
    b.intake.resume();
    expect(b.asked.map(numberOf)).toEqual([1, 2]);
    await answer(1);
    await answer(2);
    b.intake.flush();
    expect([numbers(METER), parkedRows()]).toEqual([[1, 2], 0]);
  });

  it("holds on to what is parked when a commit fails, and leaves the rest to the broker", async () => {
    foreignUp(1);
    b.intake.flush();
    await answer(1);
    foreignUp(2);
    b.failWith = () => new SQLite.SqliteError("disk I/O error", "SQLITE_IOERR");
    b.intake.flush();
    expect([b.refused, b.acknowledged, parkedRows()]).toEqual([1, 1, 1]);
    b.failWith = undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([numbers(METER), parkedRows()]).toEqual([[1], 0]);
  });

  type Step = ["frame", 0 | 1] | ["answer", number] | ["commit"] | ["fail"] | ["crash"];
  const steps: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant("frame" as const), fc.constantFrom(0 as const, 1 as const)) },
    { weight: 5, arbitrary: fc.tuple(fc.constant("answer" as const), fc.nat(20)) },
    { weight: 3, arbitrary: fc.constant<Step>(["commit"]) },
    { weight: 1, arbitrary: fc.constant<Step>(["fail"]) },
    { weight: 1, arbitrary: fc.constant<Step>(["crash"]) },
  );

  it("loses nothing, doubles nothing and keeps each device's order, whatever answers, fails or dies when", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (schedule) => {
        b.store.db.exec("DELETE FROM parked");
        b.entries = [];
        b.asked = [];
        b.open();
        /** What the broker holds without an acknowledgement; `sent` is what it was ever given, by device. */
        let unacknowledged: { readonly number: number; readonly fields: object; readonly devEui: string }[] = [];
        const sent = new Map<string, number[]>();
        const send = (one: (typeof unacknowledged)[number], redelivered: boolean): void =>
          b.take("up", one.fields, { devEui: one.devEui, redelivered });
        const commit = (): void => {
          const before = b.acknowledged;
          b.intake.flush();
          if (b.acknowledged > before) unacknowledged = [];
        };
        const redeliver = (): void => {
          for (const one of unacknowledged) send(one, true);
        };
        const act = async ([step, which]: Step): Promise<void> => {
          if (step === "frame") {
            const devEui = which === 0 ? METER : SPOT;
            const fCnt = b.nextCounter();
            const number = fCnt % 251;
            const data = Buffer.of(number).toString("base64");
            const common = { deduplicationId: `p-${fCnt}`, devAddr: "01", dr: 5, fCnt, fPort: 85 };
            const one = { number, fields: { ...common, rxInfo: [], data }, devEui };
            unacknowledged.push(one);
            sent.set(devEui, [...(sent.get(devEui) ?? []), number]);
            send(one, false);
          } else if (step === "answer" && b.asked.length > 0) await answer(numberOf(b.asked[which % b.asked.length]!));
          else if (step === "commit") commit();
          else if (step === "fail") {
            b.failWith = () => new SQLite.SqliteError("disk I/O error", "SQLITE_IOERR");
            commit();
            b.failWith = undefined;
            redeliver();
          } else if (step === "crash") {
            b.intake.stop();
            b.asked = [];
            b.open();
            b.intake.resume();
            redeliver();
          }
        };
        for (const step of schedule) await act(step);
        for (let round = 0; round < 3; round += 1) {
          while (b.asked.length > 0) await answer(numberOf(b.asked[0]!));
          commit();
        }
        expect([unacknowledged, parkedRows()]).toEqual([[], 0]);
        for (const [devEui, numbersSent] of sent) expect(numbers(devEui)).toEqual(numbersSent);
        b.intake.stop();
      }),
      { numRuns: 150 },
    );
  });
});
