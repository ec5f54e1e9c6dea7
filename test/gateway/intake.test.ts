/** From a broker's message to journal entries and an acknowledgement, on a real SQLite file, with the edges driven by hand. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EntryBody, Reading } from "../../cloud-sync/protocol/entry.ts";
import type { Codec } from "../../codecs/words.ts";
import { findModel } from "../../device-registry/models.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openBoxState } from "../../gateway/box-state.ts";
import { type BoxStore, openBoxStore } from "../../gateway/box-store.ts";
import { createProtobufReader } from "../../gateway/chirpstack/protobuf-events.ts";
import type { InstalledCodec } from "../../gateway/codec-store.ts";
import { openDuplicates } from "../../gateway/duplicates.ts";
import { createFirstHop } from "../../gateway/first-hop.ts";
import { createIntake, type IntakeParts } from "../../gateway/intake.ts";
import { openParked } from "../../gateway/parked.ts";
import type { Read } from "../../gateway/readings.ts";
import type { Append, Relay, UpEvent } from "../../gateway/words.ts";

const T0 = Date.parse("2026-03-02T06:15:04Z");
const DAY = 86_400_000;
const BIN = "24e124136b502217";
const LAMP = "70b3d5e75e000042";
const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";

/** First byte: what to do. 1: distance in mm (u16). 2: the device's clock, seconds (u32). 3: throws. 4: leak. Else: refused. */
const codec: Codec = {
  id: "test",
  version: 3,
  encode: () => ({ ok: false, fault: { code: "no-command", message: "none" } }),
  decode({ bytes, fPort }) {
    const view = Buffer.from(bytes);
    const decoded = { model: "test", codec: "test@3", fPort, fields: {}, history: [], warnings: [] };
    if (bytes[0] === 1) {
      const distance = { name: "container.distance", value: view.readUInt16BE(1), unit: "mm" };
      return { ok: true, value: { ...decoded, measurements: [distance] } };
    }
    if (bytes[0] === 2)
      return { ok: true, value: { ...decoded, measurements: [], deviceTime: view.readUInt32BE(1) * 1_000 } };
    if (bytes[0] === 3) throw new TypeError("a defect");
    if (bytes[0] === 4)
      return { ok: true, value: { ...decoded, measurements: [{ name: "leak", value: true, unit: "bool" }] } };
    return { ok: false, fault: { code: "unknown-channel", message: "channel 9" } };
  },
};

const clockBytes = (ms: number): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes[0] = 2;
  bytes.writeUInt32BE(Math.floor(ms / 1_000), 1);
  return bytes;
};

