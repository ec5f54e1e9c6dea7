/** A disk that rests after a slow commit, and the ends of commands: the box's flows on a driven clock, a broker played by hand. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Command } from "../../commands/command.ts";
import { findModel } from "../../device-registry/models.ts";
import { eventTopic, txackEvent, upEvent } from "../../fixtures/events.ts";
import { downlinkTxInfo } from "../../fixtures/radio.ts";
import { openBoxStore } from "../../gateway/box-store.ts";
import type { ConnectionEvents } from "../../gateway/chirpstack/connection.ts";
import { createBoxClock } from "../../gateway/clock.ts";
import { createFlows } from "../../gateway/flows.ts";
import { openFlowStores } from "../../gateway/stores.ts";

const T0 = Date.parse("2027-03-02T18:00:00Z");
const MINUTE = 60_000;
const LAMP = { devEui: "70b3d5e75e000042", applicationId: "8d4b3c52-0a5e-4c4e-9d5c-0f6f2f1b7a10" };
const GATEWAY = "0016c001f1500001";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beffroi-rest-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ID = "42cb6459-a640-46ec-9623-bdff39dc4730";
const command = (now: number): Command => ({
  id: ID,
  target: "lamp:88383:042",
  name: "report",
  fields: {},
  author: "mairie",
  precedence: "operator",
  requestedAt: now,
  expiresAt: now + 30 * MINUTE,
});

const openBox = () => {
  let mono = 0;
  const store = openBoxStore(folder);
  const clock = createBoxClock({ now: () => T0 + mono, mono: () => mono }, () => true);
  const { journal, ...stores } = openFlowStores(store.db, clock);
  /** How long the next commit takes, ms. */
  let takes = 0;
  let looks = 0;
  const write: typeof journal.write = (work) => {
    const result = journal.write(work);
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
  let events!: ConnectionEvents;
  const published: { readonly id: string }[] = [];
  const flows = createFlows({
    stores: { ...stores, journal: slow },
    clock,
    queueClock: clock.onMachine,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    findModel,
    foreign: { find: () => undefined, read: () => Promise.reject(new Error("no foreign codec here")) },
    commitDelayMs: 0,
    space: { folder, reserveBytes: 0, checkpoint() {}, freeBytes: () => 1e9 },
    broker: {
      url: "mqtt://broker",
      clientId: "box",
      connect(given) {
        events = given;
        return {
          connected: true,
          held: 0,
          acknowledge() {},
          refuse() {},
          deafen() {},
          listen() {},
          publish: async (_topic, payload) => void published.push(JSON.parse(Buffer.from(payload).toString())),
          pause() {},
          stop: async () => {},
        };
      },
    },
    reachRegion: undefined,
    health: () => {
      throw new Error("nobody asks");
    },
    // ChirpStack's queue has sent all it had.
    commands: {
      queue: {
        look: async () => {
          looks += 1;
          return { items: [] };
        },
      },
    },
    history: undefined,
    keepUp() {},
    onDamaged() {},
  });
  events.onConnected({ present: true, grantedQos: 1, protocol: 5 });
  flows.change((append) => {
    const ref = "lamp:88383:042";
    stores.registry.putAsset({ ref, kind: "lamp", commune: "88383", use: "lighting", attributes: {} }, T0, append);
    stores.registry.putDevice({ ...LAMP, model: "nas-ul20xx", asset: ref, state: "in-service" }, T0, append);
  });
  let messages = 0;
  const turn = async (): Promise<void> => {
    for (let each = 0; each < 3; each += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    flows,
    published,
    looks: () => looks,
    state: () => flows.ledger.find(ID)?.record.state,
    /** Asks for a report, and sees it handed to the broker. */
    async ask() {
      await this.hear("up", this.up(26));
      flows.command((append) => void flows.relay.place(command(clock.now()), append));
      await this.hear("up", this.up(25));
      expect(published.map((each) => each.id)).toEqual([ID]);
    },
    txack: () =>
      txackEvent({
        ...LAMP,
        time: clock.now(),
        queueItemId: ID,
        downlinkId: 1,
        fCntDown: 0,
        gatewayId: GATEWAY,
        txInfo: downlinkTxInfo("immediately", 0, 0),
      }),
    /** A second of housekeeping. */
    async second() {
      mono += 1_000;
      flows.tick();
      await turn();
    },
    now: clock.now,
    pass(ms: number) {
      mono += ms;
    },
    commitTakes(ms: number) {
      takes = ms;
    },
    /** Comes from the broker; the turn of the event loop ends with it. */
    async hear(kind: "txack" | "up", body: object) {
      const payload = Buffer.from(JSON.stringify(body));
      messages += 1;
      events.onDelivery({
        topic: eventTopic(LAMP.applicationId, LAMP.devEui, kind),
        payload,
        qos: 1,
        redelivered: false,
        arrivedAt: clock.now(),
      });
      await turn();
    },
    up: (fPort: number) =>
      upEvent({
        ...LAMP,
        time: clock.now(),
        fPort,
        fCnt: messages,
        data: Uint8Array.of(messages),
        dr: 5,
        rxInfo: [{ gatewayId: GATEWAY, rssi: -80, snr: 5, channel: 0 }],
      }),
    async end() {
      await flows.stop();
      store.close();
    },
  };
};

it("a command whose proof came while the disk rested is proved, although its time ran out meanwhile", async () => {
  const box = openBox();
  await box.ask();
  await box.hear("txack", box.txack());
  expect(box.state()).toBe("on-air");
  // Five minutes are what the lamp has to report.
  box.pass(5 * MINUTE - 20_000);
  box.commitTakes(10_000);
  await box.hear("up", box.up(25));
  box.pass(5_000);
  await box.hear("up", box.up(23));
  await box.second();
  expect(box.state()).toBe("on-air");
  box.pass(24_000);
  await box.second();
  expect(box.state()).toBe("effect-observed");
  await box.end();
});

it("what ChirpStack's queue lacks is not judged while the word of it lies in the box, unheard", async () => {
  const box = openBox();
  await box.ask();
  box.pass(MINUTE);
  box.commitTakes(10_000);
  await box.hear("up", box.up(25));
  await box.hear("txack", box.txack());
  for (let each = 0; each < 29; each += 1) await box.second();
  expect([box.looks(), box.state()]).toEqual([1, "queued"]);
  await box.second();
  expect(box.state()).toBe("on-air");
  await box.end();
});
