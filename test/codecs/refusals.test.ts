import { describe, expect, it } from "vitest";
import {
  bits,
  blocks,
  channel,
  channels,
  command,
  constant,
  countOf,
  DeclarationError,
  defineCodec,
  hex,
  inline,
  le,
  list,
  masked,
  oneOf,
  record,
  u8,
} from "../../codecs/language/index.ts";
import type { Fields, Part } from "../../codecs/language/part.ts";

const { u16 } = le;
const load = (uplink: Readonly<Record<number, Part<unknown>>>, fields?: Fields) =>
  defineCodec({
    id: "a-model",
    version: 1,
    maker: "Maker",
    name: "Model",
    what: { en: "test", fr: "test" },
    uplink,
    downlinkPort: 2,
    ...(fields === undefined ? {} : { commands: { order: command([1], fields) } }),
  });

const CONTRADICTIONS: readonly (readonly [string, () => unknown, RegExp])[] = [
  ["overlapping bits", () => load({ 1: bits({ on: 7, level: { from: 4, width: 4 } }) }), /level: overlaps/],
  ["a bit outside its byte", () => load({ 1: bits({ on: 8 }) }), /outside the bytes/],
  [
    "two words of a bit field with one code",
    () => load({ 1: bits({ mode: { from: 0, width: 2, codes: { a: 1, b: 1 } } }) }),
    /share the code 1/,
  ],
  [
    "a bit field's code that is too large",
    () => load({ 1: bits({ mode: { from: 0, width: 2, codes: { a: 4 } } }) }),
    /does not fit 0 to 3/,
  ],
  [
    "two words with one code",
    () => load({ 1: record({ state: oneOf({ on: 1, off: 1 }) }) }),
    /state: two words share the code 1/,
  ],
  [
    "a code that does not fit its byte",
    () => load({ 1: record({ state: oneOf({ on: 256 }) }) }),
    /does not fit 0 to 255/,
  ],
  [
    "a sentinel that is a word too",
    () => load({ 1: record({ state: oneOf({ on: 255 }).absent(255) }) }),
    /share the code 255/,
  ],
  [
    "a channel declared twice",
    () => load({ 1: channels({ a: channel(1, 2, u8), b: channel(1, 2, u16) }) }),
    /channel 102 is declared twice/,
  ],
  ["keys of two lengths", () => load({ 1: channels({ a: channel(1, 2, u8), b: channel(1, u16) }) }), /same length/],
  ["a channel without end", () => load({ 1: channels({ a: channel(1, hex("rest")) }) }), /know its own length/],
  [
    "two fields on one bit of a mask",
    () => load({ 1: masked({ a: { bit: 1, part: u8 }, b: { bit: 1, part: u8 } }) }),
    /bit 1 has two fields/,
  ],
  [
    "two fields of one name",
    () => load({ 1: record({ on: u8, flags: inline(bits({ on: 0 })) }) }),
    /two fields are called on/,
  ],
  ["a field after one without end", () => load({ 1: record({ all: hex("rest"), more: u8 }) }), /nothing can follow/],
  ["an item without bytes", () => load({ 1: record({ items: blocks(record({})) }) }), /repeat for ever/],
  [
    "a count without its list",
    () => load({ 1: record({ count: countOf("items"), items: list(u8, 2) }) }),
    /no announced list/,
  ],
  ["a number placed inline", () => load({ 1: record({ a: inline(u8) }) }), /only a group/],
  ["an empty range", () => load({ 1: record({ level: u8.range(5, 1) }) }), /empty/],
  ["a range beyond the wire", () => load({ 1: record({ level: u8.range(0, 300) }) }), /300 does not fit/],
  [
    "a range between two steps",
    () => load({ 1: record({ level: u8.times(10).range(5, 100) }) }),
    /between two wire steps/,
  ],
  [
    "a sentinel inside the range",
    () => load({ 1: record({ level: u8.range(0, 100).absent(50) }) }),
    /would hide a value/,
  ],
  ["a word on the sentinel", () => load({ 1: record({ level: u8.absent(255).or({ release: 255 }) }) }), /two meanings/],
  ["a scale of nothing", () => load({ 1: record({ level: u8.per(0) }) }), /whole and above 0/],
  ["an unknown unit", () => load({ 1: record({ level: u8.unit("percent") }) }), /no unit we know/],
  [
    "a unit that cannot become the quantity's",
    () => load({ 1: record({ level: u8.unit("V").quantity("battery.level") }) }),
    /V cannot become battery.level, which is in %/,
  ],
  [
    "a quantity without unit on the field",
    () => load({ 1: record({ level: u8.quantity("battery.level") }) }),
    /cannot become/,
  ],
  [
    "an inexact conversion",
    () => load({ 1: record({ speed: u8.unit("km/h").quantity("wind.speed") }) }),
    /cannot become/,
  ],
  ["a port that LoRaWAN does not have", () => load({ 224: record({ level: u8 }) }), /FPort 224/],
  [
    "a fault inside a command",
    () => load({ 1: u8 }, { level: u8.range(9, 1), end: constant(0) }),
    /a-model order.*empty/,
  ],
];

describe("a declaration that contradicts itself does not load", () => {
  it.each(CONTRADICTIONS)("%s", (_, declare, message) => {
    expect(declare).toThrow(DeclarationError);
    expect(declare).toThrow(message);
  });

  it("a command without FPort", () => {
    const declare = () =>
      defineCodec({
        id: "m",
        version: 1,
        maker: "M",
        name: "M",
        what: { en: "test", fr: "test" },
        uplink: {},
        commands: { reboot: command([1], {}) },
      });
    expect(declare).toThrow(/needs an FPort/);
  });

  it("one that does not, loads", () => {
    expect(load({ 1: record({ level: u8.unit("%").range(0, 100).absent(255).quantity("battery.level") }) }).id).toBe(
      "a-model",
    );
  });
});
