/**
 * The connection to the broker that carries ChirpStack's events. Messages are handed on as they come; their acknowledgements are
 * held until `acknowledge()`, which the caller calls after its commit.
 *
 * How they are held: MQTT.js calls `handleMessage(packet, callback)` for each message and sends the PUBACK when the callback gets
 * no error; with an error it sends none and goes on to the next packet. So the callback always gets one, and the PUBACKs are
 * written here, all of a commit at once. `test/gateway/connection.test.ts` guards this against the installed version.
 */
import { readFileSync } from "node:fs";
import mqtt, { type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient } from "mqtt";
import packets from "mqtt-packet";
import { type Delivery, NotConnected } from "../words.ts";

export interface BrokerAddress {
  readonly url: string;
  readonly clientId: string;
  readonly sessionExpirySeconds: number;
  readonly username?: string;
  readonly password?: string;
  readonly caFile?: string;
  /** Key and certificate in one PEM file, for a broker that asks who comes. */
  readonly certificateFile?: string;
}

/** What the connection tells its owner. */
export interface ConnectionEvents {
  /** A packet came, be it the answer to a ping: the line stands. */
  onAlive(): void;
  onDelivery(delivery: Delivery): void;
  /** After each CONNACK and subscription. */
  onConnected(session: { readonly present: boolean; readonly grantedQos: number; readonly protocol: 4 | 5 }): void;
  onDisconnected(): void;
  /** World errors: the connection goes on trying. */
  onError(error: Error): void;
}

export interface ConnectionOptions extends ConnectionEvents {
  readonly broker: BrokerAddress;
  /** Subscribed at QoS 1. */
  readonly topic: string;
  now(): number;
  /** Longest wait between two attempts, ms. */
  readonly retryMsMax?: number;
  random?(): number;
}

export interface Connection {
  readonly connected: boolean;
  /** Messages whose acknowledgement is held. */
  readonly held: number;
  /** Sends the PUBACK of every message handed on so far. Those of a connection that is gone are forgotten: the broker redelivers. */
  acknowledge(): void;
  /** Acknowledges nothing and connects anew, so that the broker delivers again what is not acknowledged. */
  refuse(): void;
  /** What comes from now on is left with the broker, unacknowledged; the connection stays, for what goes down. */
  deafen(): void;
  /** Connects anew and hears again: the broker delivers what was left. */
  listen(): void;
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /** No message is handed on after this; acknowledgements still go out. */
  pause(): void;
  stop(): Promise<void>;
}

/** MQTT 5 lets the client say how many messages may be in flight to it; mosquitto's own default of 20 would wait on every commit. */
const RECEIVE_MAXIMUM = 65_535;
const RETRY_MS = 500;
const RETRY_MS_MAX = 30_000;
const KEEPALIVE_SECONDS = 30;
/** CONNACK codes that mean "not this version": 0x01 of MQTT 3.1.1, 0x84 of MQTT 5. */
const UNSUPPORTED_VERSION = [1, 132];
const STOP_MS_MAX = 2_000;

// Else the library keeps a buffer for each of 65,536 numbers: 8 MB, and an object each for the garbage collector to look at.
packets.writeToStream.cacheNumbers = false;

class NotAcknowledged extends Error {}
/** Tells MQTT.js to send no PUBACK; one object, since a stack trace a message would be slow. */
const HELD = new NotAcknowledged("held until the commit");

const pubacks = (ids: readonly number[]): Buffer => {
  const bytes = Buffer.allocUnsafe(ids.length * 4);
  let at = 0;
  for (const id of ids) {
    // Fixed header, remaining length 2, packet id: the short form is valid in MQTT 3.1.1 (3.4) and MQTT 5 (3.4.2.1).
    bytes[at] = 0x40;
    bytes[at + 1] = 2;
    bytes[at + 2] = id >> 8;
    bytes[at + 3] = id & 0xff;
    at += 4;
  }
  return bytes;
};

const clientOptions = (options: ConnectionOptions, protocol: 4 | 5): IClientOptions => {
  const { broker } = options;
  const own = broker.certificateFile === undefined ? undefined : readFileSync(broker.certificateFile);
  return {
    clientId: broker.clientId,
    clean: false,
    protocolVersion: protocol,
    keepalive: KEEPALIVE_SECONDS,
    reconnectPeriod: RETRY_MS,
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    ...(broker.username === undefined ? {} : { username: broker.username }),
    ...(broker.password === undefined ? {} : { password: broker.password }),
    ...(broker.caFile === undefined ? {} : { ca: readFileSync(broker.caFile) }),
    ...(own === undefined ? {} : { cert: own, key: own }),
    ...(protocol === 5
      ? { properties: { sessionExpiryInterval: broker.sessionExpirySeconds, receiveMaximum: RECEIVE_MAXIMUM } }
      : {}),
  };
};

