/**
 * A street by multicast, from the box's control socket to LoRaWAN frames in the air and back: the whole gateway, a broker, the
 * ChirpStack double behind a virtual LoRa gateway, and virtual class C lamps that join, check, decrypt and answer. Their time runs
 * five times as fast, and jumps where hours would have to be waited for.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { afterEach, expect, it, vi } from "vitest";
import { GroupsReply } from "../../api/groups.ts";
import { MassReply, MassView } from "../../api/mass.ts";
import { startBroker } from "../../fixtures/broker.ts";
import { startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { type Clock, systemClock } from "../../fixtures/clock.ts";
import { seededHex } from "../../fixtures/seeded.ts";
import { fleet } from "../../fixtures/simulation/fleet.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { addressOf } from "../../fixtures/virtual-radio/phy.ts";
import { createVirtualRadio } from "../../fixtures/virtual-radio/virtual-radio.ts";
import { startGateway } from "../../gateway/main.ts";
import { ask as askSocket, bodyOf } from "./on-socket.ts";

// No machine of a test may have had its clock set by NTP; nothing with an expiry runs without.
vi.mock(import("../../gateway/clock.ts"), async (original) => {
  const own = await original();
  return { ...own, createBoxClock: (clock) => own.createBoxClock(clock, () => true) };
});

const GATEWAY = "0016c001f1500001";
const JOIN_EUI = "70b3d5e75e000000";
const HOUR = 3_600_000;
const LEVEL = 30;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const fastClock = () => {
  const base = systemClock({ speed: 5 });
  let ahead = 0;
  const clock: Clock = { now: () => Math.round(base.now()) + ahead, after: base.after };
  const jump = (ms: number): void => {
    ahead += ms;
  };
  return { clock, jump };
};

const world = async () => {
  const { clock, jump } = fastClock();
  const folder = mkdtempSync(join(tmpdir(), "beffroi-air-"));
  chmodSync(folder, 0o700);
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const broker = await startBroker();
  ends.push(broker.stop);
  const lamps = fleet(COMMUNES[0]!, { size: 30 })
    .filter(({ model }) => model === "nas-ul20xx")
    .slice(0, 4);
  const byEui = new Map(lamps.map((lamp) => [lamp.devEui, lamp]));
  const double = await startChirpStackDouble({
    brokerUrl: broker.url,
    devices: [],
    gateways: [{ gatewayId: GATEWAY }],
    api: { port: 0 },
    air: true,
    clock,
  });
  ends.push(() => double.stop());
  const heard: { readonly devEui: string; readonly fPort: number; readonly hex: string }[] = [];
  /** Hears everything, and obeys nothing for now. */
  const stubborn = new Set<string>();
  const radio = createVirtualRadio({
    mqttUrl: broker.url,
    gatewayId: GATEWAY,
    clock,
    onDownlink(devEui, { fPort, data }) {
      heard.push({ devEui, fPort, hex: Buffer.from(data).toString("hex") });
      const answers = stubborn.has(devEui) ? [] : byEui.get(devEui)!.obey(fPort, data, clock.now());
      for (const [place, frame] of answers.entries())
        clock.after(1_000 + place * 3_000, () => void radio.uplink(devEui, frame).catch(() => undefined));
    },
  });
  await radio.start();
  ends.push(() => radio.stop());
  /** What the LoRa gateway was told to send, by address. */
  const onAir: string[] = [];
  const listener = await connectAsync(broker.url, { protocolVersion: 4 });
  ends.push(() => listener.endAsync(true));
  listener.on("message", (_topic, payload) => {
    const { items } = JSON.parse(payload.toString()) as { items: { phyPayload: string }[] };
    onAir.push(addressOf(Buffer.from(items[0]!.phyPayload, "base64")));
  });
  await listener.subscribeAsync(`eu868/gateway/${GATEWAY}/command/down`, { qos: 1 });
  const apiKeyFile = join(folder, "api.key");
  writeFileSync(apiKeyFile, `${double.api!.apiKey}\n`, { mode: 0o600 });
  const start = clock.now();
  const gateway = await startGateway(
    {
      box: "remiremont",
      dataFolder: join(folder, "box"),
      broker: { url: broker.url, clientId: "beffroi-remiremont", sessionExpirySeconds: 3_600 },
      chirpstack: { api: `http://${double.api!.address}`, apiKeyFile, tenant: "Beffroi" },
      commitDelayMs: 0,
      logLevel: "silent",
    },
    { log: quiet, clock: { now: clock.now, mono: () => clock.now() - start } },
  );
  ends.push(() => gateway.stop());
  const ask = async (method: string, path: string, body?: unknown): Promise<string> =>
    bodyOf(await askSocket(gateway.controlSocket, method, path, body), `${method} ${path}`);
  return { lamps, radio, heard, onAir, stubborn, ask, jump, clock };
};

