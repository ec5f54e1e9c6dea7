import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import type { ClockQuality, EntryBody, Outcome, Reading } from "../../cloud-sync/protocol/entry.ts";
import type { Codec } from "../../codecs/words.ts";
import { findModel } from "../../device-registry/models.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openLedger } from "../../gateway/ledger.ts";
import { createRelay } from "../../gateway/relay.ts";
import { type ChirpStackEvent, type Downlink, NotConnected } from "../../gateway/words.ts";

const DEV_EUI = "70b3d5e75e000042";
const LAMP = "lamp:88383:042";
const ID = ["0", "1", "2", "3"].map((digit) => `42cb6459-a640-46ec-9623-bdff39dc473${digit}`);

const codec: Codec = {
  id: "nas-ul20xx",
  version: 1,
  decode: () => ({ ok: false, fault: { code: "unused", message: "" } }),
  encode: (_, { level }) =>
    typeof level === "number" && level <= 100
      ? { ok: true, value: { fPort: 60, bytes: Uint8Array.of(1, 0xfe, level) } }
      : { ok: false, fault: { code: "out-of-range", message: "level" } },
};

const base = { devEui: DEV_EUI, applicationId: "app", deviceName: "lamp", tags: {}, time: 0 };
const txack = (queueItemId: string): ChirpStackEvent => ({
  ...base,
  kind: "txack",
  queueItemId,
  downlinkId: 7,
  fCntDown: 1,
  gatewayId: "0016c001f1500001",
});
const ack = (queueItemId: string, acknowledged: boolean): ChirpStackEvent => ({
  ...base,
  kind: "ack",
  queueItemId,
  acknowledged,
  fCntDown: 1,
  deduplicationId: "",
});
const logged = (code: string, queue_item_id?: string): ChirpStackEvent => ({
  ...base,
  kind: "log",
  level: "ERROR",
  code,
  description: "",
  context: queue_item_id ? { queue_item_id } : {},
});
const up = (time = 1): ChirpStackEvent => ({
  ...base,
  time,
  kind: "up",
  deduplicationId: "d",
  devAddr: "01",
  fCnt: 1,
  fPort: 26,
  dr: 5,
  confirmed: false,
  data: new Uint8Array(),
});
const power = (watts: number): Reading => ({
  kind: "reading",
  device: DEV_EUI,
  asset: LAMP,
  at: 0,
  receivedAt: 0,
  fCnt: 1,
  fPort: 26,
  frame: new Uint8Array(),
  measurements: [{ name: "lamp.power", value: watts, unit: "W" }],
  history: [],
  notes: [],
});

const bench = (db = new Database(":memory:")) => {
  const clock = { time: 1_000, trust: "confirmed" as ClockQuality, now: () => clock.time, quality: () => clock.trust };
  const entries: EntryBody[] = [];
  const append = (body: EntryBody) => entries.push(body);
  const disk = { full: false };
  const write = <T>(work: (append: (body: EntryBody) => number) => T): T => {
    if (disk.full) throw new Error("SQLITE_FULL");
    return db.transaction(() => work(append)).immediate();
  };
  const registry = openRegistry(db);
  const ledger = openLedger(db);
  const published: Downlink[] = [];
  const broker = { connected: true };
  const relay = createRelay({
    ledger,
    registry,
    findModel,
    findCodec: () => codec,
    clock,
    write,
    publishDown: async (_application, _devEui, downlink) => {
      if (!broker.connected) throw new NotConnected();
      published.push(downlink);
    },
    linkedSince: () => 0,
    heardUntil: () => Number.POSITIVE_INFINITY,
    log: { warn: () => {} },
  });
  registry.putAsset(
    { ref: LAMP, kind: "lamp", commune: "88383", use: "lighting", attributes: { ratedWatts: 84 } },
    0,
    append,
  );
  registry.putDevice(
    { devEui: DEV_EUI, model: "nas-ul20xx", state: "installed", asset: LAMP, applicationId: "app" },
    0,
    append,
  );
  entries.length = 0;
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const say = async (event: ChirpStackEvent, reading?: Reading) => {
    write((append) => relay.observe(event, reading, append));
    relay.afterCommit();
    await settle();
  };
  const order = async (index: number, level = 50, more: Record<string, unknown> = {}, trouble?: string) => {
    const command = {
      id: ID[index],
      target: LAMP,
      name: "dim",
      fields: { level },
      author: "mairie",
      precedence: "operator",
      requestedAt: clock.time,
      expiresAt: clock.time + 60_000,
      ...more,
    };
    write((append) => relay.order(command, append));
    relay.afterCommit();
    disk.full = trouble !== undefined;
    await settle();
  };
  const tick = async () => {
    write((append) => relay.tick(append));
    relay.afterCommit();
    await settle();
  };
  const states = (index: number) => (ledger.find(ID[index]!)?.record.steps ?? []).map(({ state }) => state);
  return { db, disk, clock, entries, ledger, published, broker, relay, say, order, tick, states };
};

