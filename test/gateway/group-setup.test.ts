/**
 * A multicast group made by the box: its keys go to the network server and, one frame a lamp, to the lamps; who echoes them is a
 * member. Nothing the box keeps, logs or shows has a key in it, though each lamp sends its own back.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { GroupsReply, type GroupView, LeftGroup, MadeGroup } from "../../api/groups.ts";
import { MassReply } from "../../api/mass.ts";
import { startBroker } from "../../fixtures/broker.ts";
import { type ChirpStackDouble, startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { systemClock } from "../../gateway/clock.ts";
import { type Gateway, startGateway } from "../../gateway/main.ts";
import { ask as askSocket, bodyOf } from "./on-socket.ts";

// No machine of a test may have had its clock set by NTP; nothing with an expiry runs without.
vi.mock(import("../../gateway/clock.ts"), async (original) => {
  const own = await original();
  return { ...own, createBoxClock: (clock) => own.createBoxClock(clock, () => true) };
});

const LAMPS = ["70b3d5e75e000001", "70b3d5e75e000002", "70b3d5e75e000003"];
/** Hears, and does not confirm. */
const DEAF = LAMPS[2]!;
const GATEWAY = "0016c001f1500001";
const refOf = (index: number): string => `lamp:88383:00${index + 1}`;

let folder: string;
const ends: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beffroi-group-"));
  chmodSync(folder, 0o700);
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

const world = async () => {
  const broker = await startBroker();
  ends.push(broker.stop);
  const heard: { devEui: string; fPort: number; bytes: Uint8Array }[] = [];
  const double: ChirpStackDouble = await startChirpStackDouble({
    brokerUrl: broker.url,
    devices: [],
    gateways: [{ gatewayId: GATEWAY }],
    api: { port: 0 },
    onDownlink(devEui, fPort, bytes) {
      heard.push({ devEui, fPort, bytes });
      if (fPort === 50 && devEui !== DEAF) double.uplink(devEui, { fPort: 50, data: bytes });
    },
  });
  ends.push(() => double.stop());
  const logged: string[] = [];
  const note = (detail: object, message: string): void =>
    void logged.push(`${message} ${inspect(detail, { depth: 9 })}`);
  const log = { debug: note, info: note, warn: note, error: note };
  const apiKeyFile = join(folder, "api.key");
  writeFileSync(apiKeyFile, `${double.api!.apiKey}\n`, { mode: 0o600 });
  // The box's clock may be moved on: what a lamp does not confirm in time is missing.
  let ahead = 0;
  const clock = { now: () => systemClock.now() + ahead, mono: () => systemClock.mono() + ahead };
  const gateway: Gateway = await startGateway(
    {
      box: "remiremont",
      dataFolder: join(folder, "box"),
      broker: { url: broker.url, clientId: "beffroi-remiremont", sessionExpirySeconds: 3_600 },
      chirpstack: { api: `http://${double.api!.address}`, apiKeyFile, tenant: "Beffroi" },
      commitDelayMs: 0,
      logLevel: "silent",
    },
    { log, clock },
  );
  ends.push(() => gateway.stop());
  const replies: string[] = [];
  const ask = async (method: string, path: string, body?: unknown): Promise<string> => {
    const reply = await askSocket(gateway.controlSocket, method, path, body);
    replies.push(reply.body);
    return bodyOf(reply, `${method} ${path}`);
  };
  const members = async (): Promise<GroupView["members"]> =>
    GroupsReply.parse(JSON.parse(await ask("GET", "/network/groups"))).groups[0]?.members ?? [];
  const pass = (ms: number): void => {
    ahead += ms;
  };
  return { double, heard, logged, replies, ask, members, pass };
};

const spellings = (hex: string): Buffer[] => {
  const bytes = Buffer.from(hex, "hex");
  const base64 = bytes.toString("base64").replace(/=+$/, "");
  return [bytes, Buffer.from(bytes).reverse(), Buffer.from(hex), Buffer.from(hex.toUpperCase()), Buffer.from(base64)];
};

/** As base64 of a frame has it, at any of the three alignments. */
const within = (hex: string): Buffer[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(hex, "hex")]).toString("base64");
    return Buffer.from(text.slice(4, 20));
  });

