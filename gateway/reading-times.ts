/** When a frame was measured, and when each value of its past was: by the device's clock where that can be believed. Pure. */
import type { Decoded, Measurement } from "../codecs/words.ts";

/** A device's clock is believed within this distance of the network server's. */
const CLOCK_TOLERANCE_MS = 24 * 3_600_000;
/** No device remembers longer: what is older comes from a clock that was never set. Relative, for the box's own clock may be unset too. */
const PAST_MAX_MS = 10 * 365 * 24 * 3_600_000;

interface Past {
  readonly at: number;
  readonly measurements: readonly Measurement[];
}

export interface ReadingTimes {
  /** ms since 1970, whole. */
  readonly at: number;
  readonly history: readonly Past[];
  /**
   * `device-clock-off`: the device's clock is not believed; its past is moved by as much as the clock is off. `history-undated`: values
   * of the past whose time cannot be, are left out; their frame keeps them.
   */
  readonly notes: readonly string[];
}

/** @param receivedAt time of the network server, ms since 1970 */
export function timesOf(decoded: Decoded, receivedAt: number): ReadingTimes {
  const { deviceTime = receivedAt, history, earlier = [] } = decoded;
  const believed = Math.abs(deviceTime - receivedAt) <= CLOCK_TOLERANCE_MS;
  const at = believed ? Math.round(deviceTime) : receivedAt;
  const notes = believed ? [] : ["device-clock-off"];
  if (history.length + earlier.length === 0) return { at, history, notes };
  const shift = at - Math.round(deviceTime);
  const dated = [
    ...history.map((past) => ({ at: past.at + shift, measurements: past.measurements })),
    ...earlier.map(({ seconds, measurements }) => ({ at: at - seconds * 1_000, measurements })),
  ];
  const [from, to] = [receivedAt - PAST_MAX_MS, receivedAt + CLOCK_TOLERANCE_MS];
  const possible = dated.filter((past) => past.at >= from && past.at <= to);
  return { at, history: possible, notes: possible.length < dated.length ? [...notes, "history-undated"] : notes };
}
