/** A frame read again: the entry it corrects stays as it was written; readers show it so. */
import type { Correction, Reading } from "./entry.ts";

/** Note of a reading that is shown as it was read again. */
export const CORRECTED = "corrected";

/** The reading as its frame was read again. */
export function correctedReading(reading: Reading, correction: Correction): Reading {
  const { codec: _codec, fault: _fault, ...rest } = reading;
  const { codec, measuredAt, measurements, history, notes, fault } = correction;
  return {
    ...rest,
    ...(codec === undefined ? {} : { codec }),
    at: measuredAt,
    measurements,
    history,
    notes: [...notes, CORRECTED],
    ...(fault === undefined ? {} : { fault }),
  };
}
