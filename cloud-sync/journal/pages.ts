/** How large a file of SQLite is, by its pages. */
import type { Database } from "better-sqlite3";

export interface PageCounts {
  /** Of the file, once all is checkpointed. */
  bytes(): number;
  /** Without pages that are free to be used again. */
  usedBytes(): number;
}

/** Asked every second: prepared once. */
export function countPages(db: Database): PageCounts {
  const pages = db.prepare("PRAGMA page_count").pluck();
  const free = db.prepare("PRAGMA freelist_count").pluck();
  const pageBytes = Number(db.pragma("page_size", { simple: true }));
  return {
    bytes: () => Number(pages.get()) * pageBytes,
    usedBytes: () => (Number(pages.get()) - Number(free.get())) * pageBytes,
  };
}
