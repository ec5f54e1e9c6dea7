/** What the box learns of its LoRa gateways, from the double's gRPC API. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import gateways from "@chirpstack/chirpstack-api/api/gateway_pb.js";
import common from "@chirpstack/chirpstack-api/common/common_pb.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BoxStatus } from "../../api/control.ts";
import type { Alarm } from "../../cloud-sync/protocol/entry.ts";
import { type Broker, startBroker } from "../../fixtures/broker.ts";
import { type ChirpStackDouble, startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { type DrivenClock, drivenClock } from "../../fixtures/clock.ts";
import { DEFAULT_TENANT } from "../../fixtures/events.ts";
import { openGatewayService } from "../../gateway/chirpstack/gateway-service.ts";
import { createLoraGateways, type LoraGatewayWatch } from "../../gateway/chirpstack/lora-gateways.ts";
import { startGateway } from "../../gateway/main.ts";
import type { Append } from "../../gateway/words.ts";
import { freePort } from "./brokers.ts";
import { ask } from "./on-socket.ts";

const NOW = Date.parse("2026-11-22T08:00:00Z");
const BELFRY = "0016c001f1500001";
const SCHOOL = "0016c001f1500002";
const KEY = "the-right-key";
/** Longer than twice the interval at which a gateway reports. */
const LONG = 90_000;

let folder: string;
let broker: Broker;
let clock: DrivenClock;
let double: ChirpStackDouble | undefined;
let watch: LoraGatewayWatch | undefined;

const keyFile = () => join(folder, "chirpstack.key");
const startDouble = async (port = 0): Promise<ChirpStackDouble> => {
  double = await startChirpStackDouble({
    brokerUrl: broker.url,
    devices: [],
    gateways: [{ gatewayId: BELFRY }, { gatewayId: SCHOOL }],
    clock,
    api: { port, apiKey: KEY },
  });
  return double;
};
const stopDouble = async (): Promise<void> => {
  await double?.stop();
  double = undefined;
};

