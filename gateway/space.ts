/**
 * Keeps the box's file within its limit: takes off what the region has, thins and drops by the journal's rules when there is
 * pressure, and says how many days are left until that begins to cost something.
 */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { BoxState } from "./box-state.ts";

export interface SpaceLimits {
  /** What the file may grow to. */
  readonly limitBytes: number;
  /** What the disk keeps free. */
  readonly reserveBytes: number;
  /** How long entries stay after every destination has them, counted in hours of running. */
  readonly keepHours: number;
}

export interface Space {
  freeBytes(): number;
  /** What the file may grow to now: by its limit, and by what the disk has free above the reserve. */
  limitBytes(): number;
  usedBytes(): number;
  /** Days until something has to be thinned or dropped, at the rate of the last day and were the region cut off from now on. */
  daysLeft(): number | undefined;
  /** Whether it ran short of space lately, so that entries went before their time: those that all destinations have, then others. */
  readonly shedding: boolean;
  /** About once a second: at most one bounded piece of work. */
  tick(): void;
  /**
   * The disk is full: gives back what was set aside, and lets SQLite's log begin anew in the room it has. Nothing is shed for it: that
   * would make room in the file, and what is missing is room for the log.
   */
  relieve(): void;
  /** Whether the disk has room for more than a few commits. */
  hasRoom(): boolean;
}

/** A year of 1,000 devices that speak every 15 minutes needs under 3 GB. */
export const SPACE_DEFAULTS: SpaceLimits = { limitBytes: 2e9, reserveBytes: 256e6, keepHours: 7 * 24 };

export interface SpaceParts extends SpaceLimits {
  readonly folder: string;
  readonly journal: Pick<
    Journal,
    | "bytes"
    | "usedBytes"
    | "lastSeq"
    | "oldestSeq"
    | "prune"
    | "thin"
    | "drop"
    | "read"
    | "knownAt"
    | "damaged"
    | "declareDamaged"
  >;
  readonly state: Pick<BoxState, "get" | "set">;
  readonly write: (work: () => void) => void;
  readonly mono: () => number;
  /**
   * The highest number all destinations have; undefined while there is none. `pressed`: space runs short, and only those count that
   * may hold deletion up even then.
   */
  readonly acknowledged: (pressed?: boolean) => number | undefined;
  /** Writes SQLite's log into the file, and has it begun anew in the room it takes. */
  readonly checkpoint: () => void;
  readonly freeBytes?: () => number;
}

interface Sample {
  readonly at: number;
  readonly grown: number;
  readonly seq: number;
}

const between = (from: { at: number; bytes: number }, to: { at: number; bytes: number }, at: number): number =>
  from.bytes + ((at - from.at) / (to.at - from.at)) * (to.bytes - from.bytes);

/** Often enough that a burst of many devices is not taken for a part of the hour after it. */
const SAMPLE_MS = 300_000;
const DAY_MS = 86_400_000;
const SPAN_MS_MIN = 3_600_000;
const LEARNING_MS = 4 * 3_600_000;
const HOUR_MS = 3_600_000;
/** Work begins this far below the limit. */
const MARGIN_PART = 50;
/** Called shedding for so long after it was short of space. */
const SHEDDING_FOR_MS = 600_000;
/** With less the disk counts as full: the log of a busy minute. */
export const ROOM_BYTES_MIN = 1024 * 1024;
/** Kept on the disk beside the journal, given back when the disk is full: room for alarms, outcomes and the work of shedding. */
const SET_ASIDE_FILE = "box.reserve";
const SET_ASIDE_BYTES = 8 * 1024 * 1024;
/** Every entry is read once in a while, so that damage is found while the region may still be told. */
const SCRUB = { entries: 1_000, bytes: 1024 * 1024 };
const SCRUB_MS = 600_000;

const KEY_ACKNOWLEDGED = "journal.acknowledged";
const KEY_RATE = "journal.bytes-per-day";

