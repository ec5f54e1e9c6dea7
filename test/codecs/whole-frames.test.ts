/** Words that need more of a frame than their own bytes: its ending, the part it speaks of, its age, bits that are numbers, a port that nobody tells. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  be,
  bits,
  blocks,
  defineCodec,
  ending,
  inline,
  le,
  oneOf,
  partOf,
  recent,
  record,
  u8,
  yesNo,
} from "../../codecs/language/index.ts";
import type { Part } from "../../codecs/language/part.ts";
import { modelPage } from "../../codecs/pages.ts";
import { valueFor } from "./arbitrary.ts";
import { brokenLaws } from "./laws.ts";
import { codecOf, encode } from "./one-part.ts";
import { fromHex } from "./vectors.ts";

const decode = (part: Part<unknown, unknown>, hex: string) => {
  const decoded = codecOf(part).decode({ bytes: fromHex(hex), fPort: 1 });
  if (!decoded.ok) throw new Error(`${decoded.fault.code}: ${decoded.fault.message}`);
  return decoded.value;
};

const dated = record({
  status: inline(bits({ dated: 2, low: 1 })),
  steps: blocks(be.u16),
  time: ending("dated", be.u32.clock()),
});
const parted = partOf("input", "1", { input: oneOf({ "1": 0x11, "2": 0x31 }), count: le.u16.quantity("pulse.total") });
const stepped = recent(
  { step: u8.unit("min"), total: be.u16.quantity("pulse.total"), steps: blocks(u8) },
  { stepMinutes: "step", deltas: "steps", delta: "pulse.delta" },
);
const scaled = record({
  power: bits({
    state: { from: 4, width: 4 },
    volts: { from: 0, width: 4, of: u8.times(100).plus(2500).unit("mV").quantity("battery.voltage") },
  }),
});

describe("an ending", () => {
  it("is there when its flag says so, and the list before it ends where it begins", () => {
    expect(decode(dated, "04 0001 0002 5e207ff3".replaceAll(" ", ""))).toMatchObject({
      fields: { dated: true, steps: [1, 2], time: 0x5e207ff3 },
      deviceTime: 0x5e207ff3 * 1000,
      warnings: [],
    });
    expect(decode(dated, "00 0001 0002 5e20 7ff3".replaceAll(" ", "")).fields).toEqual({
      dated: false,
      low: false,
      steps: [1, 2, 0x5e20, 0x7ff3],
    });
  });

  it("that is announced and missing is a cut frame", () => {
    const cut = codecOf(dated).decode({ bytes: fromHex("045e20"), fPort: 1 });
    expect(cut).toMatchObject({ ok: false, fault: { code: "frame.truncated", offset: 1 } });
  });

  it("is written with its flag, and refused without it", () => {
    const fields = { dated: true, low: false, steps: [7], time: 0x5e207ff3 };
    expect(encode(dated, fields)).toBe("0400075e207ff3");
    expect(encode(dated, { ...fields, dated: false })).toBe("field.unknown");
    expect(encode(dated, { dated: true, low: false, steps: [7] })).toBe("field.missing");
  });

  it("stands at the end, behind a flag that the record has", () => {
    const after = { time: ending("dated", be.u32), more: u8 };
    expect(() => codecOf(record({ dated: yesNo, ...after }))).toThrow(/an ending is the last field/);
    expect(() => codecOf(record({ other: yesNo, time: ending("dated", be.u32) }))).toThrow(/no flag dated/);
    expect(() => codecOf(ending("dated", be.u32))).toThrow(/only at the end of a record/);
  });
});

describe("a part of the device", () => {
  it("gives its measurements its name, but for the plain one", () => {
    const names = (hex: string) => decode(parted, hex).measurements.map(({ name }) => name);
    expect(names("110100")).toEqual(["pulse.total"]);
    expect(names("310100")).toEqual(["pulse.total@2"]);
    expect(names("990100")).toEqual(["pulse.total@unknown"]);
  });

  it("is a word of a table", () => {
    expect(() => codecOf(partOf("input", "1", { input: u8, count: u8 }))).toThrow(/choice among the parts/);
  });
});

describe("steps that ended when the frame was sent", () => {
  it("are as old as the steps after them are long", () => {
    const decoded = decode(stepped, "0f0064 010203".replaceAll(" ", ""));
    expect(decoded.measurements).toEqual([{ name: "pulse.total", value: 100, unit: "1" }]);
    expect(decoded.earlier).toEqual(
      [1, 2, 3].map((value, i) => ({
        seconds: (2 - i) * 900,
        measurements: [{ name: "pulse.delta", value, unit: "1" }],
      })),
    );
    expect(decoded.history).toEqual([]);
  });

  it("are none where the frame has none", () => {
    expect(decode(stepped, "0f0064")).not.toHaveProperty("earlier");
  });

  it("need a step and a list", () => {
    const fields = { step: u8, steps: u8 };
    const past = { stepMinutes: "step", deltas: "steps", delta: "pulse.delta" } as const;
    expect(() => codecOf(recent(fields, past))).toThrow(/steps must be a field of the record: list/);
  });
});

describe("bits that are a number in a unit", () => {
  it("are scaled both ways", () => {
    const decoded = decode(scaled, "fb");
    expect(decoded.fields).toEqual({ power: { state: 15, volts: 3600 } });
    expect(decoded.measurements).toEqual([{ name: "battery.voltage", value: 3.6, unit: "V" }]);
    expect(encode(scaled, { power: { state: 15, volts: 3600 } })).toBe("fb");
    expect(encode(scaled, { power: { state: 15, volts: 4001 } })).toBe("ff");
    expect(encode(scaled, { power: { state: 15, volts: 4100 } })).toBe("field.range");
    expect(encode(scaled, { power: { state: 15, volts: "3600" } })).toBe("field.type");
    const { power } = { power: codecOf(scaled).shape.uplinks[0]!.fields[0]! };
    expect(power.fields![1]).toMatchObject({ unit: "mV", min: 2500, max: 4000, step: 100 });
  });

  it("have no limits or sentinels that would have no effect", () => {
    expect(() => codecOf(record({ a: bits({ n: { from: 0, width: 4, of: u8.range(0, 3) } }) }))).toThrow(
      /only a scale/,
    );
  });
});

describe("a port that no source tells", () => {
  const anywhere = codecOf(record({ v: u8 }), { anyPort: 1 });
  it("is any of the application's, and no other", () => {
    for (const fPort of [1, 2, 223]) {
      expect(anywhere.decode({ bytes: fromHex("07"), fPort })).toMatchObject({ ok: true, value: { fPort } });
    }
    for (const fPort of [0, 224]) {
      expect(anywhere.decode({ bytes: fromHex("07"), fPort })).toMatchObject({ fault: { code: "port.unknown" } });
    }
    expect(codecOf(record({ v: u8 })).decode({ bytes: fromHex("07"), fPort: 2 })).toMatchObject({ ok: false });
  });

  it("is said on its page", () => {
    expect(modelPage(anywhere.shape, "en")).toContain("### any FPort");
  });

  it("is one of the codec's own", () => {
    expect(() =>
      defineCodec({
        id: "t",
        version: 1,
        maker: "T",
        name: "T",
        what: { en: "test", fr: "test" },
        uplink: {},
        anyPort: 3 as never,
      }),
    ).toThrow(/no uplink/);
  });
});

describe("all of them keep the laws", () => {
  const parts = { dated, parted, stepped, scaled };
  it.each(Object.entries(parts))("%s: what can be written reads back", (_, part) => {
    const codec = codecOf(part);
    fc.assert(
      fc.property(valueFor(part.spec), (fields) => {
        const written = codec.encodeUplink(1, fields as Record<string, unknown>);
        if (!written.ok) throw new Error(written.fault.message);
        expect(codec.decode({ bytes: written.value, fPort: 1 })).toMatchObject({ ok: true, value: { fields } });
      }),
    );
  });

  it.each(Object.entries(parts))("%s: no bytes break it", (_, part) => {
    const codec = codecOf(part);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        expect(brokenLaws(codec, 1, bytes)).toEqual([]);
      }),
    );
  });
});
