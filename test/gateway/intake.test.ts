import SQLite from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { APPLICATION, BIN, clockBytes, DAY, distance, intakeBench, LAMP, T0 } from "./intake-bench.ts";

const b = intakeBench();

describe("intake", () => {
  it("places and times a reading, keeps its frame, and acknowledges after the commit", () => {
    b.up(distance);
    expect([b.writes, b.acknowledged]).toEqual([0, 0]);
    const [reading] = b.flush();
    expect([b.writes, b.acknowledged]).toEqual([1, 1]);
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
    b.take("later", { novelty: 7 });
    b.take("later", { novelty: 7 }, { redelivered: true });
    b.take("later", { novelty: 8 });
    b.up(distance);
    b.intake.flush();
    expect([b.state.count("unknownEvents"), b.state.count("undecoded"), b.state.count("duplicates")]).toEqual([
      2, 0, 1,
    ]);
    const kept = b.entries.filter((entry) => entry.kind === "event" && entry.event === "later");
    expect(kept).toHaveLength(2);
    expect(
      Buffer.from(String(Object.values((kept[1] as { detail: object }).detail)[0]), "base64").toString(),
    ).toContain('"novelty":8');
  });

  it("lets ordinary readings share a commit and makes nobody wait for a lamp, a leak, a join or an ack", async () => {
    b.up(distance);
    b.up(distance);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(b.writes).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect([b.writes, b.acknowledged, b.readings().length]).toEqual([1, 1, 2]);
    const urgent = [
      () => b.up(distance, {}, { devEui: LAMP }),
      () => b.up(Uint8Array.of(4)),
      () => b.take("join", { deduplicationId: "j", devAddr: "01" }),
      () => b.take("ack", { deduplicationId: "", queueItemId: "q", acknowledged: false, fCntDown: 1 }),
    ];
    for (const [index, one] of urgent.entries()) {
      b.up(distance);
      one();
      await vi.advanceTimersByTimeAsync(0);
      expect(b.writes).toBe(2 + index);
    }
  });

  it("commits as soon as a turn brings nothing new under load, before a broker's window of 20 stays closed", async () => {
    for (let count = 0; count < 16; count += 1) b.up(distance);
    await vi.advanceTimersByTimeAsync(1);
    expect([b.writes, b.readings().length]).toEqual([1, 16]);
  });

  it("believes a device's clock within a day of the event, and says when it does not", () => {
    b.up(clockBytes(T0 - DAY + 1_000));
    b.up(clockBytes(T0 - DAY - 1_000));
    const [near, far] = b.flush();
    expect(near).toMatchObject({ at: T0 - DAY + 1_000, receivedAt: T0, notes: [] });
    expect(far).toMatchObject({ at: T0, notes: ["device-clock-off"] });
  });

  it("keeps what it cannot read, with the reason", () => {
    b.up(Uint8Array.of(9));
    b.up(Uint8Array.of(3));
    b.up(new Uint8Array(), { fPort: 0 });
    b.up(distance, {}, { devEui: "0000000000000009" });
    const [refusedFrame, defect, mac, stranger] = b.flush();
    expect(refusedFrame).toMatchObject({ fault: { code: "unknown-channel" }, codec: "test@3", measurements: [] });
    expect(defect).toMatchObject({ fault: { code: "codec-failed", message: "a defect" } });
    expect(mac).toMatchObject({ notes: ["mac-only"] });
    expect(mac?.fault).toBeUndefined();
    expect(stranger).toMatchObject({ device: "0000000000000009", fault: { code: "unregistered" } });
    expect(stranger?.asset).toBeUndefined();
    expect([b.state.count("readings"), b.state.count("undecoded"), b.state.count("unregistered")]).toEqual([4, 3, 1]);
  });

  it("decodes an unregistered device by its ChirpStack tag", () => {
    const deviceInfo = { applicationId: "a", deviceName: "d", devEui: "0000000000000009" };
    b.up(
      distance,
      { deviceInfo: { ...deviceInfo, tags: { beffroi_model: "milesight-em400" } } },
      { devEui: deviceInfo.devEui },
    );
    expect(b.flush()[0]).toMatchObject({ codec: "test@3", measurements: [{ name: "container.distance", value: 310 }] });
    expect(b.state.count("unregistered")).toBe(1);
  });

  it("keeps events, unknown kinds and broken payloads as entries", () => {
    b.take("status", { deduplicationId: "s", margin: 12, batteryLevel: 50 });
    b.take("later", { anything: true });
    b.intake.take({
      topic: "application/x/device/nobody/event/up",
      payload: Uint8Array.of(1, 2),
      qos: 1,
      redelivered: false,
      arrivedAt: T0,
    });
    b.intake.flush();
    expect(b.entries).toMatchObject([
      { kind: "event", event: "status", device: BIN, detail: { marginDb: 12, batteryPercent: 50 } },
      { kind: "event", event: "later", device: BIN },
      { kind: "event", event: "undecodable", device: "", detail: { code: "strange-topic", payload: "AQI=" } },
    ]);
  });

  it("counts a copy and acknowledges it; a counter that starts again is kept and noted", () => {
    b.up(distance, { fCnt: 500 });
    b.up(distance, { fCnt: 500 });
    b.up(Uint8Array.of(1, 0, 9), { fCnt: 500 });
    const kept = b.flush();
    expect(kept.map(({ notes }) => notes)).toEqual([[], ["counter-restart"]]);
    expect([b.state.count("duplicates"), b.acknowledged]).toEqual([1, 1]);
  });

  it("learns the application a downlink must go to", () => {
    b.up(distance, {}, { devEui: LAMP });
    b.intake.flush();
    expect(b.registry.device(LAMP)?.applicationId).toBe(APPLICATION);
    expect(b.entries[0]).toMatchObject({ kind: "registry", change: { op: "put-device" } });
  });

  it("acknowledges nothing when the disk is full, forgets all of it, and takes it when it comes again", () => {
    b.failWith = () => new SQLite.SqliteError("database or disk is full", "SQLITE_FULL");
    b.up(distance, { fCnt: 900 }, { devEui: LAMP });
    b.intake.flush();
    expect([b.entries.length, b.acknowledged, b.refused]).toEqual([0, 0, 1]);
    expect(b.registry.device(LAMP)?.applicationId).toBeUndefined();
    b.failWith = undefined;
    b.up(distance, { fCnt: 900, deduplicationId: "again" }, { devEui: LAMP, redelivered: true });
    expect(b.flush().length).toBe(1);
    expect([b.state.count("readings"), b.state.count("duplicates"), b.acknowledged]).toEqual([1, 0, 1]);
  });

  it("keeps one message that meets a defect of ours as it came, and all others whole", () => {
    b.open({
      observe: (event) => {
        if (event.kind === "up" && event.fCnt === 777) throw new TypeError("a defect");
      },
    });
    b.up(distance, { fCnt: 776 });
    b.up(distance, { fCnt: 777 });
    b.up(distance, { fCnt: 778 });
    expect(b.flush().map((reading) => reading.fCnt)).toEqual([776, 778]);
    const odd = b.entries.find((entry) => entry.kind === "event");
    expect(odd).toMatchObject({ event: "undecodable", device: BIN, detail: { code: "processing-failed" } });
    expect([b.acknowledged, b.refused]).toEqual([1, 0]);
  });

  it("stands a command side that cannot write after the commit", () => {
    b.open({
      afterCommit: () => {
        throw new SQLite.SqliteError("database or disk is full", "SQLITE_FULL");
      },
    });
    b.up(distance);
    expect([b.flush().length, b.acknowledged, b.refused]).toEqual([1, 1, 0]);
  });

  it("raises the first hop's alarm when events come at QoS 0, once, and clears it when they no longer do", () => {
    b.up(distance, {}, { qos: 0 });
    b.up(distance, {}, { qos: 0 });
    b.intake.flush();
    for (let count = 0; count < 20; count += 1) b.up(distance);
    b.intake.flush();
    const alarms = b.entries.filter((entry) => entry.kind === "alarm");
    expect(alarms).toMatchObject([
      { alarm: "first-hop-not-lossless", raised: true, detail: { reasons: ["events-at-qos-0"] } },
      { alarm: "first-hop-not-lossless", raised: false, detail: { reasons: [] } },
    ]);
    expect(JSON.stringify(alarms[0])).toContain("qos=1");
  });

  it("hands every event to the command side inside the transaction", () => {
    b.up(distance);
    b.take("txack", { downlinkId: 1, queueItemId: "q", fCntDown: 1, gatewayId: "g" });
    expect(b.observed).toEqual([]);
    b.intake.flush();
    expect(b.observed).toEqual(["up", "txack"]);
  });
});
