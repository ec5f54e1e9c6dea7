/** Kinds of item beside a field that stands before them, a list of such items, and bits that only a formula reads. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findCodec } from "../../codecs/index.ts";
import { be, bits, blocks, cases, formula, inline, oneOf, partOf, record, u8 } from "../../codecs/language/index.ts";
import type { Part } from "../../codecs/language/part.ts";
import { valueFor } from "./arbitrary.ts";
import { brokenLaws } from "./laws.ts";
import { codecOf, encode } from "./one-part.ts";
import { fromHex } from "./vectors.ts";

const decode = (part: Part<unknown, unknown>, hex: string) => {
  const decoded = codecOf(part).decode({ bytes: fromHex(hex.replaceAll(" ", "")), fPort: 1 });
  return decoded.ok ? decoded.value : decoded.fault;
};

const channel = oneOf({ "0": 0, "1": 1, "2": 2 });
const item = partOf("channel", "0", {
  channel,
  what: inline(
    cases("type", {
      temperature: { code: 0x67, fields: { value: be.i16.per(10).unit("Cel").quantity("air.temperature") } },
      distance: { code: [0x82, 0x00], fields: { value: be.u24.unit("m"), sure: u8 } },
    }),
  ),
});
const row = record({ items: blocks(item) });

describe("kinds beside a field that stands before them", () => {
  const two = {
    items: [
      { channel: "0", type: "temperature", value: -0.1 },
      { channel: "2", type: "temperature", value: 25.5 },
    ],
  };

  it("are read and written, each measuring for its channel", () => {
    const decoded = decode(row, "00 67 ffff 02 67 00ff");
    expect(decoded).toMatchObject({ fields: two, warnings: [] });
    expect(decoded).toMatchObject({
      measurements: [
        { name: "air.temperature", value: -0.1 },
        { name: "air.temperature@2", value: 25.5 },
      ],
    });
    expect(encode(row, two)).toBe("0067ffff026700ff");
  });

  it("end the list at a kind that is not known, and keep what stood before", () => {
    const decoded = decode(row, "00 67 0101 01 99 0101");
    expect(decoded).toMatchObject({
      fields: { items: [{ value: 25.7 }] },
      warnings: [{ code: "channel.unknown", offset: 4 }],
    });
    expect(decode(row, "01 99 0101")).toMatchObject({ code: "frame.unknown" });
  });

  it("do not take a field of another kind, or no kind", () => {
    const wrong = { channel: "0", type: "temperature", value: 1, sure: 1 };
    expect(encode(row, { items: [wrong] })).toBe("field.unknown");
    expect(encode(row, { items: [{ channel: "0", value: 1 }] })).toBe("field.choice");
    expect(encode(row, { items: [{ ...wrong, sure: undefined, other: 1 }] })).toBe("field.unknown");
  });

  it("keep the laws", () => {
    const codec = codecOf(row);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(brokenLaws(codec, 1, bytes)).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(valueFor(row.spec), (fields) => {
        const encoded = codec.encodeUplink(1, fields as Record<string, unknown>);
        if (!encoded.ok) {
          expect(encoded.fault.code).toBe("frame.empty");
          return;
        }
        const again = codec.decode({ bytes: encoded.value, fPort: 1 });
        expect(again).toMatchObject({ ok: true, value: { fields, warnings: [] } });
      }),
    );
  });

  it("do not share a name with what they stand beside", () => {
    const clash = record({ value: u8, what: inline(cases("type", { a: { code: 1, fields: { value: u8 } } })) });
    expect(() => codecOf(clash)).toThrow(/two fields are called value/);
  });
});

/** Finer below four than above it. */
const uneven = formula(u8.absent(7), {
  value: (code) => (code < 4 ? code : 4 + 10 * (code - 4)),
  toWire: (value) => (value < 4 ? value : 4 + (value - 4) / 10),
  unit: "min",
  quantity: "parking.previousDuration",
});
const spot = record({ state: inline(bits({ on: 0, before: { from: 1, width: 3, of: uneven } })) });

describe("bits that only a formula reads", () => {
  it("are read, measured and written", () => {
    expect(decode(spot, "0d")).toMatchObject({
      fields: { on: true, before: 24 },
      measurements: [{ name: "parking.previousDuration", value: 1440, unit: "s" }],
    });
    expect(encode(spot, { on: true, before: 24 })).toBe("0d");
    expect(encode(spot, { on: false, before: 35 })).toBe("field.range");
    expect(encode(spot, { on: false, before: -1 })).toBe("field.range");
  });

  it("have a code that means none", () => {
    expect(decode(spot, "0f")).toMatchObject({
      fields: { on: true },
      measurements: [],
      warnings: [{ code: "value.absent" }],
    });
    expect(encode(spot, { on: true })).toBe("0f");
  });

  it("say their ends, and have no other range", () => {
    expect(codecOf(spot).shape.uplinks[0]!.fields[1]).toMatchObject({ min: 0, max: 24, unit: "min", optional: true });
    const ranged = formula(u8, { value: (code) => code, toWire: (value) => value, range: [0, 1] });
    expect(() => codecOf(record({ a: bits({ n: { from: 0, width: 3, of: ranged } }) }))).toThrow(/no range/);
  });
});

it("a channel that stands twice counts where it stands last, when it is written again too", () => {
  const frame =
    "4a00d737000123451e00234b00b400000fa027424c0041000030390237000123451e00234b00b400000fa027424c004100003039";
  expect(brokenLaws(findCodec("sensecap-s2120")!, 3, fromHex(frame))).toEqual([]);
});
