/** The box's clocks, and how far the wall clock may be trusted. */
import { existsSync, readFileSync } from "node:fs";
import type { ClockQuality, ClockSource } from "../cloud-sync/protocol/entry.ts";
import type { Clock } from "./words.ts";

export interface BoxClock extends Clock {
  /** `unknown` until a source confirmed the wall clock since boot. */
  quality(): ClockQuality;
  /** Who confirmed it. */
  confirmedBy(): ClockSource | undefined;
  /**
   * The time of the hypervisor or of a satellite receiver, ms since 1970, heard just now; `doubtMs` is how long it was on its way.
   * Believed while nobody else confirmed the clock: agreeing, it confirms; apart by more than half a minute, it counts instead of the
   * machine's.
   */
  hear(wall: number, doubtMs: number, source: "hypervisor" | "gnss"): void;
  /** What the machine's own clock shows when it is `wall` here, ms since 1970: the same, unless another's time counts instead of its. */
  onMachine(wall: number): number;
}

/** systemd-timesyncd touches it once the clock is set by NTP; it is gone after a boot. */
const TIMESYNC_MARK = "/run/systemd/timesync/synchronized";
/** Apart by less, two clocks confirm each other. */
const AGREE_MS = 30_000;

/** Names this boot of the machine; undefined where the system has no name for it. */
export const bootId = (): string | undefined => {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
};

// CLOCK_MONOTONIC counts from boot, performance.now() from the start of the process; the latter is much the cheaper to ask.
const STARTED_AFTER_BOOT_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

export const systemClock: Clock = {
  now: () => Date.now(),
  mono: () => Math.round(STARTED_AFTER_BOOT_MS + performance.now()),
};

export const createBoxClock = (clock: Clock, isTimeSynchronised = () => existsSync(TIMESYNC_MARK)): BoxClock => {
  let source: ClockSource | undefined = isTimeSynchronised() ? "ntp" : undefined;
  let lookedAt = clock.mono();
  /** What the machine's clock lacks, ms: told by another, until the machine knows the time itself. */
  let shift = 0;
  const look = (): void => {
    const mono = clock.mono();
    if (mono - lookedAt < 10_000) return;
    lookedAt = mono;
    if (!isTimeSynchronised()) return;
    source ??= "ntp";
    shift = 0;
  };
  return {
    now: () => clock.now() + shift,
    mono: () => clock.mono(),
    quality() {
      if (source === undefined || shift !== 0) look();
      return source === undefined ? "unknown" : "confirmed";
    },
    confirmedBy: () => source,
    onMachine: (wall) => wall - shift,
    hear(wall, doubtMs, by) {
      if (source !== undefined) return;
      const offset = wall - clock.now();
      // Apart by so much one of the two is wrong, and ours has nobody to vouch for it.
      if (Math.abs(offset) > AGREE_MS + doubtMs) shift = offset;
      source = by;
    },
  };
};
