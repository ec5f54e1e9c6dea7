/**
 * Watches over the network server while the box runs: what it could lose is kept, and that it lost its devices is an entry, whoever
 * asks or does not ask. Now and then, never in step with other boxes, and soon where something speaks for it.
 */
import type { BoxState } from "./box-state.ts";
import type { NetworkDesk } from "./network-desk.ts";
import type { Append, Clock, Log } from "./words.ts";

export const NETWORK_LOST_ALARM = "network-lost";
const RAISED_KEY = "network-lost.raised";

const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;
/** While devices are missing: somebody is at work, or should be. */
const WHILE_LOST_MS = 300_000;
const SOON_MS = 2_000;
/** Signs come in swarms. */
const BETWEEN_MS = 60_000;

export interface NetworkKeeperParts {
  readonly desk: Pick<NetworkDesk, "look">;
  readonly state: Pick<BoxState, "get" | "set">;
  /** One durable transaction. */
  readonly write: (work: (append: Append) => void) => void;
  readonly clock: Pick<Clock, "now" | "mono">;
  readonly log: Pick<Log, "warn">;
  /** 0 to 1. */
  readonly random?: () => number;
}

export interface NetworkKeeper {
  /** Devices that were heard and that the server does not know any more; 0 while it is whole. */
  lost(): number;
  /** Something speaks for a loss, or for its end. */
  soon(): void;
  /** Somebody has changed it: what is said of it may be over. */
  applied(): void;
  /** Looks now; never rejects. */
  check(): Promise<void>;
  start(): void;
  stop(): void;
}

const lostIn = (state: Pick<BoxState, "get">): number => Number(state.get(RAISED_KEY) ?? "0") || 0;

export const createNetworkKeeper = (parts: NetworkKeeperParts): NetworkKeeper => {
  const { desk, state, clock, log, random = Math.random } = parts;
  let timer: NodeJS.Timeout | undefined;
  let trouble: string | undefined;
  let lost = lostIn(state);
  let lookedAt = Number.NEGATIVE_INFINITY;
  let stopped = false;

  const settle = (now: number, known: number): void => {
    if (now === lost) return;
    parts.write((append) => {
      const detail = { lost: now, known };
      append({ kind: "alarm", alarm: NETWORK_LOST_ALARM, raised: now > 0, at: clock.now(), detail });
      state.set(RAISED_KEY, String(now));
    });
    lost = now;
  };

  const check = async (): Promise<void> => {
    lookedAt = clock.mono();
    try {
      const look = await desk.look();
      trouble = undefined;
      if (look !== undefined && !stopped) settle(look.lost, look.known);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // Once per kind of trouble: the questions go on. What cannot be asked is neither lost nor whole.
      if (message !== trouble) log.warn({ err: error }, "the network server could not be looked at; asked again later");
      trouble = message;
    }
  };

  const later = (ms: number): void => {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(
      async () => {
        await check();
        later(lost > 0 ? WHILE_LOST_MS : EVERY_MS);
      },
      ms * (0.5 + random()),
    );
    timer.unref();
  };

  return {
    lost: () => lost,
    soon() {
      if (clock.mono() - lookedAt >= BETWEEN_MS) {
        lookedAt = clock.mono();
        later(SOON_MS);
      }
    },
    applied: () => later(SOON_MS),
    check,
    start: () => later(FIRST_MS),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
