/**
 * How far this box's wall clock is from the region's: server time minus the middle of the exchange. The quickest of the last
 * exchanges counts, for it leaves the least room for error.
 */
const SAMPLES = 8;

export interface ClockOffset {
  /** Server minus box, ms. */
  readonly offsetMs: number;
  /** The offset is right within this, ms. */
  readonly withinMs: number;
}

export function createClockOffset(): {
  add(sample: { readonly sentAt: number; readonly roundTripMs: number; readonly serverTime: number }): void;
  estimate(): ClockOffset | undefined;
} {
  const samples: ClockOffset[] = [];
  return {
    add({ sentAt, roundTripMs, serverTime }) {
      if (serverTime <= 0) return;
      samples.push({ offsetMs: serverTime - (sentAt + roundTripMs / 2), withinMs: roundTripMs / 2 });
      if (samples.length > SAMPLES) samples.shift();
    },
    estimate: () =>
      samples.reduce<ClockOffset | undefined>(
        (best, each) => (best === undefined || each.withinMs <= best.withinMs ? each : best),
        undefined,
      ),
  };
}
