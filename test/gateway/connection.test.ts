/**
 * The contract with MQTT.js that "acknowledge only what is durable" stands on, against real brokers of both versions. When an
 * update of the library breaks the hook of gateway/chirpstack/connection.ts, this is where it shows.
 */
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Connection, connectBroker } from "../../gateway/chirpstack/connection.ts";
import type { Delivery } from "../../gateway/words.ts";
import { hasMosquitto, startAedes, startMosquitto, type TestBroker } from "./brokers.ts";

const brokers = [
  ...(hasMosquitto ? [{ name: "mosquitto, MQTT 5", start: () => startMosquitto(), protocol: 5 }] : []),
  { name: "aedes, MQTT 3.1.1", start: startAedes, protocol: 4 },
];

const TOPIC = "application/a/device/0000000000000001/event/up";

/** What a box sees; `arrived(n)` resolves when n messages have come. */
const openBox = (url: string) => {
  const deliveries: Delivery[] = [];
  const sessions: { present: boolean; protocol: number }[] = [];
  const waiting: (() => void)[] = [];
  let alive = 0;
  const check = (): void => {
    for (const look of [...waiting]) look();
  };
  const until = (reached: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!reached()) return;
        waiting.splice(waiting.indexOf(look), 1);
        resolve();
      };
      waiting.push(look);
      look();
    });
  const connection: Connection = connectBroker({
    broker: { url, clientId: "beffroi-test", sessionExpirySeconds: 3_600 },
    topic: "application/+/device/+/event/+",
    now: Date.now,
    onAlive: () => {
      alive += 1;
    },
    onDelivery: (delivery) => {
      deliveries.push(delivery);
      check();
    },
    onConnected: (session) => {
      sessions.push(session);
      check();
    },
    onDisconnected: check,
    onError: () => {},
  });
  return {
    connection,
    deliveries,
    sessions,
    alive: () => alive,
    texts: () => deliveries.map(({ payload }) => Buffer.from(payload).toString()),
    connected: (times = 1) => until(() => sessions.length >= times),
    arrived: (count: number) => until(() => deliveries.length >= count),
  };
};

describe.each(brokers)("acknowledgements held until the commit ($name)", ({ start, protocol }) => {
  let broker: TestBroker;
  let publisher: MqttClient;
  const publish = (from: number, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => publisher.publishAsync(TOPIC, String(from + index), { qos: 1 })),
    );
  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => String(from + index));

  beforeEach(async () => {
    broker = await start();
    publisher = await mqtt.connectAsync(broker.url);
  });
  afterEach(async () => {
    await publisher.endAsync(true);
    await broker.stop();
  });

  it("speaks the newest version the broker knows", async () => {
    const box = openBox(broker.url);
    await box.connected();
    expect(box.sessions).toEqual([expect.objectContaining({ present: false, protocol })]);
    await box.connection.stop();
  });

  it("tells that the line stands, also by the answer to a ping", async () => {
    const box = openBox(broker.url);
    await box.connected();
    const before = box.alive();
    expect(before).toBeGreaterThan(0);
    await publish(0, 1);
    await box.arrived(1);
    expect(box.alive()).toBeGreaterThan(before);
    await box.connection.stop();
    const pinging = await mqtt.connectAsync(broker.url, { keepalive: 1 });
    await new Promise<void>((resolve) => {
      pinging.on("packetreceive", ({ cmd }) => {
        if (cmd === "pingresp") resolve();
      });
    });
    await pinging.endAsync(true);
  });

  it("lets messages flow while none is acknowledged", async () => {
    const box = openBox(broker.url);
    await box.connected();
    await publish(0, 500);
    const flowing = protocol === 5 ? 500 : 16;
    await box.arrived(flowing);
    expect(box.connection.held).toBeGreaterThanOrEqual(flowing);
    expect(box.texts()).toEqual(numbers(0, box.deliveries.length));
    await box.connection.stop();
  });

  it("gets everything again, in order, that it did not acknowledge before it died", async () => {
    const first = openBox(broker.url);
    await first.connected();
    await publish(0, 10);
    await first.arrived(10);
    first.connection.acknowledge();
    await publish(10, 10);
    await first.arrived(20);
    first.connection.pause();
    first.connection.refuse();
    await first.connection.stop();

    await publish(20, 10);
    const second = openBox(broker.url);
    await second.connected();
    await second.arrived(20);
    expect(second.sessions[0]?.present).toBe(true);
    expect(second.texts()).toEqual(numbers(10, 20));
    second.connection.acknowledge();
    await second.connection.stop();

    const third = openBox(broker.url);
    await third.connected();
    await publish(30, 1);
    await third.arrived(1);
    expect(third.texts()).toEqual(["30"]);
    await third.connection.stop();
  });

  it("gets everything again after it refused, on a new connection of its own", async () => {
    const box = openBox(broker.url);
    await box.connected();
    await publish(0, 12);
    await box.arrived(12);
    box.connection.refuse();
    expect(box.connection.held).toBe(0);
    await box.connected(2);
    await box.arrived(24);
    expect(box.texts().slice(12)).toEqual(numbers(0, 12));
    box.connection.acknowledge();
    await box.connection.stop();
  });

  it("leaves with the broker what comes while it is deaf, still sends, and gets all of it once it listens", async () => {
    const box = openBox(broker.url);
    await box.connected();
    await publish(0, 5);
    await box.arrived(5);
    box.connection.deafen();
    expect(box.connection.held).toBe(0);
    await publish(5, 5);
    // Goes out on the same connection, and comes back after what the broker had sent before.
    await publisher.subscribeAsync("application/+/device/+/command/down", { qos: 1 });
    const heard = new Promise<string>((resolve) => publisher.once("message", (_, payload) => resolve(String(payload))));
    await box.connection.publish("application/a/device/b/command/down", Buffer.from("go"));
    expect(await heard).toBe("go");
    // Whoever commits now has none of these.
    box.connection.acknowledge();
    expect(box.texts()).toEqual(numbers(0, 5));
    expect(box.sessions).toHaveLength(1);

    box.connection.listen();
    await box.connected(2);
    await box.arrived(15);
    expect(box.sessions[1]?.present).toBe(true);
    expect(box.texts().slice(5)).toEqual(numbers(0, 10));
    box.connection.acknowledge();
    // Who hears already is not connected anew.
    box.connection.listen();
    await publish(10, 1);
    await box.arrived(16);
    expect(box.sessions).toHaveLength(2);
    await box.connection.stop();
  });

  it("publishes at QoS 1 and says so when it cannot", async () => {
    const box = openBox(broker.url);
    await box.connected();
    await publisher.subscribeAsync("application/+/device/+/command/down", { qos: 1 });
    const heard = new Promise<string>((resolve) => publisher.once("message", (_, payload) => resolve(String(payload))));
    await box.connection.publish("application/a/device/b/command/down", Buffer.from("go"));
    expect(await heard).toBe("go");
    await box.connection.stop();
    await expect(box.connection.publish("application/a/device/b/command/down", Buffer.from("go"))).rejects.toThrow();
  });
});