/** Starts connecting at once and never gives up. Tries MQTT 5 first; a broker that refuses it is spoken to in MQTT 3.1.1. */
export const connectBroker = (options: ConnectionOptions): Connection => {
  const random = options.random ?? Math.random;
  const retryMsMax = options.retryMsMax ?? RETRY_MS_MAX;
  let protocol: 4 | 5 = 5;
  let everConnected = false;
  let stopped = false;
  let paused = false;
  let deaf = false;
  let failures = 0;
  let refusals = 0;
  let held: number[] = [];
  let refused: MqttClient["stream"] | undefined;
  let client: MqttClient = open();

  function open(): MqttClient {
    const opened = mqtt.connect(options.broker.url, clientOptions(options, protocol));
    const mine = (): boolean => opened === client && !stopped;
    opened.handleMessage = (packet, callback) => {
      receive(opened, packet);
      callback(HELD);
    };
    opened.on("packetreceive", () => {
      if (mine()) options.onAlive();
    });
    opened.on("connect", (connack) => {
      if (mine()) subscribe(opened, connack);
    });
    opened.on("close", () => {
      if (!mine()) return;
      held = [];
      failures += 1;
      // Jitter, so that boxes that lost one broker do not come back as one.
      const wait = Math.min(retryMsMax, RETRY_MS * 2 ** Math.min(Math.max(failures, refusals) - 1, 10));
      opened.options.reconnectPeriod = Math.round(wait * (0.5 + random() / 2));
      options.onDisconnected();
    });
    opened.on("error", (error) => {
      if (!mine()) return;
      if (protocol === 5 && !everConnected && UNSUPPORTED_VERSION.includes(codeOf(error))) {
        protocol = 4;
        opened.end(true);
        client = open();
      } else options.onError(error);
    });
    return opened;
  }

  function receive(opened: MqttClient, packet: IPublishPacket): void {
    // MQTT.js goes on with packets it had parsed before a connection ended; their ids mean nothing on the next one.
    if (paused || deaf || opened !== client || !opened.connected || opened.stream === refused) return;
    if (packet.qos > 0 && packet.messageId !== undefined) held.push(packet.messageId);
    options.onDelivery({
      topic: packet.topic,
      payload: packet.payload as Uint8Array,
      qos: packet.qos,
      redelivered: packet.dup,
      arrivedAt: options.now(),
    });
  }

  function subscribe(opened: MqttClient, connack: IConnackPacket): void {
    everConnected = true;
    failures = 0;
    // Also with a session present: the filter may have changed since, and subscribing again is idempotent (MQTT 5, 3.8.4).
    opened.subscribe(options.topic, { qos: 1 }, (error, granted) => {
      if (opened !== client || stopped) return;
      if (error) {
        options.onError(error);
        opened.stream.destroy();
        return;
      }
      options.onConnected({ present: connack.sessionPresent, grantedQos: granted?.[0]?.qos ?? 1, protocol });
    });
  }

  const refuse = (): void => {
    held = [];
    refusals += 1;
    refused = client.stream;
    refused.destroy();
  };

  return {
    get connected() {
      return client.connected;
    },
    get held() {
      return held.length;
    },
    acknowledge() {
      if (held.length === 0) return;
      const ids = held;
      held = [];
      refusals = 0;
      if (client.connected) client.stream.write(pubacks(ids));
    },
    refuse,
    deafen() {
      deaf = true;
      held = [];
    },
    listen() {
      if (!deaf) return;
      deaf = false;
      refuse();
    },
    publish(topic, payload) {
      if (!client.connected) return Promise.reject(new NotConnected());
      return client.publishAsync(topic, Buffer.from(payload), { qos: 1 }).then(() => undefined);
    },
    pause() {
      paused = true;
    },
    stop() {
      stopped = true;
      return new Promise((resolve) => {
        const late = setTimeout(() => client.end(true, {}, () => resolve()), STOP_MS_MAX);
        client.end(false, {}, () => {
          clearTimeout(late);
          resolve();
        });
      });
    },
  };
};

const codeOf = (error: Error): number => ("code" in error && typeof error.code === "number" ? error.code : -1);
