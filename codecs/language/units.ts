/**
 * Exact conversions between UCUM units, as a fraction of whole numbers: the wire integer is multiplied and divided once, so
 * that 3338 mV becomes 3.338 V and not 3.3380000000000001.
 */
export interface Factor {
  readonly times: number;
  readonly per: number;
}

const SAME: Factor = { times: 1, per: 1 };

/** [from, to, times, per]: `to = from * times / per`. */
const CONVERSIONS: readonly (readonly [string, string, number, number])[] = [
  ["%", "1", 1, 100],
  ["mV", "V", 1, 1000],
  ["mA", "A", 1, 1000],
  ["mW", "W", 1, 1000],
  ["kW", "W", 1000, 1],
  ["kWh", "Wh", 1000, 1],
  ["s", "h", 1, 3600],
  ["min", "h", 1, 60],
  ["min", "s", 60, 1],
  ["h", "s", 3600, 1],
  ["L", "m3", 1, 1000],
  ["mm", "m", 1, 1000],
  ["cm", "mm", 10, 1],
  ["m", "mm", 1000, 1],
  ["Pa", "hPa", 1, 100],
  ["kPa", "hPa", 10, 1],
  ["mbar", "hPa", 1, 1],
];

/** The UCUM codes a field may carry. A typing error in a unit that is no quantity would otherwise be seen by nobody. */
const KNOWN = new Set([
  ..."1 % V mV A mA W mW kW VA Wh kWh var.h Cel deg lx dB dB[mW] s min h d ms mm cm m L m3 Pa kPa hPa mbar Hz".split(
    " ",
  ),
  ..."[ppm] [ppb] [g] ug/m3 m/s km/h m/s2 mm/h deg/s A.h mg bool um nm".split(" "),
]);

export const isKnownUnit = (unit: string): boolean => KNOWN.has(unit);

/** How a value in `from` becomes one in `to`, or `undefined` when it exactly cannot. */
export function conversion(from: string, to: string): Factor | undefined {
  if (from === to) return SAME;
  const row = CONVERSIONS.find(([f, t]) => f === from && t === to);
  return row && { times: row[2], per: row[3] };
}
