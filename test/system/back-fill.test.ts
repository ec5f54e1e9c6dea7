/**
 * The first hop over the whole product: a real mosquitto that keeps nothing on disk, a real Redis into which ChirpStack's double
 * writes every event whatever becomes of it on MQTT. Broker and gateway are killed in turn; all that was ever emitted is in the
 * journal once, and what the broker could not bring is marked.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pino } from "pino";
import { expect } from "vitest";
import { startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { loseEvents } from "../../fixtures/chirpstack/faults.ts";
import type { Faults } from "../../fixtures/chirpstack/settings.ts";
import { startProcess } from "../../fixtures/demo/process.ts";
import type { ChirpStackEvent } from "../../fixtures/event-shapes.ts";
import { ackEvent, joinEvent, logEvent, statusEvent, txackEvent, upEvent } from "../../fixtures/events.ts";
import { downlinkTxInfo } from "../../fixtures/radio.ts";
import { seededUuid } from "../../fixtures/seeded.ts";
import { createBoxClock, systemClock } from "../../gateway/clock.ts";
import { CONTROL_SOCKET } from "../../gateway/control/place.ts";
import { openBox } from "../../gateway/stores.ts";
import { startRedis } from "./redis.ts";
import { startMosquitto, systemTest } from "./servers.ts";

const DEVICES = ["24e124136b502217", "24e124136b502218", "24e124136b502219"];
const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const GATEWAY = "0016c001f1500001";
const T0 = Date.parse("2026-03-02T06:15:04Z");

let number = 0;
/** One of every kind of a device, each with bytes, id or time of its own. */
const oneOfEach = (devEui: string, fCnt: number): ChirpStackEvent[] => {
  number += 1;
  const origin = { devEui, applicationId: APPLICATION, time: T0 + number * 1_000 };
  const queueItemId = seededUuid(`item ${number}`);
  const deduplicationId = seededUuid(`uplink ${number}`);
  const rxInfo = [{ gatewayId: GATEWAY, rssi: -97, snr: 7.25, channel: 3 }];
  const up = { ...origin, deduplicationId, fPort: 85, fCnt, dr: 5, data: Buffer.from(`frame ${number}`), rxInfo };
  const sent = { ...origin, queueItemId, fCntDown: number, gatewayId: GATEWAY };
  return [
    { kind: "up", body: upEvent(up) },
    { kind: "status", body: statusEvent({ ...origin, deduplicationId, margin: 12, battery: 200 }) },
    { kind: "join", body: joinEvent({ ...origin, deduplicationId: seededUuid(`join ${number}`) }) },
    { kind: "txack", body: txackEvent({ ...sent, txInfo: downlinkTxInfo("immediately", 0, 869_525_000) }) },
    { kind: "ack", body: ackEvent({ ...origin, queueItemId, acknowledged: number % 2 === 0, fCntDown: number }) },
    {
      kind: "log",
      body: logEvent({
        ...origin,
        level: "ERROR",
        code: "EXPIRED",
        description: "expired",
        context: { b: "1", a: "2" },
      }),
    },
  ];
};

/** What an event and its entry have in common. */
const keyOf = ({ kind, body }: ChirpStackEvent): string =>
  kind === "up"
    ? `up ${Buffer.from(body.data, "base64").toString("hex")}`
    : `${kind} ${body.deviceInfo.devEui} ${Date.parse(body.time)}`;

/** Whether the broker brought it; what it brings late may be found before. */
type Fate = "brought" | "either" | "missed";

