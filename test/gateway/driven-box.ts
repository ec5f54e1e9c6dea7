/** The box's flows on a driven clock, with a broker played by hand: what it was given and has no acknowledgement of it delivers again. */
import SQLite from "better-sqlite3";
import type { Command } from "../../commands/command.ts";
import { findModel } from "../../device-registry/models.ts";
import { eventTopic, txackEvent, upEvent } from "../../fixtures/events.ts";
import { downlinkTxInfo } from "../../fixtures/radio.ts";
import { openBoxStore } from "../../gateway/box-store.ts";
import type { ConnectionEvents } from "../../gateway/chirpstack/connection.ts";
import { createBoxClock } from "../../gateway/clock.ts";
import { queueView } from "../../gateway/command-views.ts";
import { createFlows } from "../../gateway/flows.ts";
import { openFlowStores } from "../../gateway/stores.ts";
import { type Delivery, NotConnected } from "../../gateway/words.ts";

export const T0 = Date.parse("2027-03-02T18:00:00Z");
export const MINUTE = 60_000;
export const ID = "42cb6459-a640-46ec-9623-bdff39dc4730";
const LAMP = { devEui: "70b3d5e75e000042", applicationId: "8d4b3c52-0a5e-4c4e-9d5c-0f6f2f1b7a10" };
const GATEWAY = "0016c001f1500001";

const command = (id: string, now: number): Command => ({
  id,
  target: "lamp:88383:042",
  name: "report",
  fields: {},
  author: "mairie",
  precedence: "operator",
  requestedAt: now,
  expiresAt: now + 30 * MINUTE,
});

type Waiting = Pick<Delivery, "topic" | "payload"> & { sent: boolean };

