/** What ChirpStack remembers, read from its API and from its Redis: one contract for both, and what only a line of all devices can. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBroker } from "../../fixtures/broker.ts";
import { type ChirpStackDouble, startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { type EventStreams, startEventStreams } from "../../fixtures/chirpstack/event-streams.ts";
import { upEvent } from "../../fixtures/events.ts";
import { createEventHistories } from "../../gateway/chirpstack/event-histories.ts";
import { createEventHistory } from "../../gateway/chirpstack/event-history.ts";
import { readEvent } from "../../gateway/chirpstack/events.ts";
import { createProtobufReader } from "../../gateway/chirpstack/protobuf-events.ts";
import { createRedisHistory, isBefore } from "../../gateway/chirpstack/redis-history.ts";
import { ALL_EVENTS, askRedis, eventsOf } from "../../gateway/chirpstack/redis-streams.ts";
import type { EventHistory, LineBreak, PastEvent } from "../../gateway/words.ts";
import { type RunningRedis, startRedis } from "../system/redis.ts";
import { freePort, systemSuite } from "../system/servers.ts";

const DEVICE = "24e124136b502217";
const OTHER = "24e124136b502218";
const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const T0 = Date.parse("2026-03-02T06:15:04Z");
const PASSWORD = "a-password-nobody-may-see";
const rxInfo = [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25, channel: 3 }];

const readProtobuf = createProtobufReader();
/** In the house's words, whatever it was written in. */
const readPast = ({ kind, devEui, applicationId = "", payload }: PastEvent) =>
  readEvent(
    { topic: "", payload, qos: 1, redelivered: false, arrivedAt: 0 },
    { devEui, applicationId, event: kind },
    readProtobuf,
  );
const countersOf = (past: readonly PastEvent[]): number[] =>
  past.map(readPast).map((event) => (event.kind === "up" ? event.fCnt : -1));

