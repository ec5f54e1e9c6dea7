/**
 * How weak a frame may be and still be heard, by data rate: learnt on this box as the weakest ever heard at that rate, by whatever
 * device. The gateways' true floor lies there or below, so a margin above it is a lower bound, never a boast.
 */

/** By data rate: the lowest SNR heard, dB, and how many frames tell it. */
export type Floors = Record<string, [snr: number, frames: number]>;

/** Fewer frames say little about the weakest. */
const FRAMES_MIN = 1_000;

export const learnFloor = (floors: Floors, dr: number, snr: number): void => {
  const known = floors[dr];
  if (known === undefined) floors[dr] = [snr, 1];
  else {
    known[0] = Math.min(known[0], snr);
    known[1] += 1;
  }
};

export const floorOf = (floors: Floors, dr: number): number | undefined => {
  const known = floors[dr];
  return known !== undefined && known[1] >= FRAMES_MIN ? known[0] : undefined;
};
