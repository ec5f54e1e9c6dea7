/**
 * Which readings fit the compact forms (journal rows and wire columns). All that a network server sends does; what does not,
 * because a caller or a foreign codec was odd, is kept as JSON instead, just as exactly.
 */

import type { Measurement, Radio, Reading, Value } from "./entry.ts";
import { isWhole, toSteps } from "./steps.ts";

/** LoRa SNR comes in quarters of a dB, network servers write it with at most two decimals. */
export const SNR_STEPS = 2;
const COUNT_MAX = 0x7fff_ffff;

const isCount = (value: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= COUNT_MAX && !Object.is(value, -0);

const isRadioOrdinary = (radio: Radio): boolean =>
  isWhole(radio.rssi) && toSteps(radio.snr, SNR_STEPS) !== undefined && isCount(radio.gateways) && isCount(radio.dr);

/** Lone surrogates would not survive UTF-8, nor negative zero protobuf's JSON. */
export const isValueOrdinary = (value: Value): boolean =>
  typeof value === "string" ? value.isWellFormed() : !Object.is(value, -0);

export const areOrdinary = (measurements: readonly Measurement[]): boolean =>
  measurements.every(({ name, unit, value }) => name.isWellFormed() && unit.isWellFormed() && isValueOrdinary(value));

export const areNumbersOrdinary = (reading: Reading): boolean =>
  isWhole(reading.at) &&
  isWhole(reading.receivedAt) &&
  isCount(reading.fCnt) &&
  isCount(reading.fPort) &&
  (reading.radio === undefined || isRadioOrdinary(reading.radio));

export const areTextsOrdinary = ({ device, asset = "", commune = "", codec = "", measurements }: Reading): boolean =>
  device.isWellFormed() &&
  asset.isWellFormed() &&
  commune.isWellFormed() &&
  codec.isWellFormed() &&
  areOrdinary(measurements);

/** Whether the older measurements fit the compact forms too. */
export const isHistoryOrdinary = ({ history }: Reading): boolean =>
  history.every(({ at, measurements }) => isWhole(at) && areOrdinary(measurements));
