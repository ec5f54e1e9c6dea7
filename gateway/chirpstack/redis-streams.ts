/**
 * Redis, as far as ChirpStack writes its events there: streams that are only ever read. A connection lasts for one question: the
 * box asks seldom, and a Redis that was started anew is then no case of its own.
 */
import { readFileSync } from "node:fs";

export interface RedisAddress {
  /** `redis://host:port` or `rediss://host:port`, without name and password; a path is the database's number. */
  readonly url: string;
  readonly username?: string;
  /** Its first line is the password; read at each question, so that a new one needs no restart. */
  readonly passwordFile?: string;
  /** PEM file of the authority that signed Redis' certificate. */
  readonly caFile?: string;
}

/** The stream of all devices. */
export const ALL_EVENTS = "device:stream:event";
/** The stream of one; the braces are part of the name. */
export const eventsOf = (devEui: string): string => `device:{${devEui}}:stream:event`;

export interface StreamEntry {
  /** `MILLISECONDS-NUMBER` of Redis' clock; they only ever grow. */
  readonly id: string;
  /** up, join, … */
  readonly kind: string;
  /** ChirpStack's protobuf message. */
  readonly payload: Uint8Array;
}

export interface RedisStreams {
  /** Oldest first, after `after` when it is given, up to and with `until`. */
  page(key: string, range: { after?: string; until?: string; count: number }): Promise<readonly StreamEntry[]>;
  /** The last id up to `until`; undefined of a stream that has none. */
  last(key: string, until?: string): Promise<string | undefined>;
  first(key: string): Promise<string | undefined>;
  length(key: string): Promise<number>;
  /** Redis' own clock, ms since 1970. */
  now(): Promise<number>;
}

export type RedisFault = "file" | "refused" | "unreachable" | "failed";

/** A fault of the world: asked again later. */
export class RedisTrouble extends Error {
  readonly code: RedisFault;
  constructor(code: RedisFault, message: string) {
    super(message);
    this.name = "RedisTrouble";
    this.code = code;
  }
}

const CONNECT_MS_MAX = 5_000;
/** Of one question and its answer. */
const SILENCE_MS_MAX = 10_000;

const textOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new RedisTrouble("file", error instanceof Error ? error.message : String(error));
  }
};

const REFUSAL = /^(?:NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR Client sent AUTH)/;

const raise =
  (fault: RedisFault) =>
  (error: unknown): never => {
    const message = error instanceof Error ? error.message || error.name : String(error);
    throw new RedisTrouble(REFUSAL.test(message) ? "refused" : fault, message);
  };
const failed = raise("failed");

/** Connects, asks, and closes. Rejects with a `RedisTrouble` for all that Redis or the way to it did. */
export const askRedis = async <T>(address: RedisAddress, ask: (streams: RedisStreams) => Promise<T>): Promise<T> => {
  const { createClient, RESP_TYPES } = await import("@redis/client");
  const { url, username, passwordFile, caFile } = address;
  const isTls = url.startsWith("rediss:");
  const common = { connectTimeout: CONNECT_MS_MAX, socketTimeout: SILENCE_MS_MAX, reconnectStrategy: false } as const;
  const client = createClient({
    url,
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { password: textOf(passwordFile).split(/\r?\n/)[0]! }),
    // Its first words would be HELLO and CLIENT SETINFO, which a user who may only read streams may not say.
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: "disabled",
    commandOptions: { timeout: SILENCE_MS_MAX },
    socket: isTls ? { ...common, tls: true, ...(caFile === undefined ? {} : { ca: textOf(caFile) }) } : { ...common },
  });
  // The same trouble comes to whoever asked.
  client.on("error", () => {});
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const streams: RedisStreams = {
    async page(key, { after, until, count }) {
      const [start, end] = [after === undefined ? "-" : `(${after}`, until ?? "+"];
      const entries = await bytes.xRange(key, start, end, { COUNT: count }).catch(failed);
      return (entries ?? []).flatMap(({ id, message }) =>
        Object.entries(message).map(([kind, payload]) => ({ id: id.toString(), kind, payload })),
      );
    },
    async last(key, until) {
      const entries = await client.xRevRange(key, until ?? "+", "-", { COUNT: 1 }).catch(failed);
      return entries?.[0]?.id;
    },
    async first(key) {
      const entries = await client.xRange(key, "-", "+", { COUNT: 1 }).catch(failed);
      return entries?.[0]?.id;
    },
    length: (key) => client.xLen(key).catch(failed),
    async now() {
      const [seconds, micros] = await client.sendCommand<[string, string]>(["TIME"]).catch(failed);
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    },
  };
  try {
    await client.connect().catch(raise("unreachable"));
    return await ask(streams);
  } finally {
    client.destroy();
  }
};
