import type { SandboxLimits } from "./limits.ts";

/** Counts how often each source had to be stopped; `strikesMax` within `strikeLifeMs` put it out until it is forgiven. */
export interface Strikes {
  add(source: string): void;
  isOut(source: string): boolean;
  forgive(source: string): void;
}

/** Sources are named by their hash, so that loading the same text again does not wipe its record. */
export function createStrikes(limits: SandboxLimits, clock: { now(): number }): Strikes {
  const times = new Map<string, number[]>();
  const out = new Set<string>();
  return {
    add(source) {
      const now = clock.now();
      const recent = (times.get(source) ?? []).filter((at) => now - at < limits.strikeLifeMs);
      recent.push(now);
      times.set(source, recent);
      if (recent.length >= limits.strikesMax) out.add(source);
    },
    isOut: (source) => out.has(source),
    forgive(source) {
      times.delete(source);
      out.delete(source);
    },
  };
}
