import { describe, expect, it } from "vitest";
import { catalogue, type FirstPartyCodec, findCodec } from "../../codecs/index.ts";
import {
  be,
  blocks,
  command,
  constant,
  crc16,
  hexDigits,
  i8,
  le,
  masked,
  oneOf,
  record,
  u8,
} from "../../codecs/language/index.ts";
import type { Fields, Part } from "../../codecs/language/part.ts";
import { codecOf, encode } from "./one-part.ts";
import { fromHex, toHex } from "./vectors.ts";

const orderedBy = (part: Part<unknown, unknown>, fields: Fields = {}, begins: readonly number[] = [0x01]) =>
  codecOf(part, { version: 3, downlinkPort: 2, commands: { order: command(begins, fields) } });
const read = (codec: FirstPartyCodec, hex: string) => {
  const decoded = codec.decode({ bytes: fromHex(hex), fPort: 1 });
  if (!decoded.ok) throw new Error(decoded.fault.message);
  return decoded.value;
};
const decode = (part: Part<unknown, unknown>, hex: string) => read(codecOf(part), hex);
const fault = (part: Part<unknown, unknown>, hex: string) => {
  const decoded = codecOf(part).decode({ bytes: fromHex(hex), fPort: 1 });
  return decoded.ok ? decoded.value : decoded.fault;
};

describe("numbers", () => {
  it("have no float noise, in any of the values of a tenth, a hundredth and a thousandth", () => {
    const tenth = codecOf(record({ v: le.i16.per(10).unit("Cel").quantity("air.temperature") }));
    const thousandth = codecOf(record({ v: be.u16.unit("mV").quantity("battery.voltage") }));
    for (let wire = -0x8000; wire < 0x8000; wire++) {
      const bytes = [(wire & 0xff).toString(16).padStart(2, "0"), ((wire >> 8) & 0xff).toString(16).padStart(2, "0")];
      const decimal = Number(`${wire}e-1`);
      const { fields, measurements } = read(tenth, bytes.join(""));
      if (fields.v !== decimal || measurements[0]!.value !== decimal)
        expect([wire, fields.v, measurements]).toBe(decimal);
      const unsigned = wire + 0x8000;
      const volt = read(thousandth, unsigned.toString(16).padStart(4, "0")).measurements[0]!;
      if (volt.value !== Number(`${unsigned}e-3`)) expect(volt).toBe(unsigned);
    }
    expect(read(thousandth, "0d0a").measurements).toEqual([{ name: "battery.voltage", value: 3.338, unit: "V" }]);
  });

  it.each([
    ["u16", le.u16, be.u16, "0180", 0x8001, "8001", 0x8001],
    ["i16", le.i16, be.i16, "feff", -2, "fffe", -2],
    ["u24", le.u24, be.u24, "010080", 0x800001, "800001", 0x800001],
    ["u32", le.u32, be.u32, "010000ff", 0xff000001, "ff000001", 0xff000001],
    ["i24", le.i24, be.i24, "feffff", -2, "fffffe", -2],
    ["i32", le.i32, be.i32, "feffffff", -2, "fffffffe", -2],
    ["f32", le.f32, be.f32, "cd03e942", 116.50742, "42e903cd", 116.50742],
  ] as const)("%s in both byte orders, both ways", (_, little, big, littleHex, littleValue, bigHex, bigValue) => {
    expect(decode(record({ v: little }), littleHex).fields).toEqual({ v: littleValue });
    expect(decode(record({ v: big }), bigHex).fields).toEqual({ v: bigValue });
    expect(encode(record({ v: little }), { v: littleValue })).toBe(littleHex);
    expect(encode(record({ v: big }), { v: bigValue })).toBe(bigHex);
  });

  it("that are no finite floats are absent, with a warning", () => {
    for (const hex of ["7f800000", "ff800000", "7fc00000"]) {
      expect(decode(record({ v: be.f32 }), hex)).toMatchObject({
        fields: {},
        warnings: [{ code: "value.notFinite", offset: 0 }],
      });
    }
  });

  it("of four bytes go to the very ends of a float, and zero has one sign", () => {
    const ends = record({ v: be.f32 });
    for (const hex of ["7f7fffff", "ff7fffff", "00000001", "007fffff", "00000000"]) {
      expect(encode(ends, decode(ends, hex).fields as Record<string, unknown>)).toBe(hex);
    }
    expect(decode(ends, "80000000").fields).toEqual({ v: 0 });
  });

  it("round to the nearest step of the wire, and refuse what the wire cannot hold", () => {
    const level = record({ v: u8.per(10) });
    expect(encode(level, { v: 4.35 })).toBe("2c");
    expect(encode(level, { v: 25.5 })).toBe("ff");
    expect(encode(level, { v: 25.6 })).toBe("field.range");
    expect(encode(level, { v: -0.1 })).toBe("field.range");
    expect(encode(record({ v: u8.absent(255) }), { v: 255 })).toBe("field.range");
    expect(encode(record({ v: u8.absent(255) }), {})).toBe("ff");
  });

  it("as hexadecimal text are upper-case digits, and nothing else", () => {
    const text = record({ v: hexDigits(2) });
    expect(encode(text, { v: 0x1e })).toBe("3145");
    expect(decode(text, "3145").fields).toEqual({ v: 0x1e });
    for (const wrong of ["3165", "2031", "3a30", "4047"])
      expect(fault(text, wrong)).toMatchObject({ code: "frame.mismatch" });
  });
});

