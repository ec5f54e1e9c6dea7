/** Why a payload is not the event its topic announces. Caught in `readEvent`, never further. */
export class WireTrouble extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "WireTrouble";
    this.code = code;
  }
}

const TIMESTAMP_MS_MAX = 8.64e15;

/** RFC 3339 with up to nine fraction digits, as ms since 1970 (fractions of a millisecond are cut). */
export const timestampMs = (text: string): number => {
  const ms = Date.parse(text);
  if (!(Math.abs(ms) <= TIMESTAMP_MS_MAX)) throw new WireTrouble("bad-time", `no timestamp: ${text.slice(0, 40)}`);
  return ms;
};

/** A float of 32 bits as the shortest decimal that means it, which is how ChirpStack writes it in JSON. */
export const shortestFloat = (value: number): number => {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
};
