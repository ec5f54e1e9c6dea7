/**
 * A box's disk: a real SQLite in memory whose commits are the only moments that count. At each commit the schedule decides: it
 * succeeds, the disk refuses it, or the process dies just before or just after it. What a dead process leaves is the image as of
 * the last commit, which is what synchronous=FULL promises; what lies below that promise is test:crash's business.
 */
import SQLite, { type Database, type Statement } from "better-sqlite3";

/** What becomes of one commit. */
export type Fate = "ok" | "die-before" | "die-after" | "full" | "io-error";

/** The process ended at a commit; whatever catches this belongs to a dead process. */
export class Died extends Error {
  override readonly name = "Died";
}

export interface Disk {
  readonly db: Database;
  /** What is durable now. */
  image(): Buffer;
  /** The process is gone: nothing more is written. */
  close(): void;
}

const WRITES = /^\s*(?:INSERT|UPDATE|DELETE|REPLACE)/i;

const trouble = (fate: "full" | "io-error"): Error =>
  fate === "full"
    ? new SQLite.SqliteError("database or disk is full", "SQLITE_FULL")
    : new SQLite.SqliteError("disk I/O error", "SQLITE_IOERR_FSYNC");

/** A box prepares some hundred statements, and most of its lives are too short to use them all. */
function onFirstUse(prepare: () => Statement): Statement {
  let made: Statement | undefined;
  const statement = (): Statement => {
    made ??= prepare();
    return made;
  };
  const lazy = {
    run: (...values: unknown[]) => statement().run(...values),
    get: (...values: unknown[]) => statement().get(...values),
    all: (...values: unknown[]) => statement().all(...values),
    iterate: (...values: unknown[]) => statement().iterate(...values),
    pluck() {
      statement().pluck();
      return lazy;
    },
  };
  return lazy as unknown as Statement;
}

export function openDisk(image: Buffer | undefined, decide: () => Fate, died: () => void): Disk {
  const db = new SQLite(image ?? ":memory:");
  let closed = false;

  const guard = (): void => {
    if (closed) throw new Died("this process has ended");
  };
  const rollback = (): void => {
    if (db.inTransaction) db.exec("ROLLBACK");
  };
  const end = (): never => {
    died();
    throw new Died("ended at a commit");
  };
  /** Runs what commits, unless the schedule has other plans. */
  const boundary = <T>(commit: () => T): T => {
    const fate = decide();
    if (fate === "die-before") {
      rollback();
      return end();
    }
    if (fate === "full" || fate === "io-error") {
      rollback();
      throw trouble(fate);
    }
    const result = commit();
    if (fate === "die-after") return end();
    return result;
  };

  const prepare = db.prepare.bind(db) as (sql: string) => Statement;
  const watched = (sql: string): Statement => {
    const statement = prepare(sql);
    const isCommit = /^\s*COMMIT/i.test(sql);
    const isWrite = WRITES.test(sql);
    const run = statement.run.bind(statement);
    statement.run = (...values: unknown[]) => {
      guard();
      if (isCommit || (isWrite && !db.inTransaction)) return boundary(() => run(...values));
      return run(...values);
    };
    return statement;
  };
  db.prepare = ((sql: string) => {
    guard();
    return onFirstUse(() => watched(sql));
  }) as typeof db.prepare;

  const transaction = db.transaction.bind(db);
  db.transaction = ((work: (...values: unknown[]) => unknown) => {
    const made = transaction(work) as unknown as (...values: unknown[]) => unknown;
    const modes = made as unknown as Record<"immediate" | "deferred" | "exclusive", typeof made>;
    const wrap = (begin: typeof made) => {
      return (...values: unknown[]) => {
        guard();
        return db.inTransaction ? begin(...values) : boundary(() => begin(...values));
      };
    };
    const { immediate, deferred, exclusive } = modes;
    return Object.assign(wrap(made), {
      default: wrap(made),
      immediate: wrap(immediate),
      deferred: wrap(deferred),
      exclusive: wrap(exclusive),
    });
  }) as unknown as typeof db.transaction;

  return {
    db,
    image: () => db.serialize(),
    close() {
      closed = true;
      db.close();
    },
  };
}
