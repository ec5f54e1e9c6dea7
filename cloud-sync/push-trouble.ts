/** Whose fault an error is that stops a batch: the disk's, the journal's, or ours. */
import { JournalError } from "./journal/faults.ts";

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Trouble of disk and journal is of the world: it is reported and tried again. */
export const isJournalTrouble = (error: unknown): boolean =>
  error instanceof JournalError ||
  (error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_"));

/** The disk is full, ailing or busy: that passes, and then nobody should wait for what is in the journal. */
export const passes = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /^SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN|BUSY)/.test(String(error.code));

/** Errors that no transport makes. */
export const isMistake = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
