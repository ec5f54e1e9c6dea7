/**
 * When a Watteco device speaks by itself: of an attribute, the least and the longest time between two reports, and the change that is
 * worth one. The bytes are those of the maker's Python library (codec-watteco 0.0.9, MIT), in the form without thresholds.
 */
import { be, bits, command, constant, oneOf, yesNo } from "../language/index.ts";
import type { Fields } from "../language/part.ts";
import { END_POINTS } from "./watteco-words.ts";

/** Fifteen bits of seconds or of minutes; a longest time of 0 is none. */
const period = bits({
  time: { from: 0, width: 15 },
  in: { from: 15, width: 1, codes: { s: 0, min: 1 } },
}).wide("be");

const CONFIGURE = 0x06;
/** No batch, no cause, nothing secured. */
const PLAIN = 0x00;

const report = <const F extends Fields>(
  cluster: readonly [number, number],
  attribute: readonly [number, number],
  type: number,
  change: F,
) =>
  command([], {
    endPoint: oneOf(END_POINTS).default("0"),
    of: constant(CONFIGURE, ...cluster, PLAIN, ...attribute, type),
    min: period,
    max: period,
    ...change,
  });

export const reportTemperature = report([0x04, 0x02], [0x00, 0x00], 0x29, { change: be.i16.per(100).unit("Cel") });
export const reportHumidity = report([0x04, 0x05], [0x00, 0x00], 0x21, { change: be.u16.per(100).unit("%") });
export const reportPulses = report([0x00, 0x0f], [0x04, 0x02], 0x23, { change: be.u32 });
/** In the unit of the model's analog value. */
export const reportAnalog = report([0x00, 0x0c], [0x00, 0x55], 0x39, { change: be.f32 });
export const reportCurrent = report([0x00, 0x0c], [0x00, 0x55], 0x39, { change: be.f32.unit("A") });
/** `change` says whether switching is worth a report. */
export const reportOutput = report([0x00, 0x06], [0x00, 0x00], 0x10, { change: yesNo });
/** The descriptor of the power supply, by the voltage of the disposable battery alone. */
export const reportBattery = report([0x00, 0x50], [0x00, 0x06], 0x41, {
  begins: constant(0x05, 0x00, 0x04),
  change: be.u16.unit("mV"),
  ends: constant(0x00),
});