it("gives a group its keys, knows who took them, and never shows one", { timeout: 300_000 }, async () => {
  const { double, heard, logged, replies, ask, members, pass } = await world();
  for (const [index, devEui] of LAMPS.entries())
    await ask("POST", "/devices", { devEui, model: "nas-ul20xx", asset: refOf(index) });
  await ask("POST", "/network/gateways", { id: GATEWAY, name: "clocher" });
  const targets = LAMPS.map((_, index) => refOf(index));
  const made = MadeGroup.parse(
    JSON.parse(await ask("POST", "/network/groups/make", { name: "rue", targets: [...targets, "lamp:88383:999"] })),
  );
  expect(made).toEqual({
    refused: [{ target: "lamp:88383:999", reason: "no-device" }],
    targets,
    command: "join-group",
  });
  expect((await members()).map(({ state }) => state)).toEqual(["waits", "waits", "waits"]);
  const again = await ask("POST", "/network/apply");
  expect(again).toContain('"failures":[]');
  expect(await ask("GET", "/network/plan")).toContain('"steps":[]');
  const group = [...double.api!.groups()].find(({ name }) => name === "rue")!;
  expect(group).toMatchObject({ devices: LAMPS, gateways: [GATEWAY] });
  const keys = [group.mcNwkSKey, group.mcAppSKey];

  // Each lamp has spoken once: class C hears nothing before.
  for (const devEui of LAMPS) {
    double.api!.records.join(devEui);
    double.uplink(devEui, { fPort: 99, data: Buffer.from("000D008350010105F37F205E002CFE0104", "hex") });
  }
  const applied = async (): Promise<boolean> =>
    JSON.parse(await ask("GET", "/devices")).devices.every((one: { applicationId?: string }) => one !== undefined);
  expect(await applied()).toBe(true);
  const wish = {
    targets,
    name: "join-group",
    fields: { group: "rue" },
    precedence: "configuration",
    expiresInSeconds: 3_600,
  };
  const { plan, mass } = MassReply.parse(JSON.parse(await ask("POST", "/mass", wish)));
  expect(plan).toMatchObject({ assets: 3, unicast: { frames: 3 }, refused: [] });
  expect(mass).toBeDefined();
  await expect
    .poll(async () => (await members()).map(({ state }) => state), { timeout: 90_000, interval: 200 })
    .toEqual(["confirmed", "confirmed", "asked"]);
  await expect.poll(() => heard.filter(({ fPort }) => fPort === 50).length, { timeout: 90_000 }).toBe(3);
  for (const { bytes } of heard) {
    const hex = Buffer.from(bytes).toString("hex");
    expect(hex).toBe(`5200${Buffer.from(group.mcAddr, "hex").reverse().toString("hex")}${keys.join("")}`);
  }
  pass(400_000);
  await expect
    .poll(async () => (await members()).map(({ state }) => state), { timeout: 90_000 })
    .toEqual(["confirmed", "confirmed", "missing"]);

  // Who leaves keeps its keys and is watched; who is replaced leaves by itself, and its heir is given them; other keys settle both.
  const left = LeftGroup.parse(
    JSON.parse(await ask("POST", "/network/groups/leave", { name: "rue", targets: [refOf(2), "lamp:88383:999"] })),
  );
  expect(left).toEqual({
    refused: [{ target: "lamp:88383:999", reason: "not-in-group" }],
    targets: [refOf(2)],
    stillHear: 1,
  });
  const spare = "70b3d5e75e000009";
  await ask("POST", "/devices/deeds", {
    action: "replace",
    asset: refOf(1),
    with: spare,
    model: "nas-ul20xx",
    old: "retired",
    by: "test",
  });
  pass(61_000);
  const standings = async () => (await members()).map(({ device, state }) => [device, state]);
  await expect.poll(standings, { timeout: 90_000 }).toEqual([
    [LAMPS[0], "confirmed"],
    [spare, "asked"],
    [LAMPS[1], "left"],
    [LAMPS[2], "left"],
  ]);
  // Nobody applied anything: the network server's list follows, as far as it knows the lamps.
  const standing = () => [...double.api!.groups()].find(({ name }) => name === "rue")!;
  await expect.poll(() => standing().devices, { timeout: 90_000 }).toEqual([LAMPS[0]]);
  const dim = {
    targets: [refOf(0), refOf(1)],
    name: "dim",
    fields: { level: 30 },
    expiresInSeconds: 600,
    dryRun: true,
  };
  const cost = async () => MassReply.parse(JSON.parse(await ask("POST", "/mass", dim))).plan;
  expect(await cost()).toMatchObject({ reasons: expect.arrayContaining(["not-in-group"]), unicast: { frames: 2 } });
  expect(await ask("POST", "/network/apply")).toContain('"failures":[]');
  expect(standing().devices).toEqual([LAMPS[0], spare]);
  double.api!.records.join(spare);
  double.uplink(spare, { fPort: 99, data: Buffer.from("000D008350010105F37F205E002CFE0104", "hex") });
  await expect.poll(async () => (await standings())[1], { timeout: 90_000 }).toEqual([spare, "confirmed"]);
  expect(JSON.parse(await ask("POST", "/network/groups/renew", { name: "rue" }))).toEqual({
    targets: [refOf(0), refOf(1)],
    command: "join-group",
  });
  expect(await standings()).toEqual([
    [LAMPS[0], "waits"],
    [spare, "waits"],
  ]);
  expect(await ask("POST", "/network/apply")).toContain('"failures":[]');
  const { mcAddr, mcNwkSKey, mcAppSKey } = standing();
  for (const fresh of [mcNwkSKey, mcAppSKey]) expect(keys).not.toContain(fresh);
  expect(mcAddr).not.toBe(group.mcAddr);
  keys.push(mcNwkSKey, mcAppSKey);

  // The echo is in the journal, as a frame without its keys.
  const exported = await ask("GET", "/export?format=json");
  expect(exported).toContain('"fPort":50');
  for (const path of ["/status", "/queue", "/audit", "/devices", "/registry", "/network/groups", `/mass/${mass!.id}`])
    await ask("GET", path).catch(() => undefined);
  const everything: [what: string, content: Buffer][] = [
    ["log", Buffer.from(logged.join("\n"))],
    ["replies", Buffer.from(replies.join("\n"))],
  ];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) everything.push([entry.name, readFileSync(join(entry.parentPath, entry.name))]);
  expect(everything.map(([what]) => what)).toContain("box.sqlite-wal");
  for (const key of keys)
    for (const [what, content] of everything)
      for (const spelling of [...spellings(key), ...within(key)]) expect(content.includes(spelling), what).toBe(false);
});