systemTest(
  "broker and gateway are killed in turn, and everything ChirpStack emitted is in the journal once",
  ["mosquitto", "redis"],
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-back-fill-"));
    const data = join(folder, "data");
    const broker = await startMosquitto({ configuration: ["persistence false"] });
    const redis = await startRedis(["--requirepass", "secret-of-redis"]);
    const double = await startChirpStackDouble({
      brokerUrl: broker.url,
      devices: DEVICES.map((devEui) => ({ devEui, applicationId: APPLICATION })),
      redis: { url: redis.url, password: "secret-of-redis", allMax: 10_000, perDeviceMax: 1_000 },
    });
    writeFileSync(join(folder, "redis.password"), "secret-of-redis\n", { mode: 0o600 });
    const config = join(folder, "beffroi.toml");
    writeFileSync(
      config,
      `[box]
name = "remiremont"
data = "data"
[broker]
url = "${broker.url}"
[redis]
url = "${redis.url}"
password_file = "redis.password"
[journal]
commit_delay = "0s"
`,
    );
    const logFile = join(folder, "gateway.log");
    const start = () => startProcess("remiremont", ["gateway", "--config", config], logFile);
    const ask = (path: string): Promise<string> =>
      new Promise((resolve) => {
        const call = request({ socketPath: join(data, CONTROL_SOCKET), path, agent: false }, async (reply) => {
          let text = "";
          for await (const part of reply) text += part;
          resolve(text);
        });
        call.on("error", () => resolve(""));
        call.end();
      });
    const until = async (path: string, words: readonly string[]): Promise<void> => {
      for (let text = ""; !words.every((word) => text.includes(word)); text = await ask(path)) await pause(100);
    };
    const emitted = new Map<string, Fate>();
    let fCnt = 0;
    /** All devices speak; resolves to the words by which their frames are known in an export. */
    const burst = (fate: Fate, faults: Faults = {}): string[] => {
      fCnt += 1;
      double.setFaults(faults);
      const keys = DEVICES.flatMap((devEui) => oneOfEach(devEui, fCnt)).map((event) => {
        double.network.emit(event);
        return keyOf(event);
      });
      for (const key of keys) emitted.set(key, fate);
      return keys.flatMap((key) => (key.startsWith("up ") ? [key.slice(3)] : []));
    };

    let box = start();
    try {
      await until("/status", ['"connected":true']);
      while (!readFileSync(logFile, "utf8").includes("read on from here")) await pause(100);
      await until("/export", burst("brought"));

      // The gateway dies; the broker keeps what comes for it, and dies with it. What comes then waits in ChirpStack.
      await box.kill();
      const lost = burst("missed");
      await double.settled();
      await broker.kill();
      const waiting = burst("either");
      await broker.restart();
      box = start();
      await until("/export", [...lost, ...waiting]);

      // The broker dies under a gateway that runs, and ChirpStack has nothing left of what came meanwhile.
      await broker.kill();
      const missed = burst("missed", loseEvents());
      await broker.restart();
      await until("/export", missed);

      // The broker lives and keeps the session; events never reach it. The next counters show it.
      await box.kill();
      const silent = burst("missed", loseEvents());
      box = start();
      await until("/status", ['"connected":true']);
      await until("/export", burst("brought"));
      await until("/export", silent);
    } finally {
      await box.stop();
      await double.stop();
      await broker.stop();
      await redis.stop();
    }

    const { store, stores } = openBox(data, createBoxClock(systemClock), pino({ level: "silent" }));
    const { entries } = stores.journal.read(0, { entries: 10_000, bytes: 10_000_000 });
    store.close();
    const found = new Map<string, boolean>();
    for (const { body } of entries) {
      if (body.kind !== "reading" && body.kind !== "event") continue;
      const key =
        body.kind === "reading"
          ? `up ${Buffer.from(body.frame).toString("hex")}`
          : `${body.event} ${body.device} ${body.at}`;
      expect(found.has(key), `${key} twice`).toBe(false);
      found.set(key, body.kind === "reading" ? body.notes.includes("recovered") : body.detail.recovered === true);
    }
    expect([...found.keys()].toSorted()).toEqual([...emitted.keys()].toSorted());
    for (const [key, how] of emitted)
      if (how !== "either") expect([key, found.get(key)]).toEqual([key, how === "missed"]);
    const log = readFileSync(logFile, "utf8");
    expect(log.match(/reading ChirpStack's events of all devices/g)).toHaveLength(2);
    expect(log).not.toContain("secret-of-redis");
    rmSync(folder, { recursive: true, force: true });
  },
  240_000,
);