export const freeBytesOf = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/** What was set aside for a full disk. Throws where nothing can be taken off. */
export const giveBackSetAside = (folder: string): void => rmSync(join(folder, SET_ASIDE_FILE), { force: true });

export const createSpace = (parts: SpaceParts): Space => {
  const { journal, state, mono, folder } = parts;
  const freeBytes = parts.freeBytes ?? (() => freeBytesOf(folder));
  const setAside = join(folder, SET_ASIDE_FILE);

  const limitBytes = (): number => {
    const above = Math.max(0, freeBytes() - parts.reserveBytes);
    return Math.min(parts.limitBytes, journal.bytes() + above);
  };
  const marginOf = (limit: number): number => limit / MARGIN_PART;

  /** What was written, whatever was taken off meanwhile. */
  let grown = 0;
  let usedBefore = journal.usedBytes();
  const measure = (): void => {
    const used = journal.usedBytes();
    grown += Math.max(0, used - usedBefore);
    usedBefore = used;
  };
  const samples: Sample[] = [{ at: mono(), grown: 0, seq: journal.lastSeq }];
  const startedAt = mono();
  let rateBefore = Number(state.get(KEY_RATE) ?? Number.NaN);
  /** From when on it is measured what an entry takes: once the dictionary is learnt. */
  const learntAt = (): Sample => {
    const isLong = mono() - startedAt >= 2 * LEARNING_MS;
    return (isLong && samples.find(({ at }) => at - startedAt >= LEARNING_MS)) || samples[0]!;
  };
  /** What was written by when; before the dictionary was learnt, what those entries would take now. */
  const daysLine = (): { readonly at: number; readonly bytes: number }[] => {
    const learnt = learntAt();
    const each = (grown - learnt.grown) / Math.max(1, journal.lastSeq - learnt.seq);
    const points = [...samples, { at: mono(), grown, seq: journal.lastSeq }];
    return points.map(({ at, grown: bytes, seq }) =>
      at < learnt.at ? { at, bytes: learnt.grown - (learnt.seq - seq) * each } : { at, bytes },
    );
  };
  const bytesPerDay = (): number | undefined => {
    const first = samples[0]!;
    const span = mono() - first.at;
    // Days have a rhythm, so entries are counted over one.
    const learnt = learntAt();
    const entries = journal.lastSeq - learnt.seq;
    if (span >= SPAN_MS_MIN && entries > 0 && grown > learnt.grown)
      return ((journal.lastSeq - first.seq) / span) * DAY_MS * ((grown - learnt.grown) / entries);
    return Number.isFinite(rateBefore) && rateBefore > 0 ? rateBefore : undefined;
  };

  /**
   * Days that so many bytes last. Once a whole day was seen, the coming hours are taken to be like those of a day ago, minute by
   * minute: devices that all speak every six hours make some hours cost half as much again as others.
   */
  const daysFor = (free: number): number | undefined => {
    const now = mono();
    const line = daysLine();
    const begin = now - DAY_MS;
    const before = line.findLastIndex(({ at }) => at <= begin);
    if (before >= 0) {
      const start = between(line[before]!, line[before + 1]!, begin);
      const aDay = line.at(-1)!.bytes - start;
      const whole = aDay > 0 ? Math.floor(free / aDay) : Number.NaN;
      const rest = start + free - whole * aDay;
      const reached = line.findIndex(({ bytes }, index) => index > before && bytes >= rest);
      if (reached > 0) {
        const [from, to] = [line[reached - 1]!, line[reached]!];
        const at = from.at + ((rest - from.bytes) / (to.bytes - from.bytes)) * (to.at - from.at);
        return whole + Math.max(0, at - begin) / DAY_MS;
      }
    }
    const rate = bytesPerDay();
    return rate === undefined ? undefined : free / rate;
  };

  let hours = JSON.parse(state.get(KEY_ACKNOWLEDGED) ?? "[]") as number[];
  let hourAt = mono();
  let sheddingUntil = Number.NEGATIVE_INFINITY;
  let scrubbed = 0;
  let scrubbedAt = mono();

  /** By the clock that never jumps: an hour in which the box did not run does not count. */
  const everyHour = (): void => {
    if (mono() - hourAt < HOUR_MS) return;
    hourAt = mono();
    hours = [...hours, parts.acknowledged() ?? 0].slice(-parts.keepHours - 1);
    rateBefore = bytesPerDay() ?? Number.NaN;
    parts.write(() => {
      state.set(KEY_ACKNOWLEDGED, JSON.stringify(hours));
      state.set(KEY_RATE, String(Math.round(rateBefore)));
    });
  };

  /** Takes off what has been everywhere long enough. */
  const prune = (): void => {
    if (hours.length > parts.keepHours && hours[0]! >= journal.oldestSeq) journal.prune(hours[0]!);
  };

  /** One piece of work for more room; whether there was any. */
  const shed = (): boolean => {
    const acknowledged = parts.acknowledged(true);
    if (acknowledged !== undefined && acknowledged >= journal.oldestSeq && journal.prune(acknowledged) > 0) return true;
    return (journal.thin() ?? journal.drop()) !== undefined;
  };

  const isPressed = (): boolean => {
    const limit = limitBytes();
    return journal.usedBytes() > limit - marginOf(limit);
  };

  const scrub = (): void => {
    if (mono() - scrubbedAt < SCRUB_MS) return;
    scrubbedAt = mono();
    const from = journal.knownAt(Math.min(Math.max(scrubbed, journal.oldestSeq - 1), journal.lastSeq));
    const { lastSeq } = journal.read(from, SCRUB);
    scrubbed = lastSeq === journal.lastSeq ? 0 : lastSeq;
  };

  const keepSetAside = (): void => {
    const bytes = Math.min(SET_ASIDE_BYTES, Math.floor(parts.reserveBytes / 4));
    if (existsSync(setAside) || bytes === 0 || freeBytes() < parts.reserveBytes + bytes) return;
    try {
      const file = openSync(setAside, "w", 0o600);
      // Not a hole: the bytes have to be there when the disk is full.
      for (let left = bytes; left > 0; left -= 65_536) writeSync(file, Buffer.alloc(Math.min(left, 65_536), 0x42));
      fsyncSync(file);
      closeSync(file);
    } catch {
      rmSync(setAside, { force: true });
    }
  };

  return {
    freeBytes,
    limitBytes,
    usedBytes: () => journal.usedBytes(),
    daysLeft() {
      const limit = limitBytes();
      const used = journal.usedBytes();
      const entries = journal.lastSeq - journal.oldestSeq + 1;
      const had = Math.max(0, (parts.acknowledged() ?? 0) - journal.oldestSeq + 1);
      const free = Math.max(0, limit - marginOf(limit) - used) + (entries > 0 ? (used * had) / entries : 0);
      return daysFor(free);
    },
    get shedding() {
      return mono() < sheddingUntil;
    },
    tick() {
      measure();
      const now = mono();
      if (now - samples.at(-1)!.at >= SAMPLE_MS) {
        samples.push({ at: now, grown, seq: journal.lastSeq });
        while (samples[1] !== undefined && now - samples[1].at >= DAY_MS) samples.shift();
      }
      if (journal.damaged.length > 0) journal.declareDamaged();
      if (isPressed()) {
        sheddingUntil = mono() + SHEDDING_FOR_MS;
        shed();
      } else {
        everyHour();
        prune();
        keepSetAside();
      }
      scrub();
      usedBefore = journal.usedBytes();
    },
    relieve() {
      giveBackSetAside(folder);
      try {
        parts.checkpoint();
      } catch {
        // Still no room: whoever asked tries again, and says so.
      }
    },
    hasRoom: () => freeBytes() >= ROOM_BYTES_MIN,
  };
};
