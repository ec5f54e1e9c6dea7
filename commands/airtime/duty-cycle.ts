/**
 * The duty cycle of EU868: of each sliding hour a sender, LoRa gateways too, may use only a share of each sub-band (ETSI EN 300 220,
 * ERC Recommendation 70-03). ChirpStack does not watch over it. Pure.
 */

export interface SubBand {
  readonly name: string;
  /** Hz, from (included) to (not included). */
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

export const EU868_SUB_BANDS: readonly SubBand[] = [
  { name: "863.0-865.0", from: 863_000_000, to: 865_000_000, share: 0.001 },
  { name: "865.0-868.0", from: 865_000_000, to: 868_000_000, share: 0.01 },
  { name: "868.0-868.6", from: 868_000_000, to: 868_600_000, share: 0.01 },
  { name: "868.7-869.2", from: 868_700_000, to: 869_200_000, share: 0.001 },
  { name: "869.4-869.65", from: 869_400_000, to: 869_650_000, share: 0.1 },
  { name: "869.7-870.0", from: 869_700_000, to: 870_000_000, share: 0.01 },
];

/** RX2, where class C and multicast are sent (LoRaWAN regional parameters, EU868). */
export const RX2_FREQUENCY = 869_525_000;
export const RX2_DR = 0;

/** Where and how a frame goes out. */
export interface Way {
  /** Hz. */
  readonly frequency: number;
  /** Of EU868. */
  readonly dr: number;
}

export const RX2: Way = { frequency: RX2_FREQUENCY, dr: RX2_DR };

export const HOUR_MS = 3_600_000;

/** Undefined for a frequency in which nothing may be sent. */
export const subBandOf = (frequency: number): SubBand | undefined =>
  EU868_SUB_BANDS.find(({ from, to }) => frequency >= from && frequency < to);

/** One transmission, in one sub-band of one gateway. */
export interface AirUse {
  /** Its end, ms since 1970. */
  readonly at: number;
  readonly ms: number;
}

/** How much of the time before `now` was used. */
export const usedMs = (uses: readonly AirUse[], now: number, windowMs = HOUR_MS): number =>
  uses.reduce((sum, { at, ms }) => (at > now - windowMs ? sum + ms : sum), 0);

/** From when on a transmission of `ms` keeps the share of a sliding window; `now` when it does already, Infinity when it never can. */
export const freeAt = (uses: readonly AirUse[], band: SubBand, ms: number, now: number, windowMs = HOUR_MS): number => {
  const budget = band.share * windowMs;
  if (ms > budget) return Number.POSITIVE_INFINITY;
  const within = uses.filter(({ at }) => at > now - windowMs).sort((one, other) => one.at - other.at);
  let used = usedMs(within, now, windowMs) + ms;
  let free = now;
  for (const use of within) {
    if (used <= budget) break;
    used -= use.ms;
    free = use.at + windowMs;
  }
  return Math.max(now, free);
};

/** A street sent one by one may not use the hour up at once: then nothing is left for whoever must be heard. */
export const PACE_MS = HOUR_MS / 10;

/**
 * When the next downlink of a gateway should go. A gateway that sends hears nothing: it rests as long as it sent. All but what
 * safety needs is spread evenly. `rests` false: the network server itself keeps this frame apart from the last one.
 */
export const turnAt = (
  uses: readonly AirUse[],
  band: SubBand,
  ms: number,
  now: number,
  { isSafety, rests = true }: { readonly isSafety: boolean; readonly rests?: boolean },
): number => {
  const last = uses.reduce((latest, use) => (use.at > latest.at ? use : latest), {
    at: Number.NEGATIVE_INFINITY,
    ms: 0,
  });
  const rested = rests ? Math.max(now, last.at + last.ms) : now;
  const free = freeAt(uses, band, ms, rested);
  // A sub-band whose share of the short window holds not even one frame is paced by the hour alone.
  return isSafety || ms > band.share * PACE_MS ? free : Math.max(free, freeAt(uses, band, ms, rested, PACE_MS));
};

/** How long `count` transmissions of `ms` take, sent evenly as the share allows. */
export const spanMs = (count: number, ms: number, band: SubBand): number => (count * ms) / band.share;
