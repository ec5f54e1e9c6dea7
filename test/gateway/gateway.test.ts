/** The box's whole process against a real broker, seen only through broker and control socket. */
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BoxStatus, WatchLine } from "../../api/control.ts";
import { ReadingView } from "../../api/schemas.ts";
import { STORE_FILE } from "../../gateway/box-store.ts";
import type { GatewayConfig } from "../../gateway/config.ts";
import { type Gateway, startGateway } from "../../gateway/main.ts";
import { freePort, startAedes, type TestBroker } from "./brokers.ts";
import { ask } from "./on-socket.ts";

const BIN = "24e124136b502217";
const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const FRAME = Buffer.from("01755C0367010104824408050001", "hex");
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Follows NDJSON; `next` gives the next line. */
const follow = (socketPath: string, path: string) => {
  const lines: string[] = [];
  let wake = (): void => {};
  let rest = "";
  const opened = new Promise<void>((resolve) => {
    const call = request({ socketPath, path, agent: false }, (response) => {
      resolve();
      response.on("data", (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split("\n");
        rest = parts.pop() ?? "";
        lines.push(...parts);
        wake();
      });
      response.on("error", () => {});
    });
    call.on("error", () => {});
    call.end();
  });
  return {
    opened,
    async next(): Promise<unknown> {
      while (lines.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return JSON.parse(lines.shift()!) as unknown;
    },
  };
};

/** As a failing disk does it: the page that the next entries go to holds something else, and the box's cache is gone. */
const spoilNewestEntries = (file: string): void => {
  const other = new SQLite(file);
  other.pragma("wal_checkpoint(TRUNCATE)");
  const page = other
    .prepare("SELECT max(pageno) FROM dbstat WHERE name = 'journal_entry' AND pagetype = 'leaf'")
    .pluck()
    .get() as number;
  const size = other.pragma("page_size", { simple: true }) as number;
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(size, 0xa5), 0, size, (page - 1) * size);
  closeSync(handle);
  other.exec("CREATE TABLE stranger (id INTEGER)");
  other.close();
};