describe("groups", () => {
  it("of a wide mask, in both byte orders", () => {
    const fields = { low: { bit: 0, part: u8 }, high: { bit: 15, part: be.u16 } };
    expect(decode(masked(fields, { bytes: 2, order: "be" }), "8001050102").fields).toEqual({ low: 5, high: 0x0102 });
    expect(encode(masked(fields, { bytes: 2, order: "le" }), { high: 0x0102 })).toBe("00800102");
    expect(fault(masked(fields, { bytes: 2, order: "le" }), "0200")).toMatchObject({
      code: "channel.unknown",
      offset: 0,
    });
  });

  it("repeat with their own times: history, oldest and newest as they come, and no clock of the device", () => {
    const past = record({
      now: i8.unit("Cel").quantity("air.temperature"),
      past: blocks(record({ time: be.u32.clock(), was: i8.unit("Cel").quantity("air.temperature") }), {
        historyBy: "time",
      }),
    });
    const decoded = decode(past, "15 5e207ff3 14 5e208e03 13".replaceAll(" ", ""));
    expect(decoded.measurements).toEqual([{ name: "air.temperature", value: 21, unit: "Cel" }]);
    expect(decoded.history).toEqual([
      { at: 1579188211000, measurements: [{ name: "air.temperature", value: 20, unit: "Cel" }] },
      { at: 1579191811000, measurements: [{ name: "air.temperature", value: 19, unit: "Cel" }] },
    ]);
    expect(decoded).not.toHaveProperty("deviceTime");
  });

  it("keep complete blocks of a cut frame, but are refused when nothing is complete", () => {
    const list = blocks(record({ a: be.u16 }));
    expect(decode(record({ items: list }), "000100")).toMatchObject({
      fields: { items: [{ a: 1 }] },
      warnings: [{ code: "frame.truncated", offset: 2 }],
    });
    expect(fault(record({ items: list }), "00")).toMatchObject({ code: "frame.truncated", offset: 0 });
  });

  it("that have fewest items are refused below, in both directions", () => {
    const few = orderedBy(record({ a: u8 }), { items: blocks(record({ a: u8 }), { least: 2 }) });
    expect(few.encode("order", { items: [{ a: 7 }] })).toMatchObject({ ok: false, fault: { code: "field.range" } });
    expect(few.encode("order", { items: [{ a: 7 }, { a: 8 }] })).toMatchObject({ ok: true });
    expect(few.decodeCommand(2, fromHex("0107"))).toMatchObject({ ok: false, fault: { code: "frame.truncated" } });
    expect(few.decodeCommand(2, fromHex("010708"))).toMatchObject({ ok: true });
    const nas = findCodec("nas-ul20xx")!;
    const one = [{ address: "output", level: 50, minutes: 5 }];
    for (const order of ["dim-each", "timed-dim-each"]) expect(nas.encode(order, { lamps: one }).ok).toBe(false);
  });

  it("that are counted say how many are missing", () => {
    const counted = record({ items: blocks(record({ a: u8 }), { count: "counted" }) });
    expect(decode(counted, "020708").warnings).toEqual([]);
    expect(decode(counted, "0307")).toMatchObject({
      fields: { items: [{ a: 7 }] },
      warnings: [{ code: "frame.truncated" }],
    });
    expect(decode(counted, "010709").warnings).toMatchObject([{ code: "frame.trailing", offset: 2 }]);
  });
});

