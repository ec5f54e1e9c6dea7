/** Durations as people write them: a whole number and a unit, `500ms`, `5s`, `30m` or `30min`, `24h`, `7d`. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DURATION = /^(\d{1,6})\s*(ms|s|min|m|h|d)$/;

/** In milliseconds; undefined for anything else, a bare number too. */
export function durationMs(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  return match ? Number(match[1]) * UNIT_MS[match[2]!]! : undefined;
}
