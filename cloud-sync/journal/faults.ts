/** What a journal can refuse. World errors of SQLite (disk full, I/O) pass through as they are. */
export const JOURNAL_FAULTS = {
  "newer-schema": "the database was written by a newer version of this program",
  "not-durable": "the database does not sync every commit",
  "damaged-entry": "an entry on disk is damaged",
  "damaged-file": "the database is damaged and has to be built anew from what is readable",
  "missing-entry": "an entry that should be on disk is not there",
  "nested-write": "a journal transaction was begun inside another",
  "not-synchronous": "the work of a journal transaction went on after it",
  "unfit-clock": "the clock gave no whole numbers of milliseconds",
  "unknown-seq": "the journal has no entry of this number",
} as const;

export type JournalFaultCode = keyof typeof JOURNAL_FAULTS;

export class JournalError extends Error {
  readonly code: JournalFaultCode;
  /** The entry it is about. */
  readonly seq?: number;
  constructor(code: JournalFaultCode, detail: string, seq?: number) {
    super(`${JOURNAL_FAULTS[code]}: ${detail}`);
    this.name = "JournalError";
    this.code = code;
    if (seq !== undefined) this.seq = seq;
  }
}
