/** ChirpStack's history by two ways: its streams in Redis where they may be read, and its API while they cannot. */
import type { EventHistory } from "../words.ts";
import { createEventHistory, type EventHistoryParts } from "./event-history.ts";
import { createRedisHistory } from "./redis-history.ts";
import { type RedisAddress, RedisTrouble } from "./redis-streams.ts";

export interface EventHistoriesParts {
  readonly api: EventHistoryParts | undefined;
  readonly redis: RedisAddress | undefined;
}

export const createEventHistories = (parts: EventHistoriesParts): (EventHistory & { close(): void }) | undefined => {
  const api = parts.api && createEventHistory(parts.api);
  const redis = parts.redis && createRedisHistory(parts.redis);
  if (redis === undefined) return api;
  return {
    of: (devEui) =>
      redis.of(devEui).catch((error: unknown) => {
        if (api === undefined || !(error instanceof RedisTrouble)) throw error;
        return api.of(devEui);
      }),
    line: redis.line,
    close: () => api?.close(),
  };
};