let b: ReturnType<typeof bench>;
beforeEach(() => {
  b = bench();
});

describe("the relay", () => {
  it("carries a dim to its effect and journals each step once", async () => {
    await b.order(0);
    expect(b.published).toMatchObject([{ id: ID[0], fPort: 60, confirmed: false, expiresAt: 61_000 }]);
    expect([...b.published[0]!.data]).toEqual([1, 0xfe, 50]);
    await b.say(txack(ID[0]!));
    await b.say(up(), power(42));
    const all = ["requested", "accepted", "queued", "on-air", "effect-observed"];
    expect(b.states(0)).toEqual(all);
    const outcomes = b.entries as Outcome[];
    expect(outcomes.map(({ state }) => state)).toEqual(all.slice(1));
    expect(outcomes[0]?.request).toMatchObject({ id: ID[0], target: LAMP, fields: { level: 50 } });
    expect(outcomes.slice(1).every(({ request }) => request === undefined)).toBe(true);
  });

  it("takes the same order twice as one", async () => {
    await b.order(0);
    await b.order(0);
    expect(b.published).toHaveLength(1);
    expect(b.states(0)).toEqual(["requested", "accepted", "queued"]);
  });

  it.each([
    [{ target: "lamp:88383:999" }, "unknown-asset"],
    [{ name: "explode" }, "unknown-command"],
    [{ fields: { level: 101 } }, "out-of-range: level"],
    [{ expiresAt: 1_000 }, "past-expiry"],
  ])("refuses %j and says why", async (wrong, reason) => {
    await b.order(0, 50, wrong);
    expect(b.published).toEqual([]);
    expect(b.entries).toMatchObject([{ kind: "outcome", state: "refused", reason }]);
  });

  it("keeps one command per device at ChirpStack; the newest of those waiting wins", async () => {
    await b.order(0, 50);
    await b.order(1, 60);
    await b.order(2, 70);
    expect(b.published.map(({ id }) => id)).toEqual([ID[0]]);
    expect(b.states(1)).toEqual(["requested", "accepted", "superseded"]);
    await b.say(txack(ID[0]!));
    expect(b.published.map(({ id }) => id)).toEqual([ID[0], ID[2]]);
    await b.say(txack(ID[2]!));
    expect(b.states(0).at(-1)).toBe("superseded");
    await b.say(up(), power(84 * 0.7));
    expect(b.states(2).at(-1)).toBe("effect-observed");
  });

  it("lets a waiting command of higher precedence stand", async () => {
    await b.order(0);
    await b.order(1, 100, { precedence: "safety" });
    await b.order(2, 20, { precedence: "schedule" });
    expect(b.states(1).at(-1)).toBe("accepted");
    await b.say(txack(ID[0]!));
    expect(b.published.at(-1)?.id).toBe(ID[1]);
  });

  it("never publishes again after a crash between the mark and the broker's word", async () => {
    const row = () => b.ledger.find(ID[0]!)!;
    b.broker.connected = false;
    await b.order(0);
    b.ledger.put({ ...row(), publishedAt: 1_000 });
    const again = bench(b.db);
    await again.tick();
    expect(again.published).toEqual([]);
    again.clock.time = 61_000 + 15_000;
    await again.tick();
    expect(again.states(0).at(-1)).toBe("expired");
  });

  it("waits and tries again when the broker did not take it", async () => {
    b.broker.connected = false;
    await b.order(0);
    expect(b.states(0)).toEqual(["requested", "accepted"]);
    b.broker.connected = true;
    await b.tick();
    expect(b.states(0)).toEqual(["requested", "accepted", "queued"]);
    expect(b.published).toHaveLength(1);
  });

  it("expires what never went on air, and sends nothing late", async () => {
    b.broker.connected = false;
    await b.order(0);
    b.broker.connected = true;
    b.clock.time = 61_000;
    await b.tick();
    expect(b.states(0)).toEqual(["requested", "accepted", "expired"]);
    expect(b.published).toEqual([]);
  });

  it("fails when the effect does not show in time, and a late effect changes nothing", async () => {
    await b.order(0);
    await b.say(txack(ID[0]!));
    b.clock.time += findModel("nas-ul20xx")!.commands.dim!.effectWithinSeconds * 1_000;
    await b.tick();
    await b.say(up(), power(42));
    expect(b.states(0).at(-1)).toBe("failed");
  });

  it("believes ChirpStack's word: expired, too large, not acknowledged", async () => {
    await b.order(0);
    await b.say(logged("EXPIRED", ID[0]));
    expect(b.states(0).at(-1)).toBe("expired");
    await b.order(1);
    await b.say(logged("DOWNLINK_PAYLOAD_SIZE", ID[1]));
    expect(b.ledger.find(ID[1]!)?.record.steps.at(-1)).toMatchObject({
      state: "failed",
      reason: "DOWNLINK_PAYLOAD_SIZE",
    });
    await b.order(2);
    await b.say(ack(ID[2]!, false));
    expect(b.ledger.find(ID[2]!)?.record.steps.at(-1)).toMatchObject({ state: "failed", reason: "no-acknowledgement" });
    await b.order(3);
    await b.say(logged("DOWNLINK_GATEWAY"));
    expect(b.states(3).at(-1)).toBe("queued");
  });

  it("takes an acknowledgement before its txack as both", async () => {
    await b.order(0);
    await b.say(ack(ID[0]!, true));
    await b.say(txack(ID[0]!));
    expect(b.states(0).slice(-2)).toEqual(["on-air", "acknowledged"]);
  });

  it("runs nothing while the clock is unknown", async () => {
    b.clock.trust = "unknown";
    await b.order(0);
    b.clock.time += 3_600_000;
    await b.tick();
    expect(b.published).toEqual([]);
    expect(b.states(0)).toEqual(["requested", "accepted"]);
    b.clock.trust = "confirmed";
    await b.tick();
    expect(b.states(0).at(-1)).toBe("expired");
    expect(b.published).toEqual([]);
  });

  it("what was asked while the clock was ahead does not go out once it is right; what the region asked in its own time does", async () => {
    const right = b.clock.time;
    b.clock.time += 10 * 365 * 86_400_000;
    b.clock.trust = "unknown";
    await b.order(0);
    await b.order(1, 70, { requestedAt: right, expiresAt: right + 60_000, precedence: "override", name: "release" });
    b.clock.time = right + 40_000;
    b.clock.trust = "confirmed";
    // A message may come before the second is over.
    await b.say(up());
    await b.tick();
    expect(b.states(0).at(-1)).toBe("expired");
    expect(b.entries.findLast((entry) => entry.kind === "outcome" && entry.command === ID[0])).toMatchObject({
      reason: "asked-by-wrong-clock",
    });
    expect(b.published.map(({ id }) => id)).toEqual([ID[1]]);
  });

  it("goes on when the disk refuses the broker's word", async () => {
    await b.order(0, 50, {}, "full after the publish");
    expect(b.states(0)).toEqual(["requested", "accepted"]);
    b.disk.full = false;
    await b.say(txack(ID[0]!));
    await b.say(up(), power(42));
    expect(b.published).toHaveLength(1);
    expect(b.states(0).at(-1)).toBe("effect-observed");
  });

  it("ignores a malformed order", async () => {
    await b.order(0, 50, { id: "x" });
    expect(b.entries).toEqual([]);
  });
});