systemSuite("histories of ChirpStack", ["redis"], () => {
  let folder: string;
  let redis: RunningRedis;
  let double: ChirpStackDouble;
  let streams: EventStreams;
  let stop: () => Promise<void>;
  let api: { api: string; apiKeyFile: string; silenceMs: number };
  let passwordFile: string;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "beffroi-histories-"));
    redis = await startRedis(["--requirepass", PASSWORD, "--stream-node-max-entries", "20"]);
    const broker = await startBroker();
    double = await startChirpStackDouble({
      brokerUrl: broker.url,
      devices: [DEVICE, OTHER].map((devEui) => ({ devEui, applicationId: APPLICATION })),
      api: { port: 0 },
      timing: { deduplicationMs: 5 },
      redis: { url: redis.url, password: PASSWORD },
    });
    streams = await startEventStreams({ url: redis.url, password: PASSWORD, allMax: 600 });
    passwordFile = file("redis.password", `${PASSWORD}\n`);
    api = {
      api: `http://${double.api!.address}`,
      apiKeyFile: file("api.key", `${double.api!.apiKey}\n`),
      silenceMs: 300,
    };
    stop = async () => {
      await Promise.all([double.stop(), streams.stop()]);
      await broker.stop();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    };
  });
  afterAll(() => stop());

  const address = () => ({ url: redis.url, passwordFile });
  let sent = 0;
  /** By the double, as ChirpStack does: an uplink is an event when its copies have had their time. */
  const uplink = async (devEui: string): Promise<void> => {
    const data = Buffer.of(1, 0x75, sent++);
    double.uplink(devEui, { fPort: 85, data, rxInfo });
    const isThere = (past: PastEvent) => Buffer.from(past.payload).includes(data);
    while (!(await createRedisHistory(address()).of(devEui)).some(isThere)) await pause(20);
  };
  /** Straight into the streams. */
  const speak = async (devEui: string, times = 1): Promise<void> => {
    const origin = { devEui, applicationId: APPLICATION };
    for (let n = 0; n < times; n++)
      streams.note({
        kind: "up",
        body: upEvent({ ...origin, fPort: 85, fCnt: sent++, dr: 5, data: Buffer.of(1), rxInfo, time: T0 }),
      });
    await streams.settled();
  };

  const contract: readonly [string, () => EventHistory][] = [
    ["of its API", () => createEventHistory(api)],
    ["of its Redis", () => createRedisHistory(address())],
  ];

  test.each(contract)("the history %s tells a device's last events in their order", async (_, build) => {
    for (const devEui of [DEVICE, DEVICE, OTHER, DEVICE]) await uplink(devEui);
    const past = await build().of(DEVICE);
    const counters = countersOf(past);
    expect(counters.length).toBeGreaterThanOrEqual(3);
    expect(counters).toEqual(counters.toSorted((one, other) => one - other));
    expect(new Set(past.map(({ devEui, applicationId }) => `${devEui} ${applicationId}`))).toEqual(
      new Set([`${DEVICE} ${APPLICATION}`]),
    );
  });

  test.each(contract)("the history %s has nothing of a device nobody knows", async (_, build) => {
    expect(await build().of("00000000000000ff")).toEqual([]);
  });

  test("both say the same of one event", async () => {
    await uplink(DEVICE);
    const [one, other] = await Promise.all(contract.map(async ([, build]) => (await build().of(DEVICE)).at(-1)!));
    expect(readPast(one!)).toEqual(readPast(other!));
  });

  test("while Redis cannot be asked, the API is; without it the question is asked again", async () => {
    const away = { url: `redis://127.0.0.1:${await freePort()}` };
    await uplink(DEVICE);
    expect((await createEventHistories({ api, redis: away })!.of(DEVICE)).length).toBeGreaterThan(0);
    await expect(createEventHistories({ api: undefined, redis: away })!.of(DEVICE)).rejects.toMatchObject({
      code: "unreachable",
    });
  });

  test("a wrong password is refused, and none is ever told", async () => {
    const wrong = { ...address(), passwordFile: file("wrong.password", "not-this-one\n") };
    const refused = await createRedisHistory(wrong)
      .of(DEVICE)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "refused" });
    const none = await createRedisHistory({ url: redis.url })
      .of(DEVICE)
      .catch((error: unknown) => error);
    expect(none).toMatchObject({ code: "refused" });
    for (const error of [refused, none]) expect(JSON.stringify([error, String(error)])).not.toMatch(/not-this|nobody/);
    await expect(
      createRedisHistory({ ...address(), passwordFile: join(folder, "none") }).of(DEVICE),
    ).rejects.toMatchObject({ code: "file" });
  });

  /** What is read after a bookmark. */
  const readLine = async (bookmark: string | undefined, settled = false) => {
    const pages: PastEvent[][] = [];
    let last = bookmark;
    const told: { how: LineBreak; since: number; before: boolean }[] = [];
    const take = (events: readonly PastEvent[], next: string): void => {
      if (events.length > 0) pages.push([...events]);
      last = next;
    };
    const tell = (how: LineBreak, since: number): void => void told.push({ how, since, before: last === bookmark });
    const broken = await createRedisHistory(address()).line.read({ bookmark, settled }, take, tell);
    const since = Number(bookmark?.split("-")[0]);
    expect(told).toEqual(broken === undefined ? [] : [{ how: broken, since, before: true }]);
    return { pages, events: pages.flat(), last, broken };
  };

  test("the line begins where it ends, and then gives each event once, in pages, of all devices", async () => {
    await speak(DEVICE, 5);
    const begun = await readLine(undefined);
    expect(begun).toMatchObject({ events: [], broken: undefined });
    await speak(DEVICE, 300);
    await speak(OTHER, 300);
    const read = await readLine(begun.last);
    expect(read.pages.map((page) => page.length)).toEqual([500, 100]);
    expect(read.broken).toBeUndefined();
    expect(read.events.filter(({ devEui }) => devEui === OTHER)).toHaveLength(300);
    expect(new Set(countersOf(read.events.filter(({ devEui }) => devEui === DEVICE))).size).toBe(300);
    expect((await readLine(read.last)).events).toEqual([]);
    await speak(OTHER);
    expect((await readLine(read.last)).events).toHaveLength(1);
    // Less than a minute old: the broker may still bring it.
    expect((await readLine(read.last, true)).events).toEqual([]);
  });

  test("what the line no longer holds is said: trimmed, put back, emptied", async () => {
    const { last } = await readLine(undefined);
    await speak(DEVICE, 900);
    const trimmed = await readLine(last);
    expect(trimmed.broken).toBe("trimmed");
    expect(trimmed.events.length).toBeGreaterThanOrEqual(600);
    expect(trimmed.events.length).toBeLessThan(900);

    const ahead = `${Number(trimmed.last!.split("-")[0]) + 3_600_000}-0`;
    const back = await readLine(ahead);
    expect(back.broken).toBe("went-back");
    expect(back.events.length).toBe(trimmed.events.length);

    const connection = { url: redis.url, passwordFile };
    await redis.restart();
    expect(await askRedis(connection, (streams) => streams.length(ALL_EVENTS))).toBe(0);
    const emptied = await readLine(trimmed.last);
    expect(emptied).toMatchObject({ broken: "emptied", events: [], last: "0-0" });
    // Said once; what comes from now on is read from its beginning.
    while ((await askRedis(connection, (reads) => reads.length(eventsOf(OTHER)))) === 0) {
      await speak(OTHER);
      await pause(50);
    }
    const anew = await readLine(emptied.last);
    expect(anew.broken).toBeUndefined();
    expect(anew.events.length).toBeGreaterThan(0);
  });

  test("bytes that are no event are handed on without a device", async () => {
    const { last } = await readLine(undefined);
    await askRedisToAdd(address().url, "up", Buffer.from("no protobuf of ours"));
    const { events } = await readLine(last);
    expect(events).toEqual([{ kind: "up", devEui: "", payload: Buffer.from("no protobuf of ours") }]);
  });
});

const askRedisToAdd = async (url: string, kind: string, payload: Buffer): Promise<void> => {
  const { createClient } = await import("@redis/client");
  const client = createClient({ url, password: PASSWORD, RESP: 2, maintNotifications: "disabled" });
  await client.connect();
  await client.xAdd(ALL_EVENTS, "*", { [kind]: payload });
  client.destroy();
};

test("ids are numbers, not words", () => {
  expect(isBefore("9-0", "10-0")).toBe(true);
  expect(isBefore("1700000000000-9", "1700000000000-10")).toBe(true);
  expect(isBefore("1700000000000-10", "1700000000000-10")).toBe(false);
  expect(isBefore("1700000000001-0", "1700000000000-99")).toBe(false);
});
