/** What Watteco's frames share in both directions. */

export const WATTECO_PORT = 125;

/** The end point stands in the upper bits of the first byte. */
export const END_POINTS: Readonly<Record<string, number>> = Object.fromEntries(
  Array.from({ length: 8 }, (_, n) => [String(n), 0x11 + 0x20 * n]),
);
