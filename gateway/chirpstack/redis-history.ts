/**
 * ChirpStack's own streams in Redis as a history: one of each device, and one of all devices, which answers for a whole gap in one
 * reading. How far back they reach is ChirpStack's `[monitoring]` (`per_device_event_log_max_history`, `device_event_log_max_history`;
 * ten unless raised).
 */
import type { EventHistory, LineBreak, LineHistory, PastEvent } from "../words.ts";
import { originOf } from "./protobuf-events.ts";
import {
  ALL_EVENTS,
  askRedis,
  eventsOf,
  type RedisAddress,
  type RedisStreams,
  type StreamEntry,
} from "./redis-streams.ts";

const PAGE = 500;
/** What is younger may still be on its way through the broker. */
const SETTLED_MS = 60_000;
/** Before every entry. */
const BEGINNING = "0-0";

/** The number of an id before another's: by milliseconds, then by count. */
export const isBefore = (one: string, other: string): boolean => {
  const [oneMs = "", oneN = ""] = one.split("-");
  const [otherMs = "", otherN = ""] = other.split("-");
  const [a, b] = [BigInt(oneMs), BigInt(otherMs)];
  return a === b ? BigInt(oneN) < BigInt(otherN) : a < b;
};

/** Of what names no device the bytes are kept as well, without one. */
const pastOf = ({ kind, payload }: StreamEntry): PastEvent => {
  const origin = originOf(kind, payload);
  return { kind, devEui: origin?.devEui ?? "", ...(origin === undefined ? {} : origin), payload };
};

const breakOf = async (streams: RedisStreams, bookmark: string): Promise<LineBreak | undefined> => {
  const first = await streams.first(ALL_EVENTS);
  const last = await streams.last(ALL_EVENTS);
  if (bookmark === BEGINNING) return undefined;
  if (first === undefined || last === undefined) return "emptied";
  if (isBefore(last, bookmark)) return "went-back";
  return isBefore(bookmark, first) ? "trimmed" : undefined;
};

async function* pagesOf(streams: RedisStreams, key: string, from: { after?: string; until?: string }) {
  for (let { after } = from; ; ) {
    const page = await streams.page(key, { ...from, ...(after === undefined ? {} : { after }), count: PAGE });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.id;
  }
}

const lineIn = (address: RedisAddress): LineHistory => ({
  read: ({ bookmark, settled }, take, tell) =>
    askRedis(address, async (streams) => {
      const until = settled ? { until: `${(await streams.now()) - SETTLED_MS}` } : {};
      if (bookmark === undefined) {
        take([], (await streams.last(ALL_EVENTS, until.until)) ?? BEGINNING);
        return undefined;
      }
      const broken = await breakOf(streams, bookmark);
      if (broken !== undefined) tell?.(broken, Number(bookmark.split("-")[0]));
      const isAnew = broken === "emptied" || broken === "went-back";
      if (isAnew) take([], BEGINNING);
      const pages = pagesOf(streams, ALL_EVENTS, { after: isAnew ? BEGINNING : bookmark, ...until });
      for await (const page of pages) take(page.map(pastOf), page.at(-1)!.id);
      return broken;
    }),
});

/** Rejects with a `RedisTrouble` while Redis cannot be asked. */
export const createRedisHistory = (address: RedisAddress): Required<EventHistory> => ({
  of: (devEui) =>
    askRedis(address, async (streams) => {
      const past: PastEvent[] = [];
      for await (const page of pagesOf(streams, eventsOf(devEui), {})) past.push(...page.map(pastOf));
      return past;
    }),
  line: lineIn(address),
});