/** What it wrote, what it logged, and what would survive a restart. */
const started = (api: string, saved = new Map<string, string>(), upMs = 3_600_000) => {
  const from = clock.now();
  const link: { since: number | undefined } = { since: from };
  const alarms: Alarm[] = [];
  const logged: { readonly level: string; readonly detail: object }[] = [];
  const log = (level: string) => (detail: object) => void logged.push({ level, detail });
  const disk = { full: false };
  watch = createLoraGateways({
    api,
    apiKeyFile: keyFile(),
    state: { get: (key) => saved.get(key), set: (key, value) => void saved.set(key, value) },
    write(work) {
      if (disk.full) throw new Error("SQLITE_FULL");
      const append: Append = (body) => alarms.push(body as Alarm);
      return work(append);
    },
    clock: { now: clock.now, mono: () => clock.now() - from + upMs },
    brokerSince: () => link.since,
    log: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
  });
  return { watch, alarms, logged, saved, disk, link };
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "bf-"));
  chmodSync(folder, 0o700);
  writeFileSync(keyFile(), `${KEY}\n`, { mode: 0o600 });
  broker = await startBroker();
  clock = drivenClock(NOW);
});
afterEach(async () => {
  watch?.stop();
  watch = undefined;
  await stopDouble();
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("LoRa gateways", () => {
  it("one that falls silent is an alarm with the time it was last heard, one that returns ends it", async () => {
    const { network, api } = await startDouble();
    const { watch, alarms } = started(`http://${api!.address}`);
    await watch.check();
    expect(watch.status()).toEqual({
      checkedAt: NOW,
      gateways: [BELFRY, SCHOOL].map((id) => ({ id, name: id, state: "online", lastSeenAt: NOW })),
    });
    network.gatewayIs(SCHOOL, "silent");
    clock.advance(LONG);
    await watch.check();
    await watch.check();
    expect(watch.status().gateways[0]).toEqual({ id: SCHOOL, name: SCHOOL, state: "offline", lastSeenAt: NOW });
    const detail = { gateway: SCHOOL, name: SCHOOL };
    const alarm = { kind: "alarm", alarm: "lora-gateway-offline" };
    const fell = { ...alarm, raised: true, at: NOW + LONG, detail: { ...detail, lastSeenAt: NOW } };
    expect(alarms).toEqual([fell]);
    network.gatewayIs(SCHOOL, "alive");
    await watch.check();
    expect(watch.status().gateways.map(({ state }) => state)).toEqual(["online", "online"]);
    expect(alarms).toEqual([fell, { ...alarm, raised: false, at: NOW + LONG, detail }]);
  });

  it("a restart neither repeats nor forgets an alarm; a full disk only delays it", async () => {
    const { network, api } = await startDouble();
    const url = `http://${api!.address}`;
    network.gatewayIs(BELFRY, "silent");
    clock.advance(LONG);
    const first = started(url);
    first.disk.full = true;
    await first.watch.check();
    expect([first.alarms, first.watch.status().gateways[0]?.state]).toEqual([[], "offline"]);
    first.disk.full = false;
    await first.watch.check();
    first.watch.stop();
    const second = started(url, first.saved);
    await second.watch.check();
    expect([first.alarms.length, second.alarms]).toEqual([1, []]);
    // Taken down for good, and out of ChirpStack.
    api!.records.gateways.delete(BELFRY);
    await second.watch.check();
    expect(second.alarms).toMatchObject([{ raised: false, detail: { gateway: BELFRY, removed: true } }]);
  });

  const silence = (is: "silent" | "alive"): void => {
    for (const id of [BELFRY, SCHOOL]) double!.network.gatewayIs(id, is);
  };
  /** Asks every half minute; what was told of in all this time. */
  const halfMinutes = async (count: number, { watch, alarms }: ReturnType<typeof started>) => {
    for (let each = 0; each < count; each += 1) {
      clock.advance(30_000);
      await watch.check();
    }
    return alarms.map(({ raised, detail }) => [raised, detail.gateway]);
  };

  it("are given three minutes to be heard after the power of all of them came back", async () => {
    const { api } = await startDouble();
    silence("silent");
    clock.advance(LONG);
    const box = started(`http://${api!.address}`, new Map(), 20_000);
    await box.watch.check();
    expect(box.watch.status().gateways.map(({ state }) => state)).toEqual(["offline", "offline"]);
    expect(await halfMinutes(4, box)).toEqual([]);
    double!.network.gatewayIs(BELFRY, "alive");
    expect(await halfMinutes(1, box)).toEqual([]);
    expect(await halfMinutes(1, box)).toEqual([[true, SCHOOL]]);
  });

  it("are not blamed for a broker that is away", async () => {
    const { api } = await startDouble();
    const box = started(`http://${api!.address}`);
    await box.watch.check();
    box.link.since = undefined;
    silence("silent");
    expect(await halfMinutes(20, box)).toEqual([]);
    box.link.since = clock.now();
    expect(await halfMinutes(2, box)).toEqual([]);
    silence("alive");
    expect(await halfMinutes(20, box)).toEqual([]);
    // One that was away and came back between two questions.
    box.link.since = clock.now();
    silence("silent");
    expect(await halfMinutes(6, box)).toEqual([]);
    silence("alive");
    expect(await halfMinutes(20, box)).toEqual([]);
  });

  it.each([
    ["longer than it bears with an antenna", 3, []],
    ["shorter", 1, [[true, SCHOOL]]],
  ])("are not blamed for a ChirpStack that was away, if that was %s", async (_, away, told) => {
    const port = await freePort();
    await startDouble(port);
    const box = started(`http://127.0.0.1:${port}`);
    await box.watch.check();
    await stopDouble();
    await halfMinutes(away, box);
    await startDouble(port);
    await box.watch.check();
    double!.network.gatewayIs(SCHOOL, "silent");
    expect(await halfMinutes(5, box)).toEqual(told);
    expect(await halfMinutes(1, box)).toEqual([[true, SCHOOL]]);
  });

  it("one that never spoke is shown with its place, and is no alarm; long lists come whole", async () => {
    const { api } = await startDouble();
    for (let i = 0; i < 230; i += 1) {
      const gateway = new gateways.Gateway();
      gateway.setGatewayId(`AA${String(i).padStart(14, "0")}`);
      gateway.setName(`Antenne ${i}`);
      gateway.setTenantId(DEFAULT_TENANT);
      const location = new common.Location();
      location.setLatitude(48.017);
      location.setLongitude(6.589);
      if (i === 7) gateway.setLocation(location);
      api!.records.gateways.put(gateway.getGatewayId().toLowerCase(), gateway);
    }
    const { watch, alarms } = started(`http://${api!.address}`);
    await watch.check();
    const told = watch.status().gateways;
    expect([told.length, new Set(told.map(({ id }) => id)).size, alarms]).toEqual([232, 232, []]);
    const placed = { id: "aa00000000000007", name: "Antenne 7", state: "never-seen" };
    expect(told.filter(({ latitude }) => latitude !== undefined)).toEqual([
      { ...placed, latitude: 48.017, longitude: 6.589 },
    ]);
  });

  it("a wrong key is told once with what to do, and a right one is taken without a restart", async () => {
    const { api } = await startDouble();
    writeFileSync(keyFile(), "another-key");
    const { watch, logged } = started(`http://${api!.address}`);
    await watch.check();
    await watch.check();
    expect(watch.status()).toEqual({ fault: "key-refused", gateways: [] });
    expect(logged).toMatchObject([
      { level: "warn", detail: { fault: "key-refused", remedy: expect.stringContaining("create-api-key") } },
    ]);
    writeFileSync(keyFile(), "");
    await watch.check();
    expect(watch.status().fault).toBe("key-file");
    rmSync(keyFile());
    await watch.check();
    expect(watch.status().fault).toBe("key-file");
    writeFileSync(keyFile(), KEY);
    await watch.check();
    expect([watch.status().fault, watch.status().gateways.length]).toEqual([undefined, 2]);
    expect(logged.map(({ level }) => level)).toEqual(["warn", "warn", "info"]);
    expect(JSON.stringify(logged)).not.toMatch(/another-key|the-right-key/);
  });

  it("an API that is down, at start or later, leaves what was known with its age; then it is found again", async () => {
    const port = await freePort();
    const { watch, alarms, logged } = started(`http://127.0.0.1:${port}`);
    await watch.check();
    await watch.check();
    expect(watch.status()).toEqual({ fault: "unreachable", gateways: [] });
    for (let life = 0; life < 2; life += 1) {
      await startDouble(port);
      await watch.check();
      expect(watch.status()).toMatchObject({ checkedAt: clock.now(), gateways: [{ id: BELFRY }, { id: SCHOOL }] });
      expect(watch.status()).not.toHaveProperty("fault");
      await stopDouble();
      const left = clock.now();
      clock.advance(LONG);
      await watch.check();
      expect(watch.status()).toMatchObject({ checkedAt: left, fault: "unreachable", gateways: { length: 2 } });
    }
    expect(alarms).toEqual([]);
    expect(logged.map(({ level }) => level)).toEqual(["warn", "info", "warn", "info", "warn"]);
  });

  describe("a server that takes the call and never answers", () => {
    let deaf: Server;
    let url: string;
    beforeEach(async () => {
      const port = await freePort();
      deaf = createServer(() => undefined);
      await new Promise<void>((resolve) => deaf.listen(port, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${port}`;
    });
    afterEach(() => void deaf.close());

    it("is given up at the deadline", async () => {
      const service = openGatewayService(url, undefined, { deadlineMs: 200 });
      const asked = service.list(KEY, new AbortController().signal);
      await expect(asked).rejects.toMatchObject({ name: "ApiTrouble", code: "no-answer" });
      service.close();
    });

    it("holds up neither the box nor its end", async () => {
      const gateway = await startGateway(
        {
          box: "remiremont",
          dataFolder: join(folder, "box"),
          broker: { url: broker.url, clientId: "beffroi-remiremont", sessionExpirySeconds: 3_600 },
          chirpstack: { api: url, apiKeyFile: keyFile(), tenant: "remiremont" },
          commitDelayMs: 0,
          logLevel: "silent",
        },
        { log: { debug() {}, info() {}, warn() {}, error() {} } },
      );
      const asked = new Promise<void>((resolve) => void deaf.once("connection", () => resolve()));
      await asked;
      const status = BoxStatus.parse(JSON.parse((await ask(gateway.controlSocket, "GET", "/status")).body));
      expect(status.loraGateways).toEqual({ gateways: [] });
      const from = performance.now();
      await gateway.stop();
      expect(performance.now() - from).toBeLessThan(5_000);
    });
  });

  it.each([
    ["a global key", {}],
    ["a key of one tenant", { tenantId: DEFAULT_TENANT }],
  ] as const)("are in the box's status and the journal when the whole box runs, with %s", async (_name, own) => {
    const port = await freePort();
    const config = {
      box: "remiremont",
      dataFolder: join(folder, "box"),
      broker: { url: broker.url, clientId: "beffroi-remiremont", sessionExpirySeconds: 3_600 },
      chirpstack: { api: `http://127.0.0.1:${port}`, apiKeyFile: keyFile(), tenant: "remiremont", ...own },
      commitDelayMs: 0,
      logLevel: "silent",
    } as const;
    const { network, api } = await startDouble(port);
    if ("tenantId" in own) writeFileSync(keyFile(), api!.tenantKey(own.tenantId), { mode: 0o600 });
    network.gatewayIs(SCHOOL, "silent");
    clock.advance(LONG);
    const gateway = await startGateway(config, { log: { debug() {}, info() {}, warn() {}, error() {} } });
    try {
      let status: BoxStatus;
      do {
        await new Promise((resolve) => setTimeout(resolve, 100));
        status = BoxStatus.parse(JSON.parse((await ask(gateway.controlSocket, "GET", "/status")).body));
      } while (status.loraGateways?.checkedAt === undefined);
      expect(status.loraGateways.gateways).toMatchObject([
        { id: SCHOOL, state: "offline", lastSeenAt: "2026-11-22T08:00:00.000Z" },
        { id: BELFRY, state: "online" },
      ]);
      expect(status.journal.lastSeq).toBe(1);
    } finally {
      await gateway.stop();
    }
  });
});
