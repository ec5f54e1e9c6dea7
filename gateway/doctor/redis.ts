/** ChirpStack's Redis: whether the box may read there, and how far back its events reach. */
import { existsSync } from "node:fs";
import { ALL_EVENTS, askRedis, RedisTrouble } from "../chirpstack/redis-streams.ts";
import type { GatewayConfig } from "../config.ts";
import { isExposed } from "./host.ts";
import { type Finding, finding } from "./words.ts";

/** A night and a day: somebody then has seen that the broker is away. */
const HELD_MS_MIN = 86_400_000;

const millisecondsOf = (id: string): number => Number(id.split("-")[0]);

export const lookAtRedis = async (redis: GatewayConfig["redis"]): Promise<Finding[]> => {
  if (redis === undefined) return [];
  const { url, passwordFile } = redis;
  const exposed =
    passwordFile !== undefined && existsSync(passwordFile) && isExposed(passwordFile)
      ? [finding("redis", "redis-password-exposed", "bad", { file: passwordFile })]
      : [];
  try {
    const held = await askRedis(redis, async (streams) => ({
      n: await streams.length(ALL_EVENTS),
      first: await streams.first(ALL_EVENTS),
      now: await streams.now(),
    }));
    if (held.first === undefined) return [...exposed, finding("redis", "redis-empty", "warning", { url })];
    const since = millisecondsOf(held.first);
    const values = { url, n: held.n, time: new Date(since).toISOString() };
    if (held.now - since < HELD_MS_MIN) return [...exposed, finding("redis", "redis-short", "warning", values)];
    return exposed.length > 0 ? exposed : [finding("redis", "redis-well", "good", values)];
  } catch (error) {
    if (!(error instanceof RedisTrouble)) throw error;
    const detail = error.message;
    if (error.code === "file") return [finding("redis", "redis-file-unreadable", "bad", { detail })];
    const code = error.code === "refused" ? "redis-refused" : "redis-unreachable";
    return [...exposed, finding("redis", code, "bad", { url, detail })];
  }
};