describe("intake", () => {
  let folder: string;
  let store: BoxStore;
  let entries: EntryBody[];
  let observed: string[];
  let intake: ReturnType<typeof createIntake>;
  let registry: ReturnType<typeof openRegistry>;
  let state: ReturnType<typeof openBoxState>;
  let acknowledged = 0;
  let refused = 0;
  let writes = 0;
  let failWith: (() => Error) | undefined;
  /** Frames that wait for the model "foreign", in the order they were handed over; the test answers. */
  let asked: { readonly event: UpEvent; answer(read: Read): void }[];
  const foreign = {
    find: (model: string) => (model === "foreign" ? ({} as InstalledCodec) : undefined),
    read: (_: string, event: UpEvent) => new Promise<Read>((answer) => asked.push({ event, answer })),
  };

  /** The journal's part: a transaction whose entries are kept only when it commits. */
  const write: IntakeParts["write"] = (work) => {
    const fresh: EntryBody[] = [];
    const append: Append = (body) => fresh.push(body);
    const result = store.db
      .transaction(() => {
        const value = work(append);
        if (failWith) throw failWith();
        return value;
      })
      .immediate();
    entries.push(...fresh);
    writes += 1;
    return result;
  };

  const open = (relay: Partial<Relay> = {}, commitDelayMs = 5_000): void => {
    registry = openRegistry(store.db);
    state = openBoxState(store.db);
    intake = createIntake({
      registry,
      findModel,
      findCodec: (model) => (model === "none" ? undefined : codec),
      write,
      duplicates: openDuplicates(store.db),
      state,
      firstHop: createFirstHop(state),
      relay: {
        observe: (event) => void observed.push(event.kind),
        afterCommit: () => {},
        order: () => {},
        isBusy: () => false,
        tick: () => {},
        afterTick: () => {},
        ...relay,
      },
      foreign,
      parked: openParked(store.db),
      readProtobuf: createProtobufReader(),
      connection: () => ({
        acknowledge: () => {
          acknowledged += 1;
        },
        refuse: () => {
          refused += 1;
        },
      }),
      commitDelayMs,
      clock: { now: () => T0, mono: () => 0 },
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    });
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
    folder = mkdtempSync(join(tmpdir(), "beffroi-intake-"));
    store = openBoxStore(folder);
    entries = [];
    observed = [];
    asked = [];
    acknowledged = 0;
    refused = 0;
    writes = 0;
    failWith = undefined;
    open();
    const asset = "container:88383:007";
    const place = { commune: "88383", use: "waste" as const, kind: "container" as const };
    registry.putAsset({ ref: asset, ...place, attributes: { depthMm: 1_200 } }, T0, () => {});
    registry.putDevice(
      { devEui: BIN, model: "milesight-em400", state: "installed", asset, applicationId: APPLICATION },
      T0,
      () => {},
    );
    registry.putDevice({ devEui: LAMP, model: "nas-ul20xx", state: "in-stock" }, T0, () => {});
  });
  afterEach(() => {
    vi.useRealTimers();
    intake.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const take = (
    kind: string,
    fields: object,
    { devEui = BIN, qos = 1 as 0 | 1 | 2, redelivered = false } = {},
  ): void => {
    const deviceInfo = { applicationId: APPLICATION, deviceName: "d", devEui, tags: {} };
    const whole = { time: new Date(T0).toISOString(), deviceInfo, ...fields };
    const topic = `application/${APPLICATION}/device/${devEui}/event/${kind}`;
    intake.take({ topic, payload: Buffer.from(JSON.stringify(whole)), qos, redelivered, arrivedAt: T0 });
  };
  let fCnt = 0;
  const up = (data: Uint8Array, over: object = {}, how = {}): void => {
    fCnt += 1;
    const rxInfo = [{ gatewayId: "g", rssi: -90, snr: 5 }];
    const fields = { deduplicationId: `d-${fCnt}`, devAddr: "01", dr: 5, fCnt, fPort: 85, rxInfo };
    take("up", { ...fields, data: Buffer.from(data).toString("base64"), ...over }, how);
  };
  const distance = Uint8Array.of(1, 0x01, 0x36);
  const readings = (): Reading[] => entries.filter((entry) => entry.kind === "reading");
  const flush = (): Reading[] => {
    intake.flush();
    return readings();
  };

  it("places and times a reading, keeps its frame, and acknowledges after the commit", () => {
    up(distance);
    expect([writes, acknowledged]).toEqual([0, 0]);
    const [reading] = flush();
    expect([writes, acknowledged]).toEqual([1, 1]);
    expect(reading).toMatchObject({
      device: BIN,
      asset: "container:88383:007",
      commune: "88383",
      codec: "test@3",
      at: T0,
      receivedAt: T0,
      fPort: 85,
      radio: { rssi: -90, snr: 5, gateway: "g", gateways: 1, dr: 5 },
      notes: [],
    });
    expect(reading?.measurements).toContainEqual({ name: "container.level", value: 74, unit: "%" });
    expect(Buffer.from(reading!.frame)).toEqual(Buffer.from(distance));
  });

  it("keeps events of kinds it does not know whole, and counts each once", () => {
    take("later", { novelty: 7 });
    take("later", { novelty: 7 }, { redelivered: true });
    take("later", { novelty: 8 });
    up(distance);
    intake.flush();
    expect([state.count("unknownEvents"), state.count("undecoded"), state.count("duplicates")]).toEqual([2, 0, 1]);
    const kept = entries.filter((entry) => entry.kind === "event" && entry.event === "later");
    expect(kept).toHaveLength(2);
    expect(
      Buffer.from(String(Object.values((kept[1] as { detail: object }).detail)[0]), "base64").toString(),
    ).toContain('"novelty":8');
  });

  it("lets ordinary readings share a commit and makes nobody wait for a lamp, a leak, a join or an ack", async () => {
    up(distance);
    up(distance);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(writes).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect([writes, acknowledged, readings().length]).toEqual([1, 1, 2]);
    const urgent = [
      () => up(distance, {}, { devEui: LAMP }),
      () => up(Uint8Array.of(4)),
      () => take("join", { deduplicationId: "j", devAddr: "01" }),
      () => take("ack", { deduplicationId: "", queueItemId: "q", acknowledged: false, fCntDown: 1 }),
    ];
    for (const [index, one] of urgent.entries()) {
      up(distance);
      one();
      await vi.advanceTimersByTimeAsync(0);
      expect(writes).toBe(2 + index);
    }
  });

  it("commits as soon as a turn brings nothing new under load, before a broker's window of 20 stays closed", async () => {
    for (let count = 0; count < 16; count += 1) up(distance);
    await vi.advanceTimersByTimeAsync(1);
    expect([writes, readings().length]).toEqual([1, 16]);
  });

  it("believes a device's clock within a day of the event, and says when it does not", () => {
    up(clockBytes(T0 - DAY + 1_000));
    up(clockBytes(T0 - DAY - 1_000));
    const [near, far] = flush();
    expect(near).toMatchObject({ at: T0 - DAY + 1_000, receivedAt: T0, notes: [] });
    expect(far).toMatchObject({ at: T0, notes: ["device-clock-off"] });
  });

  it("keeps what it cannot read, with the reason", () => {
    up(Uint8Array.of(9));
    up(Uint8Array.of(3));
    up(new Uint8Array(), { fPort: 0 });
    up(distance, {}, { devEui: "0000000000000009" });
    const [refusedFrame, defect, mac, stranger] = flush();
    expect(refusedFrame).toMatchObject({ fault: { code: "unknown-channel" }, codec: "test@3", measurements: [] });
    expect(defect).toMatchObject({ fault: { code: "codec-failed", message: "a defect" } });
    expect(mac).toMatchObject({ notes: ["mac-only"] });
    expect(mac?.fault).toBeUndefined();
    expect(stranger).toMatchObject({ device: "0000000000000009", fault: { code: "unregistered" } });
    expect(stranger?.asset).toBeUndefined();
    expect([state.count("readings"), state.count("undecoded"), state.count("unregistered")]).toEqual([4, 3, 1]);
  });

  it("decodes an unregistered device by its ChirpStack tag", () => {
    const deviceInfo = { applicationId: "a", deviceName: "d", devEui: "0000000000000009" };
    up(
      distance,
      { deviceInfo: { ...deviceInfo, tags: { beffroi_model: "milesight-em400" } } },
      { devEui: deviceInfo.devEui },
    );
    expect(flush()[0]).toMatchObject({ codec: "test@3", measurements: [{ name: "container.distance", value: 310 }] });
    expect(state.count("unregistered")).toBe(1);
  });

  it("keeps events, unknown kinds and broken payloads as entries", () => {
    take("status", { deduplicationId: "s", margin: 12, batteryLevel: 50 });
    take("later", { anything: true });
    intake.take({
      topic: "application/x/device/nobody/event/up",
      payload: Uint8Array.of(1, 2),
      qos: 1,
      redelivered: false,
      arrivedAt: T0,
    });
    intake.flush();
    expect(entries).toMatchObject([
      { kind: "event", event: "status", device: BIN, detail: { marginDb: 12, batteryPercent: 50 } },
      { kind: "event", event: "later", device: BIN },
      { kind: "event", event: "undecodable", device: "", detail: { code: "strange-topic", payload: "AQI=" } },
    ]);
  });

  it("counts a copy and acknowledges it; a counter that starts again is kept and noted", () => {
    up(distance, { fCnt: 500 });
    up(distance, { fCnt: 500 });
    up(Uint8Array.of(1, 0, 9), { fCnt: 500 });
    const kept = flush();
    expect(kept.map(({ notes }) => notes)).toEqual([[], ["counter-restart"]]);
    expect([state.count("duplicates"), acknowledged]).toEqual([1, 1]);
  });

  it("learns the application a downlink must go to", () => {
    up(distance, {}, { devEui: LAMP });
    intake.flush();
    expect(registry.device(LAMP)?.applicationId).toBe(APPLICATION);
    expect(entries[0]).toMatchObject({ kind: "registry", change: { op: "put-device" } });
  });

  it("acknowledges nothing when the disk is full, forgets all of it, and takes it when it comes again", () => {
    failWith = () => new SQLite.SqliteError("database or disk is full", "SQLITE_FULL");
    up(distance, { fCnt: 900 }, { devEui: LAMP });
    intake.flush();
    expect([entries.length, acknowledged, refused]).toEqual([0, 0, 1]);
    expect(registry.device(LAMP)?.applicationId).toBeUndefined();
    failWith = undefined;
    up(distance, { fCnt: 900, deduplicationId: "again" }, { devEui: LAMP, redelivered: true });
    expect(flush().length).toBe(1);
    expect([state.count("readings"), state.count("duplicates"), acknowledged]).toEqual([1, 0, 1]);
  });

  it("keeps one message that meets a defect of ours as it came, and all others whole", () => {
    open({
      observe: (event) => {
        if (event.kind === "up" && event.fCnt === 777) throw new TypeError("a defect");
      },
    });
    up(distance, { fCnt: 776 });
    up(distance, { fCnt: 777 });
    up(distance, { fCnt: 778 });
    expect(flush().map((reading) => reading.fCnt)).toEqual([776, 778]);
    const odd = entries.find((entry) => entry.kind === "event");
    expect(odd).toMatchObject({ event: "undecodable", device: BIN, detail: { code: "processing-failed" } });
    expect([acknowledged, refused]).toEqual([1, 0]);
  });

  it("stands a command side that cannot write after the commit", () => {
    open({
      afterCommit: () => {
        throw new SQLite.SqliteError("database or disk is full", "SQLITE_FULL");
      },
    });
    up(distance);
    expect([flush().length, acknowledged, refused]).toEqual([1, 1, 0]);
  });

  it("raises the first hop's alarm when events come at QoS 0, once, and clears it when they no longer do", () => {
    up(distance, {}, { qos: 0 });
    up(distance, {}, { qos: 0 });
    intake.flush();
    for (let count = 0; count < 20; count += 1) up(distance);
    intake.flush();
    const alarms = entries.filter((entry) => entry.kind === "alarm");
    expect(alarms).toMatchObject([
      { alarm: "first-hop-not-lossless", raised: true, detail: { reasons: ["events-at-qos-0"] } },
      { alarm: "first-hop-not-lossless", raised: false, detail: { reasons: [] } },
    ]);
    expect(JSON.stringify(alarms[0])).toContain("qos=1");
  });

  it("hands every event to the command side inside the transaction", () => {
    up(distance);
    take("txack", { downlinkId: 1, queueItemId: "q", fCntDown: 1, gatewayId: "g" });
    expect(observed).toEqual([]);
    intake.flush();
    expect(observed).toEqual(["up", "txack"]);
  });

  describe("with a codec that answers from another thread", () => {
    const METER = "0000000000000f01";
    const SPOT = "0000000000000f02";
    const parkedRows = (): number => store.db.prepare("SELECT count(*) FROM parked").pluck().get() as number;
    const foreignUp = (number: number, devEui = METER): void => up(Uint8Array.of(number), {}, { devEui });
    const numberOf = ({ event }: (typeof asked)[number]): number => event.data[0]!;
    const answered = ({ event: { fPort, data } }: (typeof asked)[number]): Read => ({
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
      const one = asked.find((each) => numberOf(each) === number)!;
      asked = asked.filter((each) => each !== one);
      one.answer(read ?? answered(one));
      await vi.advanceTimersByTimeAsync(0);
    };
    const numbers = (devEui: string): number[] =>
      readings()
        .filter(({ device }) => device === devEui)
        .map(({ frame }) => frame[0]!);

    beforeEach(() => {
      for (const devEui of [METER, SPOT])
        registry.putDevice({ devEui, model: "foreign", state: "in-stock" }, T0, () => {});
    });

    it("writes a frame once when its codec answers before the commit", async () => {
      foreignUp(1);
      await answer(1);
      expect([flush().length, acknowledged, parkedRows()]).toEqual([1, 1, 0]);
      expect(readings()[0]).toMatchObject({ codec: "foreign@1", measurements: [{ name: "pulse.total", value: 1 }] });
    });

    it("parks a frame whose codec is slow, so that neither it nor others wait for their acknowledgement", async () => {
      foreignUp(1);
      up(distance);
      intake.flush();
      expect([readings().length, acknowledged, parkedRows()]).toEqual([1, 1, 1]);
      await answer(1, { fault: { code: "codec-timeout", message: "stopped" }, codec: "foreign@1" });
      intake.flush();
      expect(parkedRows()).toBe(0);
      expect(readings()[1]).toMatchObject({ device: METER, fault: { code: "codec-timeout" }, frame: Buffer.of(1) });
    });

    it("parks a slow frame within the time of an ordinary commit, even when nothing else comes", async () => {
      foreignUp(1);
      await vi.advanceTimersByTimeAsync(5_100);
      expect([acknowledged, parkedRows()]).toEqual([1, 1]);
    });

    it("keeps the order of a device's events, and lets other devices pass", async () => {
      foreignUp(1);
      take("join", { deduplicationId: "j", devAddr: "01" }, { devEui: METER });
      foreignUp(2);
      foreignUp(3, SPOT);
      await answer(2);
      await answer(3);
      intake.flush();
      const told = () => entries.filter(({ kind }) => kind !== "registry");
      expect(told().map(({ kind }) => kind)).toEqual(["reading"]);
      expect(numbers(SPOT)).toEqual([3]);
      await answer(1);
      intake.flush();
      const later = told()
        .slice(1)
        .map((entry) => (entry.kind === "reading" ? entry.frame[0] : entry.kind));
      expect(later).toEqual([1, "event", 2]);
      expect(parkedRows()).toBe(0);
    });

    it("goes on after a restart with what it had promised to keep", async () => {
      foreignUp(1);
      foreignUp(2);
      intake.flush();
      intake.stop();
      asked = [];
      open();
      intake.resume();
      expect(asked.map(numberOf)).toEqual([1, 2]);
      await answer(1);
      await answer(2);
      intake.flush();
      expect([numbers(METER), parkedRows()]).toEqual([[1, 2], 0]);
    });

    it("holds on to what is parked when a commit fails, and leaves the rest to the broker", async () => {
      foreignUp(1);
      intake.flush();
      await answer(1);
      foreignUp(2);
      failWith = () => new SQLite.SqliteError("disk I/O error", "SQLITE_IOERR");
      intake.flush();
      expect([refused, acknowledged, parkedRows()]).toEqual([1, 1, 1]);
      failWith = undefined;
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
          store.db.exec("DELETE FROM parked");
          entries = [];
          asked = [];
          open();
          /** What the broker holds without an acknowledgement; `sent` is what it was ever given, by device. */
          let unacknowledged: { readonly number: number; readonly fields: object; readonly devEui: string }[] = [];
          const sent = new Map<string, number[]>();
          const send = (one: (typeof unacknowledged)[number], redelivered: boolean): void =>
            take("up", one.fields, { devEui: one.devEui, redelivered });
          const commit = (): void => {
            const before = acknowledged;
            intake.flush();
            if (acknowledged > before) unacknowledged = [];
          };
          const redeliver = (): void => {
            for (const one of unacknowledged) send(one, true);
          };
          const act = async ([step, which]: Step): Promise<void> => {
            if (step === "frame") {
              const devEui = which === 0 ? METER : SPOT;
              fCnt += 1;
              const number = fCnt % 251;
              const data = Buffer.of(number).toString("base64");
              const common = { deduplicationId: `p-${fCnt}`, devAddr: "01", dr: 5, fCnt, fPort: 85 };
              const one = { number, fields: { ...common, rxInfo: [], data }, devEui };
              unacknowledged.push(one);
              sent.set(devEui, [...(sent.get(devEui) ?? []), number]);
              send(one, false);
            } else if (step === "answer" && asked.length > 0) await answer(numberOf(asked[which % asked.length]!));
            else if (step === "commit") commit();
            else if (step === "fail") {
              failWith = () => new SQLite.SqliteError("disk I/O error", "SQLITE_IOERR");
              commit();
              failWith = undefined;
              redeliver();
            } else if (step === "crash") {
              intake.stop();
              asked = [];
              open();
              intake.resume();
              redeliver();
            }
          };
          for (const step of schedule) await act(step);
          for (let round = 0; round < 3; round += 1) {
            while (asked.length > 0) await answer(numberOf(asked[0]!));
            commit();
          }
          expect([unacknowledged, parkedRows()]).toEqual([[], 0]);
          for (const [devEui, numbersSent] of sent) expect(numbers(devEui)).toEqual(numbersSent);
          intake.stop();
        }),
        { numRuns: 150 },
      );
    });
  });
});
