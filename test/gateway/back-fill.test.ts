/** Gaps of the first hop: what ChirpStack's history still holds is entered, once, and marked; broker and gateway are killed in turn. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { ReadingView } from "../../api/schemas.ts";
import { startBroker } from "../../fixtures/broker.ts";
import { startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { loseEvents } from "../../fixtures/chirpstack/faults.ts";
import { startProcess } from "../../fixtures/demo/process.ts";
import { createBackFill } from "../../gateway/back-fill.ts";
import { CONTROL_SOCKET } from "../../gateway/control/place.ts";
import type { Delivery, PastEvent } from "../../gateway/words.ts";
import { createDrivenTimers } from "../cloud-sync/driven.ts";

const DEVICE = "24e124136b502217";
const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const up = (fCnt: number, devAddr = "01a3b2c4") => ({
  kind: "up" as const,
  devEui: DEVICE,
  applicationId: APPLICATION,
  deviceName: "",
  tags: {},
  time: 0,
  deduplicationId: `d${fCnt}`,
  devAddr,
  fCnt,
  fPort: 85,
  dr: 5,
  confirmed: false,
  data: new Uint8Array(),
});

function build(saved = new Map<string, string>()) {
  const timers = createDrivenTimers();
  const asked: string[] = [];
  const taken: Delivery[] = [];
  let answer: () => Promise<readonly PastEvent[]> = async () => [];
  const fill = createBackFill({
    history: {
      of(devEui) {
        asked.push(devEui);
        return answer();
      },
    },
    devices: () => [{ devEui: DEVICE, applicationId: APPLICATION }, { devEui: "0000000000000009" }],
    take: (delivery) => void taken.push(delivery),
    flush: () => true,
    state: { get: (key) => saved.get(key), set: (key, value) => void saved.set(key, value) },
    mayMiss: () => {},
    write: (work) => work(() => 0),
    now: timers.wall,
    after: timers.after,
    log: quiet,
  });
  return {
    timers,
    asked,
    taken,
    fill,
    saved,
    answers(next: typeof answer) {
      answer = next;
    },
  };
}

test("a counter that skips numbers is asked about, not more than three times a minute; joins, restarts and neighbours are no gaps", async () => {
  const { fill, timers, asked, taken, answers } = build();
  answers(async () => [
    { kind: "up", devEui: DEVICE, payload: Buffer.from("{}") },
    { kind: "integration", devEui: DEVICE, payload: Buffer.from("{}") },
  ]);
  for (const fCnt of [5, 6, 7, 0, 1]) fill.heard(up(fCnt));
  fill.heard(up(40, "01ffffff"));
  await timers.advance(10_000);
  expect(asked).toEqual([]);
  fill.heard(up(43, "01ffffff"));
  await timers.advance(5_000);
  expect(asked).toEqual([DEVICE]);
  // What a later ChirpStack may write has no rule for copies.
  expect(taken.map(({ topic, recovered }) => [topic, recovered])).toEqual([
    [`application/${APPLICATION}/device/${DEVICE}/event/up`, true],
  ]);
  fill.heard(up(50, "01ffffff"));
  fill.heard(up(53, "01ffffff"));
  await timers.advance(5_000);
  expect(asked.length).toBe(1);
  await timers.advance(20_000);
  expect(asked.length).toBe(2);
  await timers.advance(60_000);
  expect(asked.length).toBe(2);
});

test("after a lost line every device is asked, until there is an answer, also by the next life of the box", async () => {
  const first = build();
  first.fill.lineLost();
  await first.timers.advance(5_000);
  // It has never heard anything: nothing can be missing.
  expect(first.asked).toEqual([]);
  first.fill.heard(up(1));
  first.answers(() => Promise.reject(new Error("not yet")));
  first.fill.lineLost();
  await first.timers.advance(10_000);
  expect(first.asked.length).toBeGreaterThan(0);
  first.fill.stop();
  const second = build(first.saved);
  await second.timers.advance(5_000);
  expect(new Set(second.asked)).toEqual(new Set([DEVICE, "0000000000000009"]));
  expect(second.saved.get("back-fill.wanted")).toBe("");
});

test("a question that fails is asked again", async () => {
  const { fill, timers, asked, answers } = build();
  answers(() => Promise.reject(new Error("unreachable")));
  fill.heard(up(1));
  fill.heard(up(9));
  await timers.advance(10_000);
  expect(asked.length).toBe(1);
  answers(async () => []);
  await timers.advance(70_000);
  expect(asked.length).toBe(2);
  await timers.advance(300_000);
  expect(asked.length).toBe(2);
});

const rxInfo = [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25, channel: 3 }];
const frame = (level: number) => ({ fPort: 85, data: Uint8Array.of(1, 0x75, level), rxInfo });

const isConnected = async (folder: string): Promise<void> => {
  const socketPath = join(folder, "data", CONTROL_SOCKET);
  for (;;) {
    const body = await new Promise<string>((resolve) => {
      const call = request({ socketPath, path: "/status", agent: false }, async (reply) => {
        let text = "";
        for await (const part of reply) text += part;
        resolve(text);
      });
      call.on("error", () => resolve(""));
      call.end();
    });
    if (body.includes('"connected":true')) return;
    await pause(100);
  }
};

/** All readings of the box by frame, with what was noted of each; undefined while it does not answer. */
const readingsOf = (folder: string): Promise<Map<string, readonly string[]> | undefined> =>
  new Promise((resolve) => {
    const call = request(
      { socketPath: join(folder, "data", CONTROL_SOCKET), path: "/export", agent: false },
      (reply) => {
        const parts: Buffer[] = [];
        reply.on("data", (part: Buffer) => parts.push(part));
        reply.on("end", () => {
          const lines = Buffer.concat(parts).toString().split("\n").filter(Boolean);
          const readings = lines.map((line) => ReadingView.parse(JSON.parse(line)));
          if (new Set(readings.map((reading) => reading.frame)).size !== readings.length) throw new Error("twice");
          resolve(new Map(readings.map((reading) => [reading.frame, reading.notes])));
        });
      },
    );
    call.on("error", () => resolve(undefined));
    call.end();
  });

