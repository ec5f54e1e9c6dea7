/**
 * How long a frame is in the air. LoRa modulation as the SX127x data sheet computes it (preamble 8 symbols, coding rate 4/5, explicit
 * header); data rates of EU868. FSK (DR7), LR-FHSS (DR8 to DR11), SF5 and SF6 follow other formulas, which are not covered. Pure.
 */

export interface LoraRate {
  readonly spreadingFactor: number;
  /** Hz. */
  readonly bandwidth: number;
}

/** EU868, DR0 to DR6 (ChirpStack, lrwn/src/region/eu868.rs). */
export const EU868_RATES: readonly LoraRate[] = [
  { spreadingFactor: 12, bandwidth: 125_000 },
  { spreadingFactor: 11, bandwidth: 125_000 },
  { spreadingFactor: 10, bandwidth: 125_000 },
  { spreadingFactor: 9, bandwidth: 125_000 },
  { spreadingFactor: 8, bandwidth: 125_000 },
  { spreadingFactor: 7, bandwidth: 125_000 },
  { spreadingFactor: 7, bandwidth: 250_000 },
];

/** Application bytes a downlink may carry at DR0 to DR6, without MAC commands. */
export const EU868_BYTES_MAX: readonly number[] = [51, 51, 51, 115, 242, 242, 242];

/** MHDR 1, DevAddr 4, FCtrl 1, FCnt 2, FPort 1, MIC 4. */
export const FRAME_OVERHEAD_BYTES = 13;

const PREAMBLE_SYMBOLS = 8 + 4.25;
const HEADER_SYMBOLS = 8;
const CODING_RATE = 1;
/** Longer symbols need the low data rate optimisation. */
const SYMBOL_MS_MAX = 16;

/**
 * @param phyBytes of the whole LoRaWAN frame.
 * @param direction downlinks have no CRC of their own.
 * @returns milliseconds.
 */
export const timeOnAirMs = (phyBytes: number, rate: LoraRate, direction: "up" | "down"): number => {
  const { spreadingFactor, bandwidth } = rate;
  const symbolMs = (2 ** spreadingFactor / bandwidth) * 1_000;
  const optimised = symbolMs > SYMBOL_MS_MAX ? 2 : 0;
  const crcBits = direction === "up" ? 16 : 0;
  const bits = 8 * phyBytes - 4 * spreadingFactor + 28 + crcBits;
  const blocks = Math.max(0, Math.ceil(bits / (4 * (spreadingFactor - optimised))));
  return (PREAMBLE_SYMBOLS + HEADER_SYMBOLS + blocks * (CODING_RATE + 4)) * symbolMs;
};

/** Of a downlink with so many application bytes at a data rate of EU868. Throws RangeError for rates that are not covered. */
export const downlinkMs = (applicationBytes: number, dr: number): number => {
  const rate = EU868_RATES[dr];
  if (rate === undefined) throw new RangeError(`DR${dr} of EU868 is not covered: DR0 to DR6 are`);
  return timeOnAirMs(applicationBytes + FRAME_OVERHEAD_BYTES, rate, "down");
};

/** The data rate of a modulation, or undefined when it is none of DR0 to DR6. */
export const rateOf = ({ spreadingFactor, bandwidth }: LoraRate): number | undefined => {
  const dr = EU868_RATES.findIndex((rate) => rate.spreadingFactor === spreadingFactor && rate.bandwidth === bandwidth);
  return dr === -1 ? undefined : dr;
};
