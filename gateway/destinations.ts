/**
 * Destinations beside the region: each has a cursor of its own and receives the same journal, data only, no commands come from it.
 * While one is away it holds deletion up, but for a bounded time only, and not where space runs short: what it then misses is
 * declared in the journal, by number.
 */
import type { HttpsTransport } from "../cloud-sync/https.ts";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { BoxHealth, Entry } from "../cloud-sync/protocol/entry.ts";
import { createPush, type Push, type PushOptions } from "../cloud-sync/push.ts";
import type { BoxState } from "./box-state.ts";
import type { BoxClock } from "./clock.ts";
import type { GatewayConfig } from "./config.ts";
import type { Append, Log } from "./words.ts";

export type DestinationAddress = NonNullable<GatewayConfig["destinations"]>[number];

export interface DestinationsParts {
  readonly addresses: readonly DestinationAddress[];
  readonly box: string;
  readonly journal: Journal;
  readonly state: Pick<BoxState, "get" | "set">;
  readonly health: () => BoxHealth;
  readonly open: (address: DestinationAddress) => Pick<HttpsTransport, "send" | "close">;
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly clock: Pick<BoxClock, "now" | "mono">;
  readonly log: Log;
  /** For a driven test. */
  readonly settings?: Pick<PushOptions, "pack" | "settings"> & Partial<Pick<PushOptions["timers"], "after">>;
}

export interface DestinationStatus {
  readonly name: string;
  readonly url: string;
  readonly connected: boolean;
  readonly lastReplyAt: number | undefined;
  readonly lastError: string | undefined;
  readonly cursor: number;
  /** Entries it has yet to receive. */
  readonly waiting: number;
  /** Entries that went before it had them. */
  readonly missed: number;
}

export interface Destinations {
  /** The highest number all have that still may hold deletion up; undefined without any. */
  acknowledged(): number | undefined;
  /** About once a second: declares what one of them will miss. */
  keepUp(): void;
  status(): readonly DestinationStatus[];
  stop(): Promise<void>;
}

/** Names of cursors; the region's is another word. */
export const cursorOf = (name: string): string => `destination:${name}`;
const LOOK_MS = 60_000;

interface Line {
  readonly address: DestinationAddress;
  readonly cursor: string;
  /** It receives what follows this entry. */
  readonly begin: number;
  /** Up to there its losses are declared. */
  declared: number;
  missed: number;
  readonly push: Push;
  close(): void;
}

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

export const createDestinations = (parts: DestinationsParts): Destinations => {
  const { addresses, box, journal, state, write, clock, log } = parts;

  /** Where it begins is decided once, when it is first configured. */
  const beginOf = ({ name, from }: DestinationAddress): number | undefined => {
    const known = numberOf(state.get(`destination.${name}.begin`));
    if (known !== undefined) return known;
    const begin = journal.knownAt(from === "now" ? journal.lastSeq : Math.max(0, journal.oldestSeq - 1));
    try {
      write(() => {
        state.set(`destination.${name}.begin`, String(begin));
        journal.moveCursor(cursorOf(name), begin);
      });
      return begin;
    } catch (error) {
      log.error({ err: error, destination: name }, "a new destination could not be noted; at the next start");
      return undefined;
    }
  };

  const connect = (address: DestinationAddress): Line | undefined => {
    const { name } = address;
    const begin = beginOf(address);
    if (begin === undefined) return undefined;
    const transport = parts.open(address);
    const { after = later, pack, settings } = parts.settings ?? {};
    const push = createPush({
      journal,
      destination: cursorOf(name),
      box,
      transport: transport.send,
      // To it the journal begins where it was added.
      health: () => {
        const health = parts.health();
        return { ...health, oldestSeq: Math.max(health.oldestSeq, begin + 1) };
      },
      timers: { wall: clock.now, mono: clock.mono, after },
      random: Math.random,
      // Only the region decides how this box goes on.
      adopts: false,
      ...(pack === undefined ? {} : { pack }),
      ...(settings === undefined ? {} : { settings }),
      report: (event) => {
        if (event.is === "connected" || event.is === "digest-wanted")
          log.debug({ destination: name, ...event }, "line");
        else log.warn({ destination: name, ...event }, "destination");
      },
    });
    push.start();
    push.done.catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
    const declared = numberOf(state.get(`destination.${name}.declared`)) ?? begin;
    const missed = numberOf(state.get(`destination.${name}.missed`)) ?? 0;
    return { address, cursor: cursorOf(name), begin, declared, missed, push, close: transport.close };
  };

  const lines = addresses.map(connect).filter((line) => line !== undefined);

  const entryFrom = (seq: number): Entry | undefined => {
    const run = journal.read(journal.knownAt(seq - 1), { entries: 256, bytes: 1024 * 1024 });
    return run.entries.find((entry) => entry.seq >= seq);
  };
  /** The last entry older than `wall`: clocks mostly go forward. */
  const before = (wall: number): number => {
    let [low, high] = [journal.oldestSeq, journal.lastSeq + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const entry = entryFrom(middle);
      if (entry === undefined || entry.stamp.wall >= wall) high = middle;
      else low = entry.seq + 1;
    }
    return low - 1;
  };

  const held = new Map<string, { readonly at: number; readonly seq: number }>();
  /** What waits for it longer than it may is no longer kept for it. */
  const holdsAt = ({ address, cursor }: Line): number => {
    const seq = journal.cursor(cursor).seq;
    if (seq >= journal.lastSeq) return seq;
    const looked = held.get(cursor);
    if (looked !== undefined && clock.mono() - looked.at < LOOK_MS) return Math.max(seq, looked.seq);
    const released = before(clock.now() - address.holdMs);
    held.set(cursor, { at: clock.mono(), seq: released });
    return Math.max(seq, released);
  };

  const declare = (line: Line): void => {
    const { name } = line.address;
    const from = Math.max(journal.cursor(line.cursor).seq, line.declared) + 1;
    const to = journal.oldestSeq - 1;
    if (from > to) return;
    const entries = to - from + 1;
    write((append) => {
      append({
        kind: "loss",
        at: Math.round(clock.now()),
        reason: "left-behind",
        counts: { entry: entries },
        range: { from, to },
      });
      append({
        kind: "alarm",
        alarm: "destination-behind",
        raised: true,
        at: Math.round(clock.now()),
        detail: { destination: name, from, to },
      });
      state.set(`destination.${name}.declared`, String(to));
      state.set(`destination.${name}.missed`, String(line.missed + entries));
    });
    line.declared = to;
    line.missed += entries;
    log.warn({ destination: name, from, to }, "a destination misses entries: it was away for too long");
  };

  return {
    acknowledged: () => (lines.length === 0 ? undefined : Math.min(...lines.map(holdsAt))),
    keepUp() {
      for (const line of lines) declare(line);
    },
    status: () =>
      lines.map(({ address, cursor, missed, push }) => {
        const { connected, lastReplyAt, lastError } = push.status();
        const { seq } = journal.cursor(cursor);
        return {
          name: address.name,
          url: address.url,
          connected,
          lastReplyAt,
          lastError: lastError?.message,
          cursor: seq,
          waiting: journal.lastSeq - seq,
          missed,
        };
      }),
    async stop() {
      await Promise.all(lines.map(({ push }) => push.stop()));
      for (const { close } of lines) close();
    },
  };
};

const later = (ms: number, then: () => void): (() => void) => {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
};
