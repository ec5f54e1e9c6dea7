/**
 * Reads on in the history that holds all devices' events in one order, from where it stopped: the bookmark is on disk, so that a
 * gap asks only for what is new. What the broker brought as well is a copy.
 */
import type { BoxState } from "./box-state.ts";
import type { Append, LineBreak, LineHistory, Log, PastEvent } from "./words.ts";

export interface LineReadingParts {
  readonly line: LineHistory;
  /** Makes them durable; throws when it cannot. */
  readonly give: (events: readonly PastEvent[]) => void;
  readonly state: Pick<BoxState, "get" | "set">;
  readonly write: <T>(work: (append: Append) => T) => T;
  /** A gap that the history does not hold whole: durable when it returns. ms since 1970. */
  readonly mayMiss: (gap: { readonly from: number; readonly to: number }) => void;
  readonly now: () => number;
  readonly log: Log;
}

export interface LineReading {
  /** Whether it has a place to read on from. */
  readonly begun: boolean;
  /** Up to what has had its time to come by the broker. Rejects while the history cannot be asked. */
  readOn(): Promise<void>;
  /** All there is; resolves to whether that is all since the bookmark. Rejects while the history cannot be asked. */
  readGap(): Promise<boolean>;
}

const BOOKMARK_KEY = "back-fill.bookmark";

const MEANING: Readonly<Record<LineBreak, string>> = {
  trimmed:
    "Redis has dropped events since the box last read there: they may be missing; raise [monitoring] device_event_log_max_history in chirpstack.toml",
  emptied: "Redis has lost its events since the box last read there: what came by the broker meanwhile is all there is",
  "went-back":
    "Redis has begun anew or was put back since the box last read there: what came by the broker meanwhile is all there is",
};

export const createLineReading = ({ line, give, state, write, mayMiss, now, log }: LineReadingParts): LineReading => {
  const hasBegun = (): boolean => state.get(BOOKMARK_KEY) !== undefined;
  const take = (events: readonly PastEvent[], bookmark: string): void => {
    give(events);
    if (!hasBegun()) log.info({ bookmark }, "ChirpStack's events in Redis are read on from here");
    write(() => state.set(BOOKMARK_KEY, bookmark));
  };
  return {
    get begun() {
      return hasBegun();
    },
    async readOn() {
      const broken = await line.read({ bookmark: state.get(BOOKMARK_KEY), settled: true }, take);
      // What is dropped by and by has come by the broker.
      if (broken !== undefined && broken !== "trimmed") log.warn({ found: broken }, MEANING[broken]);
    },
    async readGap() {
      const begun = hasBegun();
      const from = { bookmark: state.get(BOOKMARK_KEY), settled: false };
      const broken = await line.read(from, take, (how, since) => {
        log.warn({ found: how, since }, MEANING[how]);
        mayMiss({ from: since, to: now() });
      });
      return begun && broken === undefined;
    },
  };
};
