/** The code tables of NAS luminaire controllers: whom a block or order speaks of, and why a lamp has its level. */

const numbered = (count: number, word: string, code: (n: number) => number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${word} ${n}`, code(n)]));

/** DALI knows 64 short addresses and 16 groups. */
const parts = {
  output: 0x01,
  broadcast: 0xfe,
  ...numbered(64, "driver", (n) => 2 * n),
  ...numbered(16, "group", (n) => 0x80 | (2 * n)),
};

/** In orders and status blocks 0xFF is every driver. */
export const ADDRESSES: Readonly<Record<string, number>> = { ...parts, "all-drivers": 0xff };
/** In usage blocks 0xFF is the controller's own meter. */
export const METERS: Readonly<Record<string, number>> = { ...parts, internal: 0xff };

export const REASONS: Readonly<Record<string, number>> = {
  ...numbered(8, "profile", (n) => n),
  "calendar day": 0x15,
  "calendar night": 0x16,
  ...numbered(16, "dawn step", (n) => 0x30 + n),
  ...numbered(16, "dusk step", (n) => 0x50 + n),
  ...numbered(2, "digital input", (n) => 0x70 + n),
  ...numbered(8, "light step", (n) => 0x80 + n),
  "relay off": 245,
  "driver missing": 246,
  fallback: 248,
  LDR: 250,
  DIG: 252,
  manual: 253,
};
