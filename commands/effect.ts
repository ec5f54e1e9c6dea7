/** Whether a reading shows that a command took effect. Pure: the signs are data of the device's model. */

/** One way the effect shows: a measurement comes near the value that a command field wants. */
export interface Sign {
  readonly measurement: string;
  readonly field: string;
  /** The wanted value is `field × attribute / 100`, a percentage of an attribute of the asset. */
  readonly percentOf?: string;
  readonly within: number;
  readonly withinShare?: number;
}

export interface Seen {
  readonly name: string;
  readonly value: number | boolean | string;
}

/** `lamp.power@driver9` → `lamp.power`. */
const withoutInstance = (name: string): string => name.split("@", 1)[0]!;

const wanted = (
  sign: Sign,
  fields: Readonly<Record<string, unknown>>,
  attributes: Readonly<Record<string, unknown>>,
): number | undefined => {
  const value = fields[sign.field];
  if (typeof value !== "number") return undefined;
  if (sign.percentOf === undefined) return value;
  const whole = attributes[sign.percentOf];
  return typeof whole === "number" ? (value * whole) / 100 : undefined;
};

/** The sign that proves it, or undefined. Contradicting measurements in the same frame outweigh a match. */
export const effectShown = (
  signs: readonly Sign[],
  fields: Readonly<Record<string, unknown>>,
  attributes: Readonly<Record<string, unknown>>,
  measurements: readonly Seen[],
): Sign | undefined => {
  let proof: Sign | undefined;
  for (const sign of signs) {
    const target = wanted(sign, fields, attributes);
    if (target === undefined) continue;
    const tolerance = Math.max(sign.within, Math.abs(target) * (sign.withinShare ?? 0));
    for (const { name, value } of measurements) {
      if (withoutInstance(name) !== sign.measurement || typeof value !== "number") continue;
      if (Math.abs(value - target) > tolerance) return undefined;
      proof = sign;
    }
  }
  return proof;
};
