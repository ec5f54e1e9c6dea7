/** Codecs of other makers on the box's whole process: hostile ones beside good devices, under load, over a real broker. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AddCodecReply, BoxStatus, CodecsReply } from "../../api/control.ts";
import { ReadingView } from "../../api/schemas.ts";
import { sandboxFaults } from "../../codecs/sandbox/index.ts";
import { type Gateway, startGateway } from "../../gateway/main.ts";
import { hostileCodecs } from "../sandbox/hostile-codecs.ts";
import { hasMosquitto, startAedes, startMosquitto, type TestBroker } from "./brokers.ts";
import { ask } from "./on-socket.ts";

const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const BINS = Array.from({ length: 20 }, (_, n) => `24e124136b50${n.toString(16).padStart(4, "0")}`);
const PROBE = "00000000000000aa";
const euiOf = (n: number): string => `0000000000001${n.toString(16).padStart(3, "0")}`;

const probeCodec = `function decodeUplink(input) {
  return { data: { distance: input.bytes[0] * 256 + input.bytes[1], unit: "mm" } };
}`;
const distanceMapping = [{ path: "distance", quantity: "container.distance", unit: "mm", scale: 1 }];
const anywhere = { use: "waste", assetKinds: ["container"] };

const startBroker = hasMosquitto ? startMosquitto : startAedes;

describe("codecs of other makers", () => {
  let folder: string;
  let broker: TestBroker;
  let publisher: MqttClient;
  let gateway: Gateway | undefined;
  let socket: string;
  let fCnt = 0;

  const start = async (): Promise<void> => {
    gateway = await startGateway(
      {
        box: "remiremont",
        dataFolder: join(folder, "box"),
        broker: { url: broker.url, clientId: "beffroi-remiremont", sessionExpirySeconds: 3_600 },
        commitDelayMs: 0,
        logLevel: "silent",
      },
      { log: silent },
    );
    socket = gateway.controlSocket;
    await until((now) => now.broker.connected);
  };
  const status = async () => BoxStatus.parse(JSON.parse((await ask(socket, "GET", "/status")).body));
  const until = async (reached: (now: BoxStatus) => boolean): Promise<BoxStatus> => {
    for (;;) {
      const now = await status();
      if (reached(now)) return now;
      await wait(20);
    }
  };
  const readings = async (): Promise<ReadingView[]> =>
    (await ask(socket, "GET", "/export")).body
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ReadingView.parse(JSON.parse(line)));
  const install = async (model: string, source: string, mapping: unknown = distanceMapping) => {
    const reply = await ask(socket, "POST", "/codecs", { model, source, mapping, ...anywhere });
    expect(reply.status, reply.body).toBe(200);
    return AddCodecReply.parse(JSON.parse(reply.body));
  };
  const addDevice = async (devEui: string, model: string): Promise<void> => {
    const reply = await ask(socket, "POST", "/devices", { devEui, model });
    expect(reply.status, reply.body).toBe(200);
  };
  const publish = (devEui: string, data: Buffer, fPort = 85): Promise<unknown> => {
    fCnt += 1;
    const event = {
      deduplicationId: `d-${fCnt}`,
      time: new Date().toISOString(),
      deviceInfo: { applicationId: APPLICATION, deviceName: "d", devEui, tags: {} },
      devAddr: "01a3b2c4",
      dr: 5,
      fCnt,
      fPort,
      data: data.toString("base64"),
      rxInfo: [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25 }],
    };
    const topic = `application/${APPLICATION}/device/${devEui}/event/up`;
    return publisher.publishAsync(topic, JSON.stringify(event), { qos: 1 });
  };
  const twoBytes = (n: number): Buffer => Buffer.of(n >> 8, n & 0xff);
  const binFrame = (mm: number): Buffer =>
    Buffer.concat([
      Buffer.from("01755C0367010104824408050001".slice(0, 18), "hex"),
      Buffer.of(mm & 0xff, mm >> 8),
      Buffer.from("050001", "hex"),
    ]);
  const distances = (all: readonly ReadingView[], devEui: string): unknown[] =>
    all.filter(({ device }) => device === devEui).map((one) => one.measurements["container.distance"]?.value);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "beffroi-foreign-"));
    chmodSync(folder, 0o700);
    broker = await startBroker();
    publisher = await mqtt.connectAsync(broker.url);
    await start();
  });
  afterEach(async () => {
    await gateway?.stop();
    await publisher.endAsync(true);
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("keeps good devices going while hostile codecs do their worst", { timeout: 240_000 }, async () => {
    await install("probe", probeCodec);
    await addDevice(PROBE, "probe");
    for (const bin of BINS) await addDevice(bin, "milesight-em400");
    for (const [n, { source }] of hostileCodecs.entries()) {
      await install(`hostile-${n}`, source);
      await addDevice(euiOf(n), `hostile-${n}`);
    }
    expect(CodecsReply.parse(JSON.parse((await ask(socket, "GET", "/codecs")).body)).codecs).toHaveLength(
      hostileCodecs.length + 1,
    );

    const rounds = 4;
    const perRound = 10;
    const hostileFrames = rounds * hostileCodecs.length;
    const goodFrames = rounds * perRound * BINS.length;
    const hostileReadings = (all: readonly ReadingView[]) =>
      all.filter(({ device }) => device.startsWith("0000000000001"));
    for (let round = 0; round < rounds; round += 1) {
      const sent = hostileCodecs.map((_, n) => publish(euiOf(n), twoBytes(1_000 + round)));
      for (let one = 0; one < perRound; one += 1)
        sent.push(
          ...BINS.map((bin, n) => publish(bin, binFrame(500 + 100 * round + 10 * one + n))),
          publish(PROBE, twoBytes(perRound * round + one)),
        );
      await Promise.all(sent);
    }

    // Hostile frames are still being worked on when every good one is in the journal, which comes before its acknowledgement.
    let all: ReadingView[] = [];
    while (all.filter(({ device }) => BINS.includes(device)).length < goodFrames) {
      all = await readings();
      await wait(20);
    }
    expect(hostileReadings(all).length).toBeLessThan(hostileFrames);
    await until(({ counts }) => counts.readings === goodFrames + rounds * perRound + hostileFrames);

    all = await readings();
    for (const [n, bin] of BINS.entries()) {
      const expected = Array.from({ length: rounds * perRound }, (_, at) => 500 + 10 * at + n);
      expect(distances(all, bin)).toEqual(expected);
    }
    expect(all.filter(({ device, fault }) => device === PROBE && fault !== undefined)).toEqual([]);
    expect(distances(all, PROBE)).toEqual(Array.from({ length: rounds * perRound }, (_, at) => at));
    for (const [n, { name: harm, codes }] of hostileCodecs.entries()) {
      const own = all.filter(({ device }) => device === euiOf(n));
      expect(
        own.map(({ frame }) => frame),
        harm,
      ).toEqual(Array.from({ length: rounds }, (_, round) => twoBytes(1_000 + round).toString("hex")));
      const allowed = [
        "sandbox-quarantined",
        ...codes.map((code) => (code === "sandbox-timeout" ? "codec-timeout" : code)),
      ];
      for (const { fault } of own) expect(allowed, harm).toContain(fault?.code ?? "ok");
    }
    expect(Object.keys(sandboxFaults)).toContain("sandbox-quarantined");

    // What was acknowledged is not delivered again: else it would come before this one.
    await gateway?.stop();
    await start();
    await publish(BINS[0]!, binFrame(2_000));
    const written = goodFrames + rounds * perRound + hostileFrames + 1;
    const { counts } = await until((now) => now.counts.readings >= written);
    expect([counts.duplicates, counts.readings]).toEqual([0, written]);
  });
});
