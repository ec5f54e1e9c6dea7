import { WireError } from "../../faults.ts";
import type { ConstantSpec, CrcSpec, TextSpec } from "../spec.ts";
import type { Compiled } from "./compiled.ts";
import { missingField } from "./number.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const FORMS: Readonly<
  Record<TextSpec["form"], { read(bytes: Uint8Array): string; write(text: string): number[] | undefined; is: string }>
> = {
  ascii: {
    is: "printable ASCII characters",
    read: (bytes) => String.fromCharCode(...bytes),
    write: (text) => (/^[\x20-\x7e]*$/.test(text) ? [...text].map((one) => one.charCodeAt(0)) : undefined),
  },
  hex: {
    is: "lower-case hexadecimal digits, two a byte",
    read(bytes) {
      let text = "";
      for (const byte of bytes) text += HEX[byte];
      return text;
    },
    write: (text) =>
      /^([0-9a-f]{2})*$/.test(text) ? (text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)) : undefined,
  },
  dotted: {
    is: "numbers of 0 to 255 with dots between them",
    read: (bytes) => bytes.join("."),
    write(text) {
      const numbers = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2}))*$/.test(text) ? text.split(".").map(Number) : [256];
      return numbers.some((one) => one > 255) ? undefined : numbers;
    },
  },
};

export function compileText(spec: TextSpec, path: string): Compiled {
  const form = FORMS[spec.form];
  return {
    read(reader) {
      const count = spec.length === "rest" ? reader.end - reader.at : spec.length;
      const at = reader.take(count, path);
      const slice = reader.bytes.slice(at, at + count);
      if (spec.form === "ascii" && slice.some((byte) => byte < 0x20 || byte > 0x7e)) {
        reader.warn("code.unknown", `${path}: not printable ASCII`, at);
        return undefined;
      }
      return form.read(spec.reversed ? slice.toReversed() : slice);
    },
    write(writer, given) {
      const value = given ?? spec.default;
      if (value === undefined || value === null) throw missingField(path);
      const bytes = typeof value === "string" ? form.write(value) : undefined;
      if (bytes === undefined) throw new WireError("field.type", `${path} must be ${form.is}`, { field: path });
      if (spec.length !== "rest" && bytes.length !== spec.length) {
        throw new WireError("field.range", `${path} has ${bytes.length} bytes, it needs ${spec.length}`, {
          field: path,
        });
      }
      for (const byte of spec.reversed ? bytes.toReversed() : bytes) writer.bytes.push(byte);
    },
  };
}

export function compileConstant(spec: ConstantSpec, path: string): Compiled {
  const expected = spec.bytes;
  return {
    read(reader) {
      const at = reader.take(expected.length, path || "a fixed part");
      for (let i = 0; i < expected.length; i++) {
        if (reader.bytes[at + i] === expected[i]) continue;
        throw new WireError(
          "frame.mismatch",
          `byte ${HEX[reader.bytes[at + i]!]} stands where ${HEX[expected[i]!]} must be`,
          {
            offset: at + i,
          },
        );
      }
      return undefined;
    },
    write(writer) {
      for (const byte of expected) writer.bytes.push(byte);
    },
  };
}

/** CRC-16/MODBUS: polynomial 0x8005 reflected, start 0xffff. */
export function crc16(bytes: ArrayLike<number>, end: number): number {
  let crc = 0xffff;
  for (let i = 0; i < end; i++) {
    crc ^= bytes[i]!;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

export function compileCrc(spec: CrcSpec): Compiled {
  return {
    read(reader) {
      const at = reader.take(2, "the check sum");
      const [first, second] = [reader.bytes[at]!, reader.bytes[at + 1]!];
      const found = spec.order === "le" ? first | (second << 8) : (first << 8) | second;
      if (found !== crc16(reader.bytes, at))
        throw new WireError("crc.mismatch", "the check sum is wrong", { offset: at });
      return undefined;
    },
    write: (writer) => writer.put(crc16(writer.bytes, writer.bytes.length), 2, spec.order),
  };
}
