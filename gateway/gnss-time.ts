/**
 * Satellite time of LoRa gateways as a source of the box's clock. ChirpStack hands on `timeSinceGpsEpoch` where a gateway's receiver
 * has a fix, and leaves it out elsewhere; `gwTime` may be any clock and is not used. A message may have waited at the broker for
 * hours, so one alone proves nothing: two must agree with the box's monotonic clock over half a minute, which a backlog that is
 * handed over at once never does.
 */

const GPS_EPOCH_MS = Date.UTC(1980, 0, 6);
/** GPS time runs ahead of UTC by the leap seconds since 1980; none was added after 2016. */
const LEAP_MS = 18_000;

/** ms since 1970, of `timeSinceGpsEpoch` in ms. */
export const fromGps = (sinceGpsEpochMs: number): number => GPS_EPOCH_MS + sinceGpsEpochMs - LEAP_MS;

/** Two messages of live radio differ in delay by less. */
const AGREE_MS = 5_000;
const APART_MS = 30_000;
/** A first message nobody confirmed for so long was late; the next one takes its place. */
const FORGET_MS = 3_600_000;

export interface GnssTime {
  /** Of one uplink, heard now. */
  heard(time: number): void;
}

export const createGnssTime = (parts: {
  readonly clock: { mono(): number; hear(wall: number, doubtMs: number, source: "gnss"): void };
  /** No true time is earlier: receivers may be off by 1,024 weeks. ms since 1970. */
  readonly notBefore: number;
}): GnssTime => {
  let first: { readonly lead: number; readonly mono: number } | undefined;
  return {
    heard(time) {
      if (time < parts.notBefore) return;
      const mono = parts.clock.mono();
      const lead = time - mono;
      const agrees = first !== undefined && Math.abs(lead - first.lead) <= AGREE_MS;
      // A message is late or on time, never early: the greater lead is the truer.
      if (first === undefined || lead > first.lead + AGREE_MS || mono - first.mono > FORGET_MS) first = { lead, mono };
      else if (agrees && mono - first.mono >= APART_MS) {
        parts.clock.hear(mono + Math.max(lead, first.lead), AGREE_MS, "gnss");
        first = { lead, mono };
      }
    },
  };
};
