import { WireError } from "../../faults.ts";
import type { NumberSpec } from "../spec.ts";
import type { Writer } from "../writer.ts";

type Raw = (bytes: Uint8Array, at: number) => number;

const scratch = new DataView(new ArrayBuffer(4));

const INTEGERS: Readonly<Record<string, Raw>> = {
  u1: (b, i) => b[i]!,
  i1: (b, i) => (b[i]! << 24) >> 24,
  u2le: (b, i) => b[i]! | (b[i + 1]! << 8),
  u2be: (b, i) => (b[i]! << 8) | b[i + 1]!,
  i2le: (b, i) => ((b[i]! << 16) | (b[i + 1]! << 24)) >> 16,
  i2be: (b, i) => ((b[i]! << 24) | (b[i + 1]! << 16)) >> 16,
  u3le: (b, i) => b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16),
  u3be: (b, i) => (b[i]! << 16) | (b[i + 1]! << 8) | b[i + 2]!,
  i3le: (b, i) => ((b[i]! << 8) | (b[i + 1]! << 16) | (b[i + 2]! << 24)) >> 8,
  i3be: (b, i) => ((b[i]! << 24) | (b[i + 1]! << 16) | (b[i + 2]! << 8)) >> 8,
  u4le: (b, i) => (b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24)) >>> 0,
  u4be: (b, i) => ((b[i]! << 24) | (b[i + 1]! << 16) | (b[i + 2]! << 8) | b[i + 3]!) >>> 0,
  i4le: (b, i) => b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24),
  i4be: (b, i) => (b[i]! << 24) | (b[i + 1]! << 16) | (b[i + 2]! << 8) | b[i + 3]!,
};

/** The shortest decimal that is this single: 116.507 and not 116.50699615478516. */
export function shortestDecimal(single: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(single.toPrecision(digits));
    if (Math.fround(decimal) === single) return decimal;
  }
  return Number(single.toPrecision(9));
}

const float = (littleEndian: boolean): Raw => {
  return (bytes, at) => {
    for (let i = 0; i < 4; i++) scratch.setUint8(i, bytes[at + i]!);
    const single = scratch.getFloat32(0, littleEndian);
    return Number.isFinite(single) ? shortestDecimal(single) : Number.NaN;
  };
};

const hexText = (digits: number): Raw => {
  return (bytes, at) => {
    let value = 0;
    for (let i = 0; i < digits; i++) {
      const code = bytes[at + i]!;
      const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x41 && code <= 0x46 ? code - 0x37 : -1;
      if (digit < 0)
        throw new WireError("frame.mismatch", "expected upper-case hexadecimal digits", { offset: at + i });
      value = value * 16 + digit;
    }
    return value;
  };
};

/** Reads the wire number; not a number only where a float is none. */
export function rawReader(spec: NumberSpec): Raw {
  if (spec.form === "float") return float(spec.order === "le");
  if (spec.form === "hexText") return hexText(spec.bytes);
  const order = spec.bytes === 1 ? "" : spec.order;
  return INTEGERS[`${spec.signed ? "i" : "u"}${spec.bytes}${order}`]!;
}

/** Writes a wire number that is known to fit. */
export function rawWriter(spec: NumberSpec): (writer: Writer, wire: number) => void {
  if (spec.form === "float") {
    return (writer, wire) => {
      scratch.setFloat32(0, wire, spec.order === "le");
      for (let i = 0; i < 4; i++) writer.bytes.push(scratch.getUint8(i));
    };
  }
  if (spec.form === "hexText") {
    return (writer, wire) => {
      const digits = wire.toString(16).toUpperCase().padStart(spec.bytes, "0");
      for (const digit of digits) writer.bytes.push(digit.charCodeAt(0));
    };
  }
  return (writer, wire) => writer.put(wire, spec.bytes, spec.order);
}

/** The largest single as its shortest decimal, which is a little more than the single itself. */
const FLOAT_MAX = 3.4028235e38;

/** Smallest and largest wire number. */
export function wireLimits(spec: Pick<NumberSpec, "form" | "bytes" | "signed">): readonly [number, number] {
  if (spec.form === "float") return [-FLOAT_MAX, FLOAT_MAX];
  if (spec.form === "hexText") return [0, 16 ** spec.bytes - 1];
  const span = 256 ** spec.bytes;
  return spec.signed ? [-span / 2, span / 2 - 1] : [0, span - 1];
}
