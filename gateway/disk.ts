/**
 * Writes to the disk, and what the box does while it cannot: nothing is acknowledged, the broker keeps what comes; commands go on,
 * with their outcomes in memory; an alarm says so; and writing is tried again until it works.
 */
import SQLite from "better-sqlite3";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { EntryBody, StorageState } from "../cloud-sync/protocol/entry.ts";
import { DiskAbsent, isDamage } from "./box-store.ts";
import type { LedgerStandby } from "./ledger-standby.ts";
import type { Append, Clock, Log } from "./words.ts";

export type DiskState = Exclude<StorageState, "shedding">;
export type Trouble = Exclude<DiskState, "ok" | "slow">;

/** What a box that cannot write its disk has to remember: it goes from one life of the box to the next, in this process. */
export interface Unwritten {
  readonly trouble: Trouble;
  /** ms since 1970. */
  readonly since: number;
  readonly held: readonly EntryBody[];
  /** So many more were dropped. */
  readonly forgotten: number;
}

export interface Disk {
  /**
   * One durable transaction. Throws what SQLite throws; nothing of it is then left, and whoever asked forgets what it remembered.
   * Never runs `work` twice: what it remembers in memory is not undone by SQLite.
   */
  write<T>(work: (append: Append) => T): T;
  /** The same, but while the disk cannot be written, or rests, it is held in memory and written later: for commands and their outcomes. */
  writeOrHold<T>(work: (append: Append) => T): T;
  readonly state: DiskState;
  /** Since when it is not `ok`, ms since 1970. */
  readonly since: number | undefined;
  /**
   * The last commit took so long that nothing is written for a while, lest the box does nothing but wait for its disk: whoever can
   * wait waits until then (as `mono`), what is held goes with the first commit after.
   */
  readonly restsUntil: number;
  /** Entries held in memory. */
  readonly held: number;
  /** Undefined while all is written. */
  unwritten(): Unwritten | undefined;
  /** About once a second: tries again what could not be written. */
  tick(): void;
}

export interface DiskParts {
  readonly journal: Pick<Journal, "write" | "lastSeq">;
  readonly ledger: LedgerStandby;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether it is the file system that takes no writes: SQLite tells that of a file it holds open as any other failure. */
  readonly isReadOnly: () => boolean;
  /** Makes room at once: the disk is full. */
  readonly relieve: () => void;
  /** A full disk is tried again when it has room for more than the trial. */
  readonly hasRoom: () => boolean;
  readonly onUnwritable: () => void;
  readonly onWritable: () => void;
  /** The file itself is damaged: it has to be built anew. */
  readonly onDamaged: (error: Error) => void;
  /** What the life before could not write. */
  readonly before?: Unwritten;
  /** The file is opened for reading only: nothing is tried, and all that can be is held for the next life. */
  readonly readsOnly?: boolean;
}

type EntryDetail = Readonly<Record<string, unknown>>;

const SLOW_MS = 1_000;
/** A disk that was slow is called so for this long after. */
const SLOW_FOR_MS = 600_000;
const RETRY_MS = 5_000;
/** A commit holds up the whole process. After a slow one so many times as long is left for the lamps. */
const REST_TIMES = 3;
/** Also after a commit in which the process itself stood still. */
const REST_MS_MAX = 30_000;
/** More outcomes than this are not held: the oldest go, and their number is told. */
const HELD_MAX = 10_000;

export const troubleOf = (error: unknown): Trouble | undefined => {
  if (!(error instanceof SQLite.SqliteError)) return undefined;
  if (error.code.startsWith("SQLITE_FULL")) return "full";
  if (error.code.startsWith("SQLITE_READONLY")) return "read-only";
  if (/^SQLITE_(?:IOERR|CANTOPEN)/.test(error.code)) return "failing";
  return undefined;
};

/** The same of what opening the files of a box meets, where Node says it as well as SQLite. */
export const openingTroubleOf = (error: unknown): Trouble | undefined => {
  const met = error instanceof DiskAbsent ? "failing" : troubleOf(error);
  if (met !== undefined || !(error instanceof Error && "code" in error)) return met;
  if (error.code === "ENOSPC" || error.code === "EDQUOT") return "full";
  if (error.code === "EROFS") return "read-only";
  return error.code === "EIO" ? "failing" : undefined;
};

const alarmOf = (state: DiskState, raised: boolean, at: number, detail: EntryDetail = {}): EntryBody => ({
  kind: "alarm",
  alarm: `disk-${state}`,
  raised,
  at: Math.round(at),
  detail,
});

/** The alarm of a trouble, after the end of that of another. */
const alarmsOf = (trouble: Trouble, error: unknown, at: number, before: Trouble | undefined): readonly EntryBody[] => [
  ...(before === undefined ? [] : [alarmOf(before, false, at)]),
  alarmOf(trouble, true, at, { message: error instanceof Error ? error.message : String(error) }),
];

