/** Whether a frame of the device shows that a command took effect. Pure: the signs are data of the device's model. */

/** A measurement comes near the value that a command field wants, or is what it says. */
export interface MeasuredSign {
  readonly measurement: string;
  readonly field: string;
  /** The wanted value is `field × attribute / 100`, a percentage of an attribute of the asset. */
  readonly percentOf?: string;
  /** The field counts in another unit: the wanted value is `field × times`. */
  readonly times?: number;
  readonly within: number;
  readonly withinShare?: number;
}

/** A measurement is, or is no longer, one certain value: `release` ends the reason `manual`. */
export interface StateSign {
  readonly measurement: string;
  readonly is?: number | boolean | string;
  readonly isNot?: number | boolean | string;
}

/** The device sends back what it accepted: the very bytes of the command on this port. */
export interface EchoSign {
  readonly echo: number;
}

/** Any frame on this port: a device that starts anew says so. */
export interface PortSign {
  readonly port: number;
}

/** One way the effect shows; any one proves it. */
export type Sign = MeasuredSign | StateSign | EchoSign | PortSign;

export interface Seen {
  readonly name: string;
  readonly value: number | boolean | string;
}

/** What the device sent. */
export interface SeenFrame {
  readonly fPort: number;
  readonly bytes: Uint8Array;
  readonly measurements: readonly Seen[];
}

/** What the command wanted. */
export interface Wanted {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of the asset. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** As sent; for echoes. */
  readonly bytes?: Uint8Array;
}

type Verdict = "shows" | "contradicts" | "silent";

/** `lamp.power@driver9` → `lamp.power`. */
const withoutInstance = (name: string): string => name.split("@", 1)[0]!;

const wantedValue = (sign: MeasuredSign, { fields, attributes }: Wanted): number | boolean | string | undefined => {
  const value = fields[sign.field];
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value !== "number") return undefined;
  if (sign.percentOf === undefined) return value * (sign.times ?? 1);
  const whole = attributes[sign.percentOf];
  return typeof whole === "number" ? (value * whole) / 100 : undefined;
};

const agrees = (sign: MeasuredSign, target: number | boolean | string, value: Seen["value"]): boolean => {
  if (typeof target !== "number" || typeof value !== "number") return value === target;
  return Math.abs(value - target) <= Math.max(sign.within, Math.abs(target) * (sign.withinShare ?? 0));
};

const judge = (measurement: string, seen: readonly Seen[], right: (value: Seen["value"]) => boolean): Verdict => {
  let verdict: Verdict = "silent";
  for (const { name, value } of seen) {
    if (withoutInstance(name) !== measurement) continue;
    if (!right(value)) return "contradicts";
    verdict = "shows";
  }
  return verdict;
};

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);

const verdictOf = (sign: Sign, wanted: Wanted, frame: SeenFrame): Verdict => {
  if ("echo" in sign) {
    const isEcho = frame.fPort === sign.echo && wanted.bytes !== undefined && sameBytes(frame.bytes, wanted.bytes);
    return isEcho ? "shows" : "silent";
  }
  if ("port" in sign) return frame.fPort === sign.port ? "shows" : "silent";
  if ("field" in sign) {
    const target = wantedValue(sign, wanted);
    if (target === undefined) return "silent";
    return judge(sign.measurement, frame.measurements, (value) => agrees(sign, target, value));
  }
  return judge(sign.measurement, frame.measurements, (value) =>
    sign.is === undefined ? value !== sign.isNot : value === sign.is,
  );
};

/** The sign that proves it, or undefined. Contradicting measurements in the same frame outweigh a match. */
export const effectShown = (signs: readonly Sign[], wanted: Wanted, frame: SeenFrame): Sign | undefined => {
  let proof: Sign | undefined;
  for (const sign of signs) {
    const verdict = verdictOf(sign, wanted, frame);
    if (verdict === "contradicts") return undefined;
    if (verdict === "shows") proof = sign;
  }
  return proof;
};