/** @param asks ChirpStack's queue may be looked at: it has sent all it had. */
export const openBox = (folder: string, asks = true) => {
  let wall = T0;
  let mono = 0;
  /** How long the next commit takes, ms. */
  let takes = 0;
  let looks = 0;
  let frames = 0;
  const disk = { full: false };
  /** `stands`: a line that carries nothing any more and is not known to be cut. */
  const line = { up: false, stands: true, deaf: false };
  let waiting: Waiting[] = [];
  const published: { readonly id: string }[] = [];
  let events: ConnectionEvents;

  const deliver = (): void => {
    for (const each of waiting) {
      if (!line.up || !line.stands || each.sent || line.deaf) continue;
      each.sent = true;
      events.onAlive();
      events.onDelivery({ ...each, qos: 1, redelivered: false, arrivedAt: wall });
    }
  };
  const cut = (): void => {
    if (!line.up) return;
    line.up = false;
    for (const each of waiting) each.sent = false;
    const { onDisconnected } = events;
    // A socket tells of its end later.
    setImmediate(onDisconnected);
  };
  const connect = (given: ConnectionEvents) => {
    events = given;
    return {
      get connected() {
        return line.up;
      },
      held: 0,
      acknowledge() {
        if (!line.deaf) waiting = waiting.filter(({ sent }) => !sent);
      },
      refuse: cut,
      deafen() {
        line.deaf = true;
      },
      listen() {
        line.deaf = false;
        cut();
      },
      async publish(_topic: string, payload: Uint8Array) {
        if (!line.up) throw new NotConnected();
        published.push(JSON.parse(Buffer.from(payload).toString()));
      },
      pause() {},
      stop: async () => {},
    };
  };

  const start = () => {
    const store = openBoxStore(folder);
    const clock = createBoxClock({ now: () => wall, mono: () => mono }, () => true);
    const { journal, ...stores } = openFlowStores(store.db, clock);
    const write: typeof journal.write = (work) => {
      if (disk.full) throw new SQLite.SqliteError("database or disk is full", "SQLITE_FULL");
      const result = journal.write(work);
      wall += takes;
      mono += takes;
      takes = 0;
      return result;
    };
    const slow = new Proxy(journal, {
      get(target, name) {
        if (name === "write") return write;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const flows = createFlows({
      stores: { ...stores, journal: slow },
      clock,
      queueClock: clock.onMachine,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      findModel,
      foreign: { find: () => undefined, read: () => Promise.reject(new Error("no foreign codec here")) },
      commitDelayMs: 0,
      space: { folder, reserveBytes: 0, checkpoint() {}, freeBytes: () => 1e9 },
      broker: { url: "mqtt://broker", clientId: "box", connect },
      reachRegion: undefined,
      health: () => {
        throw new Error("nobody asks");
      },
      commands: asks
        ? {
            queue: {
              look: async () => {
                looks += 1;
                return { items: [] };
              },
            },
          }
        : {},
      history: undefined,
      keepUp() {},
      onDamaged() {},
    });
    return { store, stores, clock, flows };
  };
  let life = start();

  const turn = async (): Promise<void> => {
    for (let each = 0; each < 3; each += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const end = async (): Promise<void> => {
    await life.flows.stop();
    life.store.close();
    line.up = false;
    for (const each of waiting) each.sent = false;
  };

  const { flows, stores } = life;
  flows.change((append) => {
    const ref = "lamp:88383:042";
    stores.registry.putAsset({ ref, kind: "lamp", commune: "88383", use: "lighting", attributes: {} }, T0, append);
    stores.registry.putDevice({ ...LAMP, model: "nas-ul20xx", asset: ref, state: "in-service" }, T0, append);
  });

  const box = {
    published,
    disk,
    line,
    looks: () => looks,
    now: () => wall,
    waiting: () => waiting.length,
    end: async () => void (await end()),
    state: () => life.flows.ledger.find(ID)?.record.state,
    reason: () => life.flows.ledger.find(ID)?.record.steps.at(-1)?.reason,
    /** What a person is told that it waits for. */
    waitsFor: () => queueView(life.flows.relay, life.flows.ledger, wall).waiting[0]?.waitsFor,
    commitTakes(ms: number) {
      takes = ms;
    },
    /** Time in which the process does nothing. `counts`: the machine itself goes on, and its monotonic clock. */
    pass(ms: number, counts = true) {
      wall += ms;
      if (counts) mono += ms;
    },
    /** Housekeeping, a second each. */
    async seconds(count: number) {
      for (let each = 0; each < count; each += 1) {
        wall += 1_000;
        mono += 1_000;
        if (line.up && line.stands) events.onAlive();
        life.flows.tick();
        await turn();
      }
    },
    /** The broker is reached again; `delivers`: what it holds comes at once. */
    async link(delivers = true) {
      line.up = true;
      events.onConnected({ present: true, grantedQos: 1, protocol: 5 });
      if (delivers) deliver();
      await turn();
    },
    async cut() {
      cut();
      await turn();
    },
    /** What the broker holds comes. */
    async redeliver() {
      deliver();
      await turn();
    },
    /** The process ends and another begins; `ms` pass between. */
    async restart(ms: number) {
      await end();
      box.pass(ms);
      life = start();
    },
    /** ChirpStack tells the broker, which tells the box if it can; the turn of the event loop ends with it. */
    async hear(kind: "txack" | "up", body: object) {
      const payload = Buffer.from(JSON.stringify(body));
      waiting.push({ topic: eventTopic(LAMP.applicationId, LAMP.devEui, kind), payload, sent: false });
      deliver();
      await turn();
    },
    /** Asks for a report, which is handed to the broker when there is a line. */
    async ask(isLinked = true) {
      if (isLinked) await box.link();
      await box.hear("up", box.up(26));
      await box.order(ID);
      await box.hear("up", box.up(25));
    },
    async order(id: string) {
      life.flows.command((append) => void life.flows.relay.place(command(id, wall), append));
      await turn();
    },
    txack: (at = wall) =>
      txackEvent({
        ...LAMP,
        time: at,
        queueItemId: ID,
        downlinkId: 1,
        fCntDown: 0,
        gatewayId: GATEWAY,
        txInfo: downlinkTxInfo("immediately", 0, 0),
      }),
    up(fPort: number) {
      frames += 1;
      return upEvent({
        ...LAMP,
        time: wall,
        fPort,
        fCnt: frames,
        data: Uint8Array.of(frames),
        dr: 5,
        rxInfo: [{ gatewayId: GATEWAY, rssi: -80, snr: 5, channel: 0 }],
      });
    },
  };
  return box;
};