/** A box met this while it opened its files; `before` is what it knew already. */
export const metAtStart = (trouble: Trouble, error: unknown, at: number, before: Unwritten | undefined): Unwritten => {
  if (before?.trouble === trouble) return before;
  const { since = at, held = [], forgotten = 0 } = before ?? {};
  return { trouble, since, held: [...held, ...alarmsOf(trouble, error, at, before?.trouble)], forgotten };
};

export const createDisk = (parts: DiskParts): Disk => {
  const { journal, ledger, clock, log } = parts;
  let held: EntryBody[] = [...(parts.before?.held ?? [])];
  let forgotten = parts.before?.forgotten ?? 0;
  let trouble = parts.before?.trouble;
  let since = parts.before?.since;
  let triedAt = Number.NEGATIVE_INFINITY;
  let relieved = false;
  let slowUntil: number | undefined;
  let worstMs = 0;
  let restsUntil = Number.NEGATIVE_INFINITY;
  const rests = (): boolean => trouble === undefined && clock.mono() < restsUntil;

  const alarm = (state: DiskState, raised: boolean, detail?: EntryDetail): EntryBody =>
    alarmOf(state, raised, clock.now(), detail);
  const hold = (body: EntryBody): number => {
    held.push(body);
    if (held.length > HELD_MAX) {
      held.shift();
      forgotten += 1;
    }
    return 0;
  };

  const failed = (kind: Trouble, error: unknown): void => {
    triedAt = clock.mono();
    if (trouble === kind) return;
    log.error({ err: error, disk: kind }, "the disk cannot be written; nothing is acknowledged, it is tried again");
    if (trouble === undefined) parts.onUnwritable();
    for (const body of alarmsOf(kind, error, clock.now(), trouble)) hold(body);
    trouble = kind;
    since ??= clock.now();
  };

  const attempt = <T>(work: (append: Append) => T): T => {
    const from = clock.mono();
    let result: T;
    try {
      result = journal.write((append) => {
        ledger.flush();
        for (const body of held) append(body);
        if (forgotten > 0) append({ kind: "loss", at: clock.now(), reason: "dropped", counts: { outcome: forgotten } });
        return work(append);
      });
    } catch (error) {
      ledger.unflushed();
      throw error;
    }
    held = [];
    forgotten = 0;
    relieved = false;
    ledger.flushed();
    const tookMs = clock.mono() - from;
    if (tookMs > SLOW_MS) {
      worstMs = Math.max(worstMs, tookMs);
      slowUntil = clock.mono() + SLOW_FOR_MS;
      restsUntil = clock.mono() + Math.min(REST_TIMES * tookMs, REST_MS_MAX);
    }
    return result;
  };

  const write = <T>(work: (append: Append) => T): T => {
    if (parts.readsOnly) throw new SQLite.SqliteError("the file is opened for reading only", "SQLITE_READONLY");
    try {
      return attempt(work);
    } catch (error) {
      if (isDamage(error)) parts.onDamaged(error);
      const met = troubleOf(error);
      const kind = met === "failing" && parts.isReadOnly() ? "read-only" : met;
      // Room is made once; what is tried next finds it, or the disk is full.
      if (kind === "full" && trouble === undefined && !relieved) {
        relieved = true;
        parts.relieve();
      } else if (kind !== undefined) failed(kind, error);
      throw error;
    }
  };

  const recover = (): void => {
    if (parts.readsOnly || trouble === undefined || clock.mono() - triedAt < RETRY_MS) return;
    triedAt = clock.mono();
    const kind = trouble;
    if (kind === "full") {
      parts.relieve();
      if (!parts.hasRoom()) return;
    }
    try {
      write((append) => append(alarm(kind, false)));
    } catch (error) {
      if (troubleOf(error) === undefined) throw error;
      return;
    }
    log.info({ disk: kind }, "the disk can be written again");
    trouble = undefined;
    since = undefined;
    parts.onWritable();
  };

  let toldSlow = false;
  const watchSpeed = (): void => {
    const isSlow = slowUntil !== undefined && clock.mono() < slowUntil;
    if (isSlow === toldSlow || trouble !== undefined) return;
    toldSlow = isSlow;
    since = isSlow ? clock.now() : undefined;
    const body = alarm("slow", isSlow, { commitMs: Math.round(worstMs) });
    if (rests()) hold(body);
    else write((append) => append(body));
    if (!isSlow) worstMs = 0;
  };

  return {
    write,
    writeOrHold(work) {
      if (trouble === undefined && !rests()) {
        try {
          return write(work);
        } catch (error) {
          if (troubleOf(error) === undefined) throw error;
          // It is begun anew: what the ledger remembers of the first try is not so.
          ledger.forget();
        }
      }
      const before = held.length;
      try {
        return ledger.hold(() => work(hold));
      } catch (error) {
        held.length = Math.min(held.length, before);
        throw error;
      }
    },
    get state() {
      return trouble ?? (toldSlow ? "slow" : "ok");
    },
    get since() {
      return since;
    },
    get restsUntil() {
      return restsUntil;
    },
    get held() {
      return held.length;
    },
    unwritten: () => (trouble === undefined || since === undefined ? undefined : { trouble, since, held, forgotten }),
    tick() {
      recover();
      watchSpeed();
    },
  };
};
