/** A codec of one frame on port 1, to look at a part of the language alone. */
import { defineCodec } from "../../codecs/language/index.ts";
import type { Part } from "../../codecs/language/part.ts";
import { toHex } from "./vectors.ts";

type Declaration = Parameters<typeof defineCodec>[0];

export const codecOf = (part: Part<unknown, unknown>, more: Partial<Declaration> = {}) =>
  defineCodec({
    id: "test",
    version: 1,
    maker: "Test",
    name: "Test",
    what: { en: "test", fr: "test" },
    uplink: { 1: part },
    ...more,
  });

/** As hex, or the code of the fault. */
export const encode = (part: Part<unknown, unknown>, fields: Record<string, unknown>): string => {
  const encoded = codecOf(part).encodeUplink(1, fields);
  return encoded.ok ? toHex(encoded.value) : encoded.fault.code;
};