const PATIENCE = { timeout: 120_000, interval: 100 };

it("gives a street its keys, dims it by one frame in the air, and tells alone who did not obey", {
  timeout: 300_000,
}, async () => {
  const { lamps, radio, heard, onAir, stubborn, ask, jump, clock } = await world();
  const targets = lamps.map(({ asset }) => asset.ref);
  const appKey = (devEui: string): string => seededHex(`air:${devEui}`, 16);
  for (const { devEui, asset } of lamps)
    await ask("POST", "/devices", {
      devEui,
      model: "nas-ul20xx",
      joinEui: JOIN_EUI,
      asset: asset.ref,
      ratedWatts: asset.attributes.ratedWatts,
      keys: { activation: "otaa", lorawan: "1.0.3", appKey: appKey(devEui) },
    });
  await ask("POST", "/network/gateways", { id: GATEWAY, name: "clocher" });
  await ask("POST", "/network/groups/make", { name: "rue", targets });
  expect(await ask("POST", "/network/apply")).toContain('"failures":[]');

  // Over the air: each asks to join with its own key, and reports.
  for (const { devEui } of lamps)
    await radio.join({ devEui, joinEui: JOIN_EUI, appKey: appKey(devEui), deviceClass: "C" });
  await expect.poll(() => lamps.filter(({ devEui }) => radio.joins(devEui) === 1).length, PATIENCE).toBe(lamps.length);
  for (const { devEui, report } of lamps) for (const frame of report(clock.now())) await radio.uplink(devEui, frame);

  const join = { targets, name: "join-group", fields: { group: "rue" }, expiresInSeconds: 7_200 };
  await ask("POST", "/mass", { ...join, precedence: "configuration" });
  const group = async () => GroupsReply.parse(JSON.parse(await ask("GET", "/network/groups"))).groups[0]!;
  const states = async () => (await group()).members.map(({ state }) => state);
  await expect.poll(states, PATIENCE).toEqual(lamps.map(() => "confirmed"));
  // Each was given the keys by a frame of its own.
  expect(heard.map(({ devEui, fPort }) => [devEui, fPort]).sort()).toEqual(
    lamps.map(({ devEui }) => [devEui, 50]).sort(),
  );

  const wish = { targets, name: "dim", fields: { level: LEVEL }, holdSeconds: 14_400, expiresInSeconds: 10_800 };
  const plan = async () => MassReply.parse(JSON.parse(await ask("POST", "/mass", { ...wish, dryRun: true }))).plan;
  await expect
    .poll(plan, PATIENCE)
    .toMatchObject({ multicast: { frames: 1, assets: 4, groups: ["rue"] }, reasons: [] });
  const late = lamps[3]!.devEui;
  stubborn.add(late);
  const [before, sent] = [heard.length, onAir.length];
  const { mass } = MassReply.parse(JSON.parse(await ask("POST", "/mass", wish)));
  const view = async () => MassView.parse(JSON.parse(await ask("GET", `/mass/${mass!.id}`)));
  await expect.poll(async () => (await view()).states, PATIENCE).toEqual({ "effect-observed": 3, "on-air": 1 });
  // One frame in the air, at the group's address, which each of them decrypted.
  const { mcAddr } = await group();
  expect(onAir.slice(sent)).toEqual([mcAddr]);
  const frame = { fPort: 60, hex: `01fe${LEVEL.toString(16)}` };
  expect(heard.slice(before)).toEqual(expect.arrayContaining(lamps.map(({ devEui }) => ({ devEui, ...frame }))));
  expect(heard.slice(before)).toHaveLength(lamps.length);

  stubborn.clear();
  jump(HOUR + 400_000);
  await expect.poll(async () => (await view()).states, PATIENCE).toEqual({ "effect-observed": 4 });
  expect(heard.slice(before + lamps.length)).toEqual([{ devEui: late, ...frame }]);
  // A gateway that is slow to answer is told once more; the group never.
  expect(new Set(onAir.slice(sent + 1)).size).toBe(1);
  expect(onAir.filter((address) => address === mcAddr)).toHaveLength(1);
});