test("broker and gateway are killed in turn: what passed meanwhile is found again and marked", {
  timeout: 300_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-back-fill-"));
  let broker = await startBroker();
  const { port, url } = broker;
  const double = await startChirpStackDouble({
    brokerUrl: url,
    devices: [{ devEui: DEVICE, applicationId: APPLICATION }],
    api: { port: 0 },
  });
  const { address, apiKey } = double.api!;
  writeFileSync(join(folder, "key"), `${apiKey}\n`, { mode: 0o600 });
  const config = join(folder, "beffroi.toml");
  writeFileSync(
    config,
    `[box]
name = "remiremont"
data = "data"
[broker]
url = "${url}"
[chirpstack]
api = "http://${address}"
api_key_file = "key"
[journal]
commit_delay = "0s"
`,
  );
  const start = () => startProcess("remiremont", ["gateway", "--config", config], join(folder, "gateway.log"));
  const holds = async (level: number): Promise<readonly string[]> => {
    const key = Buffer.from(frame(level).data).toString("hex");
    for (;;) {
      const notes = (await readingsOf(folder))?.get(key);
      if (notes !== undefined) return notes;
      await pause(100);
    }
  };
  let box = start();
  try {
    await isConnected(folder);
    double.uplink(DEVICE, frame(1));
    expect(await holds(1)).toEqual([]);

    // The gateway is killed, then the broker, with the session and what it kept in it; ChirpStack goes on.
    await box.kill();
    double.uplink(DEVICE, frame(2));
    await pause(1_000);
    await broker.stop();
    double.uplink(DEVICE, frame(3));
    broker = await startBroker({ port });
    box = start();
    expect(await holds(2)).toContain("recovered");
    expect(await holds(3)).toBeDefined();

    // Connected all the time, and one event never reaches the broker: the counter shows it.
    double.setFaults(loseEvents());
    double.uplink(DEVICE, frame(4));
    await pause(1_000);
    double.setFaults({});
    double.uplink(DEVICE, frame(5));
    expect(await holds(5)).toEqual([]);
    expect(await holds(4)).toContain("recovered");
  } finally {
    await box.kill();
    await double.stop();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
