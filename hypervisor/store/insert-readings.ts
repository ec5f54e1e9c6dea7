/** Readings become rows: as they were sent, their values as they count, the latest of each quantity, and when each asset was heard. */
import type { Reading } from "../../cloud-sync/protocol/entry.ts";
import { allAsCorrected, correctionsIn, isNone } from "./corrections.ts";
import { putLatest, putSeen } from "./latest.ts";
import { type Lot, type Place, placedReadings } from "./lots.ts";
import { madeAhead } from "./made-ahead.ts";
import { measurementRows, readingRows } from "./reading-rows.ts";
import type { SeriesIds } from "./series.ts";
import type { Placed } from "./sorting.ts";
import type { Transaction } from "./sql.ts";
import type { WholeTable } from "./whole-table.ts";

/** Returns the assets that were heard. */
export const insertLots = async (
  tx: Transaction,
  { sent, corrected }: { readonly sent: readonly Lot[]; readonly corrected: readonly Lot[] },
  memory: SeriesIds,
): Promise<readonly string[]> => {
  const series = await memory.resolve(tx, corrected);
  const rows = readingRows(sent);
  const ahead = madeAhead(rows.parts);
  try {
    if (series.length > 0) {
      const values = measurementRows(corrected, series);
      await tx.copy(values.target, values.parts);
    }
    await tx.copy(rows.target, ahead.parts);
  } finally {
    ahead.stop();
  }
  if (series.length > 0) memory.ranked(await putLatest(tx, corrected, series));
  return putSeen(tx, corrected, memory);
};

/** The rows stay as they were sent; entries that come again may have been corrected since. */
export const insertReadings = async (
  tx: Transaction,
  place: Place,
  sent: readonly Placed<Reading>[],
  memory: SeriesIds,
): Promise<readonly string[]> => {
  if (sent.length === 0) return [];
  const corrected = await allAsCorrected(tx, place, sent);
  const lot: Lot = { place, readings: placedReadings(sent) };
  const now: Lot = corrected === sent ? lot : { place, readings: placedReadings(corrected) };
  return insertLots(tx, { sent: [lot], corrected: [now] }, memory);
};

/** The same of a table. */
export const insertTable = async (
  tx: Transaction,
  place: Place,
  whole: WholeTable,
  memory: SeriesIds,
): Promise<readonly string[]> => {
  const known = await correctionsIn(tx, place, whole.span());
  if (!isNone(known)) return insertReadings(tx, place, whole.placed(), memory);
  const lot: Lot = { place, readings: whole.readings };
  return insertLots(tx, { sent: [lot], corrected: [lot] }, memory);
};
