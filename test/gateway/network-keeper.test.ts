/** A network server whose database vanishes is noticed by the box itself, and what it had counted is put back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Alarm, EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { openKeyStore, SecretKey } from "../../device-registry/keys/index.ts";
import { findModel } from "../../device-registry/models.ts";
import { openNetworkStore } from "../../device-registry/network/store.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openBoxState } from "../../gateway/box-state.ts";
import { openBoxStore } from "../../gateway/box-store.ts";
import { createNetworkDesk } from "../../gateway/network-desk.ts";
import { createNetworkKeeper, NETWORK_LOST_ALARM, type NetworkKeeper } from "../../gateway/network-keeper.ts";
import type { Append } from "../../gateway/words.ts";
import { memoryServer } from "../device-registry/network-memory.ts";

const LAMP = "70b3d5e75e000042";
const SENSOR = "a81758fffe000043";
const key = (digit: string): SecretKey => SecretKey.parse(digit.repeat(32))!;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beffroi-keeper-"));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const openBox = (network: ReturnType<typeof memoryServer>) => {
  const apiKeyFile = join(folder, "api.key");
  writeFileSync(apiKeyFile, "key\n", { mode: 0o600 });
  const { db, close } = openBoxStore(join(folder, "data"));
  const registry = openRegistry(db);
  const keys = openKeyStore(db, { folder: join(folder, "data"), env: { PATH: "/nowhere" } });
  const store = openNetworkStore(db);
  const state = openBoxState(db);
  const entries: EntryBody[] = [];
  const append: Append = (body) => entries.push(body);
  const write = <T>(work: (append: Append) => T): T => db.transaction(() => work(append)).immediate();
  const clock = { now: () => 1_760_000_000_000, mono: () => performance.now() + asked };
  let asked = 0;
  let keeper: NetworkKeeper | undefined;
  const warned: string[] = [];
  const log = { info: () => undefined, warn: (_: object, message: string) => warned.push(message) };
  const desk = createNetworkDesk({
    registry,
    keys,
    store,
    findModel,
    tenant: "Remiremont",
    api: "http://127.0.0.1:1",
    apiKeyFile,
    lastSeenAt: (devEui) => (devEui === LAMP ? 1 : undefined),
    write,
    clock,
    log,
    applied: () => keeper?.applied(),
    open: () => network.server,
  });
  keeper = createNetworkKeeper({ desk, state, write, clock, log, random: () => 0.5 });
  return {
    registry,
    keys,
    store,
    desk,
    keeper,
    warned,
    pass: (ms: number) => {
      asked += ms;
      return vi.advanceTimersByTimeAsync(ms);
    },
    /** Its rests pass with the time. */
    async apply() {
      let done = false;
      const applied = desk.apply().finally(() => {
        done = true;
      });
      while (!done) await vi.advanceTimersByTimeAsync(100);
      await applied;
    },
    alarms: () =>
      entries.flatMap((body) => (body.kind === "alarm" && body.alarm === NETWORK_LOST_ALARM ? [body as Alarm] : [])),
    put: (devEui: string) =>
      write((append) =>
        registry.putDevice({ devEui, model: "nas-ul20xx", state: "in-service", asset: undefined } as never, 1, append),
      ),
    close,
  };
};

it("raises an alarm within the hour, says it until the server is whole, and clears it soon after what put it right", async () => {
  const network = memoryServer();
  const box = openBox(network);
  box.put(LAMP);
  box.put(SENSOR);
  box.keys.put(LAMP, { activation: "otaa", lorawan: "1.0.3", appKey: key("1") });
  box.keys.put(SENSOR, { activation: "otaa", lorawan: "1.0.3", appKey: key("2") });
  box.keeper.start();
  // Nothing was ever provisioned: the lamp is heard through applications of somebody else, or not at all.
  await box.apply();
  await box.pass(61_000);
  expect([box.keeper.lost(), box.alarms()]).toEqual([0, []]);

  network.lose();
  await box.pass(3_600_000);
  // A device that was never heard is no loss.
  expect(box.keeper.lost()).toBe(1);
  expect(box.alarms()).toMatchObject([{ raised: true, detail: { lost: 1, known: 1 } }]);
  await box.pass(3_600_000);
  expect(box.alarms()).toHaveLength(1);

  await box.apply();
  await box.pass(2_000);
  expect(box.keeper.lost()).toBe(0);
  expect(box.alarms().map(({ raised }) => raised)).toEqual([true, false]);
  box.keeper.stop();
  box.close();
});

it("is told of it at once where something speaks for it, and remembers it over a restart", async () => {
  const network = memoryServer();
  const box = openBox(network);
  box.put(LAMP);
  box.keys.put(LAMP, { activation: "otaa", lorawan: "1.0.3", appKey: key("1") });
  await box.apply();
  box.keeper.start();
  await box.pass(61_000);
  network.lose();
  await box.pass(61_000);
  for (let sign = 0; sign < 5; sign++) box.keeper.soon();
  await box.pass(2_000);
  expect(box.alarms()).toHaveLength(1);
  box.keeper.stop();
  box.close();

  const again = openBox(network);
  expect(again.keeper.lost()).toBe(1);
  // What does not answer is neither lost nor whole.
  network.server.roster = () => Promise.reject(new Error("unreachable"));
  await again.keeper.check();
  await again.keeper.check();
  expect([again.keeper.lost(), again.alarms(), again.warned.length]).toEqual([1, [], 1]);
  again.close();
});

it("keeps each look how far the groups have counted, and a recovery goes on there", async () => {
  const network = memoryServer();
  const box = openBox(network);
  box.put(LAMP);
  box.keys.put(LAMP, { activation: "otaa", lorawan: "1.0.3", appKey: key("1") });
  const group = { name: "street", application: "lighting", mcAddr: "01020304", frequencyHz: 869_525_000, dataRate: 0 };
  box.store.putGroup({ ...group, members: [LAMP] });
  box.keys.putGroup("street", { mcAppSKey: key("3"), mcNwkSKey: key("4") });
  await box.apply();
  const counted = async (fCnt: number) => {
    const [standing] = (await network.server.survey({ tenant: "Remiremont" } as never)).groups;
    await network.server.putGroup(standing!, standing!.keys, fCnt);
  };
  await counted(7_000);
  await box.keeper.check();
  expect(box.store.groupCounter("street")).toBe(7_000);
  network.lose();
  await box.keeper.check();
  expect(box.store.groupCounter("street")).toBe(7_000);
  await box.apply();
  const [restored] = (await network.server.survey({ tenant: "Remiremont" } as never)).groups;
  expect(restored!.fCnt).toBeGreaterThan(7_000);
  box.close();
});

it("whoever plans while the box looks by itself waits for it; two people at once do not", async () => {
  const network = memoryServer();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = 0;
  const roster = async (tenant: string) => {
    asked += 1;
    await held;
    return network.server.roster(tenant);
  };
  const box = openBox({ ...network, server: { ...network.server, roster } });
  box.registry.putDevice({ devEui: LAMP, model: "nas-ul20xx", state: "in-stock" }, 1, () => undefined);
  const look = box.desk.look();
  await vi.waitFor(() => expect(asked).toBe(1));
  const plans = Promise.allSettled([box.desk.plan(), box.desk.plan()]);
  release();
  expect(await look).toBeDefined();
  expect((await plans).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  box.close();
});