describe("check sums", () => {
  const setting = orderedBy(record({ v: u8 }), { seconds: be.u16, check: crc16("be") }, [0x00, 0x02]);
  it("are written: Decentlab's period of 3600 s has a published one", () => {
    const encoded = setting.encode("order", { seconds: 3600 });
    expect(encoded.ok && toHex(encoded.value.bytes)).toBe("00020e1048a4");
  });
  it("are held against the bytes when read", () => {
    expect(setting.decodeCommand(2, fromHex("00020e1048a4"))).toMatchObject({ ok: true });
    expect(setting.decodeCommand(2, fromHex("00020e1148a4"))).toMatchObject({
      ok: false,
      fault: { code: "crc.mismatch", offset: 4 },
    });
  });
});

describe("what was read is never lost in silence", () => {
  it("an unknown channel names its offset and how many bytes went unread", () => {
    const decoded = findCodec("milesight-em400")!.decode({ bytes: fromHex("01755cff01020482440805"), fPort: 85 });
    expect(decoded).toMatchObject({
      ok: true,
      value: { fields: { battery: 92 }, warnings: [{ code: "channel.unknown", offset: 3 }] },
    });
    expect(decoded.ok && decoded.value.warnings[0]!.message).toBe(
      "channel ff01 is not known; the 8 bytes from there were not read",
    );
  });

  it("an unknown channel within a sized group costs only the group", () => {
    const frame = fromHex("01f37f205e0000000000000401ff07aafe505000");
    expect(findCodec("nas-ul20xx")!.decode({ bytes: frame, fPort: 23 })).toMatchObject({
      ok: true,
      value: {
        fields: { sensors: { ldr: 255 }, lamps: [{ level: 80 }] },
        warnings: [{ code: "channel.unknown", offset: 14 }],
      },
    });
  });

  it("an unknown channel at the very start is a fault: nothing was read", () => {
    expect(findCodec("elsys")!.decode({ bytes: fromHex("ff0102"), fPort: 5 })).toMatchObject({
      ok: false,
      fault: { code: "channel.unknown", offset: 0 },
    });
  });

  it("a channel that comes twice is said, and the later value counts", () => {
    const decoded = findCodec("elsys")!.decode({ bytes: fromHex("02290230"), fPort: 5 });
    expect(decoded).toMatchObject({
      ok: true,
      value: {
        fields: { humidity: 48 },
        measurements: [{ value: 48 }],
        warnings: [{ code: "channel.repeated", offset: 2 }],
      },
    });
  });

  it("fixed bytes that differ are another kind of frame", () => {
    expect(fault(record({ start: constant(0x0a, 0x0b), v: u8 }), "0a0c01")).toMatchObject({
      code: "frame.mismatch",
      offset: 1,
    });
  });

  it("a code without word is left out and named", () => {
    expect(decode(record({ a: u8, state: oneOf({ off: 0, on: 1 }) }), "0502")).toMatchObject({
      fields: { a: 5 },
      warnings: [{ code: "code.unknown", offset: 1 }],
    });
  });
});

describe("a model with several firmwares", () => {
  it.each([
    ["1.0.24", "nas-ul20xx-1.0"],
    ["1.1.5", "nas-ul20xx"],
    ["1.0", "nas-ul20xx-1.0"],
    ["1.10.0", "nas-ul20xx"],
    ["2.0.0", "nas-ul20xx"],
  ])("%s is read by %s", (firmware, id) => {
    expect(findCodec("nas-ul20xx", firmware)?.id).toBe(id);
  });

  it("is found without one, and an unknown model is not found", () => {
    expect(findCodec("nas-ul20xx")?.id).toBe("nas-ul20xx");
    expect(findCodec("no-such-model", "1.0")).toBeUndefined();
  });
});

describe("the shape", () => {
  it("is plain data, for every codec", () => {
    for (const { shape } of catalogue.values()) expect(JSON.parse(JSON.stringify(shape))).toEqual(shape);
  });

  it("says everything a form needs", () => {
    const dim = findCodec("nas-ul20xx")!.shape.commands.find((one) => one.name === "dim")!;
    expect(dim).toMatchObject({ port: 60, verified: true });
    expect(dim.fields.map(({ name, type, optional }) => ({ name, type, optional }))).toEqual([
      { name: "address", type: "choice", optional: true },
      { name: "level", type: "number", optional: false },
    ]);
    expect(dim.fields[0]).toMatchObject({ default: "broadcast" });
    expect(dim.fields[1]).toMatchObject({ unit: "%", min: 0, max: 100, step: 1 });
  });
});