describe("the gateway process", () => {
  let folder: string;
  let broker: TestBroker;
  let publisher: MqttClient;
  let gateway: Gateway | undefined;

  const configOf = (url: string): GatewayConfig => ({
    box: "remiremont",
    dataFolder: join(folder, "box"),
    broker: { url, clientId: "beffroi-remiremont", sessionExpirySeconds: 3_600 },
    commitDelayMs: 0,
    logLevel: "silent",
  });
  const start = async (url = broker.url): Promise<string> => {
    gateway = await startGateway(configOf(url), { log: silent });
    return gateway.controlSocket;
  };
  const status = async (socket: string) => BoxStatus.parse(JSON.parse((await ask(socket, "GET", "/status")).body));
  const until = async (socket: string, reached: (now: BoxStatus) => boolean): Promise<BoxStatus> => {
    for (;;) {
      const now = await status(socket);
      if (reached(now)) return now;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  let fCnt = 0;
  const publish = (qos: 0 | 1 = 1, kind = "up", over: object = {}) => {
    fCnt += 1;
    const event = {
      deduplicationId: `d-${fCnt}`,
      time: new Date().toISOString(),
      deviceInfo: { applicationId: APPLICATION, deviceName: "bac", devEui: BIN, tags: {} },
      devAddr: "01a3b2c4",
      dr: 5,
      fCnt,
      fPort: 85,
      data: FRAME.toString("base64"),
      rxInfo: [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25 }],
      ...over,
    };
    const topic = `application/${APPLICATION}/device/${BIN}/event/${kind}`;
    return publisher.publishAsync(topic, JSON.stringify(event), { qos });
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "beffroi-box-"));
    chmodSync(folder, 0o700);
    broker = await startAedes();
    publisher = await mqtt.connectAsync(broker.url);
  });
  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
    await publisher.endAsync(true);
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const addBin = (socket: string) =>
    ask(socket, "POST", "/devices", {
      devEui: BIN,
      model: "milesight-em400",
      asset: "container:88383:007",
      depthMm: 3_000,
    });

  it("turns an event into a reading that can be watched and exported", async () => {
    const socket = await start();
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    await until(socket, (now) => now.broker.connected);
    const added = await addBin(socket);
    expect([added.status, JSON.parse(added.body).change]).toEqual([200, "added"]);
    const watched = follow(socket, `/watch?device=${BIN}`);
    await watched.opened;
    await publish();
    const line = WatchLine.parse(await watched.next());
    expect(line).toMatchObject({ kind: "reading", device: BIN, asset: "container:88383:007" });
    expect(line.measurements).toMatchObject({ "battery.level": { value: 92, unit: "%" } });
    const now = await status(socket);
    expect(now).toMatchObject({ communes: ["88383"], counts: { devices: 1, readings: 1, undecoded: 0 } });
    const exported = await ask(socket, "GET", `/export?device=${BIN}`);
    const rows = exported.body
      .trim()
      .split("\n")
      .map((row) => ReadingView.parse(JSON.parse(row)));
    expect(rows).toMatchObject([
      { frame: FRAME.toString("hex"), codec: "milesight-em400@1", commune: "88383", fPort: 85 },
    ]);
    const listed = JSON.parse((await ask(socket, "GET", "/devices")).body);
    expect(listed.devices).toMatchObject([{ devEui: BIN, commune: "88383", lastSeenAt: rows[0]!.receivedAt }]);
  });

  it("says who is wrong and what would be right", async () => {
    const socket = await start();
    const refusals = [
      await ask(socket, "GET", "/nothing"),
      await ask(socket, "POST", "/devices", { devEui: "XYZ", model: "m" }),
      await ask(socket, "POST", "/devices", { devEui: BIN, model: "no-such-model" }),
      await ask(socket, "GET", "/commands/no-such-command"),
      await ask(socket, "GET", "/export?from=yesterday"),
    ];
    expect(refusals.map(({ status: code, body }) => [code, JSON.parse(body).code])).toEqual([
      [404, "not-found"],
      [422, "bad-request"],
      [422, "unknown-model"],
      [404, "unknown-command"],
      [422, "bad-time"],
    ]);
    await addBin(socket);
    const taken = await ask(socket, "POST", "/devices", {
      devEui: "0000000000000002",
      model: "milesight-em400",
      asset: "container:88383:007",
    });
    expect([taken.status, JSON.parse(taken.body).code]).toEqual([409, "asset-taken"]);
  });

  it("loses and doubles nothing over a stop and a start, and keeps its counters", async () => {
    let socket = await start();
    await until(socket, (now) => now.broker.connected);
    await addBin(socket);
    await Promise.all(Array.from({ length: 50 }, () => publish()));
    await gateway?.stop();
    await Promise.all(Array.from({ length: 50 }, () => publish()));
    socket = await start();
    const now = await until(socket, ({ counts }) => counts.readings >= 100);
    expect(now.firstHop.lossless).toBe(true);
    expect(now.counts).toMatchObject({ readings: 100, devices: 1 });
    await gateway?.stop();
    socket = await start();
    const { devices } = JSON.parse((await ask(socket, "GET", "/devices")).body);
    expect(devices).toMatchObject([{ devEui: BIN, lastSeenAt: expect.any(String) }]);
    const rows = (await ask(socket, "GET", "/export")).body.trim().split("\n");
    const counters = rows.map((row) => ReadingView.parse(JSON.parse(row)).fCnt);
    expect(counters).toEqual(counters.toSorted((a, b) => a - b));
    expect(new Set(counters).size).toBe(100);
  });

  it("builds its file anew while it runs when a page of it is damaged, and loses nothing that comes meanwhile", async () => {
    const told: string[] = [];
    const say = (_: object, message: string) => void told.push(message);
    gateway = await startGateway(configOf(broker.url), { log: { ...silent, warn: say, error: say } });
    const socket = gateway.controlSocket;
    await until(socket, (now) => now.broker.connected);
    await Promise.all(Array.from({ length: 300 }, () => publish()));
    await until(socket, ({ counts }) => counts.readings >= 300);
    const before = fCnt;
    spoilNewestEntries(join(folder, "box", STORE_FILE));
    await Promise.all(Array.from({ length: 50 }, () => publish()));

    const framesOf = async (): Promise<number[]> => {
      // While the file is built the socket is gone.
      const { body } = await ask(socket, "GET", "/export").catch(() => ({ body: "" }));
      const rows = body.trim().split("\n").filter(Boolean);
      return rows.map((row) => ReadingView.parse(JSON.parse(row)).fCnt);
    };
    const sent = Array.from({ length: 50 }, (_, n) => before + 1 + n);
    const REBUILT = "the box's file was built anew from what is readable";
    let counters: number[] = [];
    // On a busy machine the damage is met late, and what comes meanwhile in any order.
    while (!told.includes(REBUILT) || !sent.every((each) => counters.includes(each))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      counters = await framesOf();
    }
    const since = counters.filter((each) => each > before);
    expect(since.toSorted((a, b) => a - b)).toEqual(sent);
    expect(new Set(counters).size).toBe(counters.length);
    // A page holds a few entries; its loss is in the journal.
    expect(counters.length).toBeGreaterThan(300);
    expect(told).toContain("the box's file is damaged; it is built anew");
    const after = await until(socket, (now) => now.broker.connected);
    expect(after.counts.readings).toBeGreaterThan(50);
  });

  it("starts without a broker and raises what makes the first hop lossy", async () => {
    const socket = await start(`mqtt://127.0.0.1:${await freePort()}`);
    expect(await status(socket)).toMatchObject({ broker: { connected: false }, journal: { lastSeq: 0 } });
    await gateway?.stop();
    const again = await start();
    await until(again, (now) => now.broker.connected);
    await publish(0);
    const now = await until(again, ({ firstHop }) => !firstHop.lossless);
    expect(now.firstHop).toMatchObject({ reasons: ["events-at-qos-0"] });
    expect(now.firstHop.remedy.join("\n")).toContain("qos=1");
  });

  it("carries a command down and follows it to its end", async () => {
    const lamp = "70b3d5e75e000042";
    const socket = await start();
    await until(socket, (now) => now.broker.connected);
    await ask(socket, "POST", "/devices", {
      devEui: lamp,
      model: "nas-ul20xx",
      asset: "lamp:88383:042",
      ratedWatts: 40,
    });
    const wish = await ask(socket, "POST", "/commands", {
      target: "lamp:88383:042",
      name: "dim",
      fields: { level: 50 },
    });
    const view = JSON.parse(wish.body);
    expect(wish.status).toBe(202);
    expect(view.state).toBe("accepted");
    const same = await ask(socket, "POST", "/commands", {
      id: view.id,
      target: "lamp:88383:042",
      name: "dim",
      fields: { level: 50 },
    });
    expect(JSON.parse(same.body).steps).toEqual(view.steps);
    expect(JSON.parse((await ask(socket, "GET", `/commands/${view.id}`)).body).id).toBe(view.id);
    const watched = follow(socket, `/commands/${view.id}/watch`);
    expect(await watched.next()).toMatchObject({ id: view.id, terminal: false });
    expect((await status(socket)).openCommands).toBe(1);
  });
});
