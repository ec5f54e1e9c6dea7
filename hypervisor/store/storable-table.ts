/**
 * Whether all readings of a batch can be stored as they stand: asked of whole columns, what `sortEntries` and `toBeKept` ask of each
 * entry. Nearly all batches can; of others each entry is looked at by itself.
 */
import type { Extras } from "../../cloud-sync/protocol/body-json.ts";
import type { Value } from "../../cloud-sync/protocol/entry.ts";
import type { EntryTable, ReadStamps } from "../../cloud-sync/protocol/entry-table.ts";
import type { Source } from "../../cloud-sync/protocol/plain-reading.ts";
import type { RadioColumns, ReadingTable, TableShape } from "../../cloud-sync/protocol/reading-table.ts";
import { isPlain, isWholeTime } from "./kept-entries.ts";
import { INT4_MAX, isCount, isElsewhere, isKey, isMeasured, isText, isTime } from "./sorting.ts";

const every = <Item>(column: ArrayLike<Item>, is: (item: Item) => boolean): boolean => {
  for (let index = 0; index < column.length; index++) if (!is(column[index]!)) return false;
  return true;
};

const isStorableTime = (ms: number): boolean => isTime(ms) && isWholeTime(ms) && isPlain(ms);
const isStorableInt4 = (value: number): boolean => isCount(value, INT4_MAX) && isPlain(value);
const isStorableCount = (value: number): boolean => isCount(value, Number.MAX_SAFE_INTEGER) && isPlain(value);

const areStampsStorable = ({ walls, leads, boots }: ReadStamps): boolean => {
  for (let position = 0; position < walls.length; position++) {
    const mono = walls[position]! - leads[position]!;
    if (!Number.isSafeInteger(mono) || !isPlain(mono)) return false;
  }
  return every(walls, isStorableTime) && every(boots, (boot) => isCount(boot, INT4_MAX));
};

const isRadioStorable = ({ gateway, rssi, snr, gateways, dr }: RadioColumns): boolean =>
  [...new Set(gateway)].every((name) => name === undefined || isText(name)) &&
  every(rssi, Number.isFinite) &&
  every(snr, Number.isFinite) &&
  every(gateways, isStorableInt4) &&
  every(dr, isStorableInt4);

const isStorableValue = (value: Value): boolean =>
  typeof value === "number" ? Number.isFinite(value) && isPlain(value) : typeof value === "boolean" || isText(value);

const isShapeStorable = ({ labels, columns }: TableShape): boolean =>
  labels.every(({ name, unit }) => isKey(name) && isKey(unit)) &&
  columns.every((column) => every(column, isStorableValue));

const isSourceStorable = ({ device, asset = "", commune = "", codec = "" }: Source): boolean =>
  [device, asset, commune].every(isKey) && isText(codec);

const areExtrasStorable = ({ history, notes, fault }: Extras): boolean =>
  history.every(
    ({ at, measurements }) =>
      isTime(at) &&
      isPlain(at) &&
      measurements.every((measurement) => isMeasured(measurement) && isPlain(measurement.value)),
  ) &&
  notes.every(isText) &&
  (fault === undefined || (isText(fault.code) && isText(fault.message)));

/** @param communes those the box serves */
export const areAllServed = ({ columns }: ReadingTable, communes: readonly string[]): boolean =>
  !columns.series.some(({ source }) => isElsewhere(source, communes));

/** For a box that serves the communes they are of. */
export const isStorableTable = (table: EntryTable, readings: ReadingTable): boolean => {
  const { at, receivedAt, fCnt, fPort, series, radio, extras } = readings.columns;
  return (
    areStampsStorable(table.columns.stamps) &&
    every(at, isStorableTime) &&
    every(receivedAt, isStorableTime) &&
    every(fCnt, isStorableCount) &&
    every(fPort, isStorableInt4) &&
    isRadioStorable(radio) &&
    series.every(({ source }) => isSourceStorable(source)) &&
    [...new Set(series.map(({ shape }) => shape))].every(isShapeStorable) &&
    [...extras.values()].every(areExtrasStorable)
  );
};
