/**
 * SQLite's log, at its full length before it is needed. While a log grows, each sync also writes down its new length and where its new
 * bytes lie: half as long again for a commit, and on ext4 half as many bytes on the card. In a log that has the room a commit only
 * writes over what is there. A box that is stopped leaves it empty (box-store.ts), so it would grow for hours after each start.
 */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { type BoxStore, CACHE_KIB, CHECKPOINT_BYTES } from "./box-store.ts";
import { freeBytesOf } from "./space.ts";

/** A disk with less needs what it has for entries. */
export const LOG_FREE_BYTES_MIN = 32 * CHECKPOINT_BYTES;
/** What the cache holds back of a transaction never reaches the log. */
const FILLING_BYTES = CHECKPOINT_BYTES + CACHE_KIB * 1024;

/**
 * By a transaction that is undone: what it wrote into the log stays there, and means nothing. A disk that does not take it leaves the
 * log as it was; what ails it shows at the next commit.
 *
 * @param freeBytes what the disk has
 */
export function makeLogRoom({ db, file }: Pick<BoxStore, "db" | "file">, freeBytes = freeBytesOf(dirname(file))): void {
  if (freeBytes < LOG_FREE_BYTES_MIN || statSync(`${file}-wal`).size >= CHECKPOINT_BYTES) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(`CREATE TABLE log_room (filling BLOB); INSERT INTO log_room VALUES (zeroblob(${FILLING_BYTES}))`);
  } catch {
    // Full, or failing: half a room would only take what is left.
    if (db.inTransaction) db.exec("ROLLBACK");
    db.pragma("wal_checkpoint(TRUNCATE)");
    return;
  }
  db.exec("ROLLBACK");
}
