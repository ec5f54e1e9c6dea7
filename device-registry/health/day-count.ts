/**
 * How many frames of each device came on each day, and how many its counter says were sent and not heard. Box and region count by
 * this, frame by frame in the order of the journal, so that they cannot disagree. Days are those of UTC, by the time of reception.
 */
import { type CounterState, countFrame, type DayCounts, forgetCounter, missedOf } from "./counter.ts";

export type { CounterState };

export interface CountedFrame {
  readonly device: string;
  readonly fCnt: number;
  /** ms since 1970. */
  readonly receivedAt: number;
  readonly counterRestarted: boolean;
}

export interface DeviceDay {
  readonly device: string;
  /** Days since 1970. */
  readonly day: number;
  received: number;
  /** By the counter; a frame that came late takes one away, so that alone it may be negative. */
  missed: number;
}

const DAY_MS = 86_400_000;
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

export interface DayCounter {
  /** The day it counts for; undefined for a copy of what was counted already. */
  frame(frame: CountedFrame): number | undefined;
  joined(device: string): void;
  /** What was counted since the last call. */
  take(): readonly DeviceDay[];
}

/** @param states of each device before the first frame; kept up in place. */
export const createDayCounter = (states: Map<string, CounterState>): DayCounter => {
  let days = new Map<string, DeviceDay>();
  const stateOf = (device: string): CounterState => {
    const known = states.get(device);
    if (known !== undefined) return known;
    const fresh: CounterState = {};
    states.set(device, fresh);
    return fresh;
  };
  const dayFor = (device: string, day: number): DeviceDay => {
    const key = `${device} ${day}`;
    const known = days.get(key);
    if (known !== undefined) return known;
    const fresh = { device, day, received: 0, missed: 0 };
    days.set(key, fresh);
    return fresh;
  };
  return {
    frame({ device, ...frame }) {
      const state = stateOf(device);
      const before = state.last === undefined ? undefined : { ...state.last };
      const alone: DayCounts = [];
      const steps = countFrame(state, alone, frame);
      const missed = missedOf(alone);
      if (steps === "copy") return undefined;
      const day = dayOf(frame.receivedAt);
      const counted = dayFor(device, day);
      counted.received += 1;
      if (steps === 0 && before !== undefined && frame.fCnt < before.fCnt) counted.missed -= 1;
      else if (steps > 1 && before !== undefined) {
        // Nobody knows when they were sent: evenly between the two that were heard.
        const pace = (frame.receivedAt - before.at) / steps;
        for (let nth = 1; nth < steps; nth++) dayFor(device, dayOf(before.at + nth * pace)).missed += 1;
      } else counted.missed += missed;
      return day;
    },
    joined(device) {
      forgetCounter(stateOf(device));
    },
    take() {
      const taken = [...days.values()];
      days = new Map();
      return taken;
    },
  };
};
