import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksumOf, type Label, readLabel } from "../../device-registry/labels/index.ts";

const EXAMPLE = "LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:OAABBCCDDEEFF:SYYWWNNNNNN:PFOOBAR:CAF2C";
const READ: Label = {
  form: "tr005",
  devEui: "aabbccddeeff0011",
  joinEui: "1122334455667788",
  vendorId: "AABB",
  vendorProfileId: "1122",
  ownerToken: "AABBCCDDEEFF",
  serialNumber: "YYWWNNNNNN",
  proprietary: "FOOBAR",
  checksum: "ok",
  warnings: [],
};

const read = (text: string): Label => {
  const result = readLabel(text);
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.label;
};

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16).toUpperCase()).join(""));

describe("TR005", () => {
  it("reads the published example, its checksum too", () => {
    expect(read(EXAMPLE)).toEqual(READ);
  });

  it("reads the shortest one", () => {
    expect(read("LW:D0:42FFFFFFFFFFFFFF:4242FFFFFFFFFFFF:42FFFF42")).toEqual({
      form: "tr005",
      devEui: "4242ffffffffffff",
      joinEui: "42ffffffffffffff",
      vendorId: "42FF",
      vendorProfileId: "FF42",
      checksum: "absent",
      warnings: [],
    });
  });

  it("reads extensions in any order, with their checksum, empty ones as nothing", () => {
    const extensions = ["OAABBCCDDEEFF", "SYYWWNNNNNN", "PFOOBAR"];
    fc.assert(
      fc.property(fc.shuffledSubarray(extensions, { minLength: 3 }), fc.integer({ min: 0, max: 3 }), (order, at) => {
        const parts = [...order.slice(0, at), "", ...order.slice(at)];
        const body = ["LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122", ...parts].join(":");
        expect(read(`${body}:C${checksumOf(body)}`)).toEqual(READ);
      }),
    );
  });

  it("warns of a wrong checksum and reads all the same; one digit wrong is always seen", () => {
    expect(read(EXAMPLE.replace("CAF2C", "CAF2D"))).toEqual({
      ...READ,
      checksum: "wrong",
      warnings: [{ code: "checksum-wrong", printed: "AF2D", computed: "AF2C" }],
    });
    fc.assert(
      fc.property(hex(16), hex(16), hex(8), fc.nat({ max: 15 }), (join, dev, profile, place) => {
        const body = `LW:D0:${join}:${dev}:${profile}`;
        const misread = dev.slice(0, place) + (dev[place] === "0" ? "8" : "0") + dev.slice(place + 1);
        expect(read(`${body}:C${checksumOf(body)}`).checksum).toBe("ok");
        expect(read(`LW:D0:${join}:${misread}:${profile}:C${checksumOf(body)}`).checksum).toBe("wrong");
      }),
    );
  });

  it("forgives a scanner its small letters and its line break", () => {
    expect(read(`${EXAMPLE.toLowerCase()}\r\n`)).toMatchObject({ devEui: READ.devEui, checksum: "ok" });
  });

  it("names what it does not know and what stands twice", () => {
    expect(read("LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:XWHAT:S1:S2").warnings).toEqual([
      { code: "extension-unknown", extension: "XWHAT" },
      { code: "extension-twice", extension: "S" },
    ]);
  });

  it("says which part is wrong instead of guessing a DevEUI", () => {
    const part = (text: string) => {
      const result = readLabel(text);
      return result.ok ? result.label : result.fault;
    };
    expect(part(EXAMPLE.replace("D0", "D1"))).toEqual({ code: "part", part: "type", found: "D1" });
    expect(part(EXAMPLE.replace("1122334455667788", "11223344"))).toMatchObject({ part: "join-eui" });
    expect(part(EXAMPLE.replace("AABBCCDDEEFF0011", "AABBCCDDEEFF00"))).toMatchObject({ part: "dev-eui" });
    expect(part(EXAMPLE.replace("AABB1122", "AABB"))).toMatchObject({ part: "profile", found: "AABB" });
  });
});

describe("other labels", () => {
  it("reads the draft's URN form", () => {
    expect(read("URN:DEV:LW:1122334455667788_AABBCCDDEEFF0011_AABB1122_V0001_SABC_PFOO")).toEqual({
      form: "urn",
      devEui: READ.devEui,
      joinEui: READ.joinEui,
      vendorId: "AABB",
      vendorProfileId: "1122",
      version: "0001",
      serialNumber: "ABC",
      proprietary: "FOO",
      checksum: "absent",
      warnings: [{ code: "form-deprecated" }],
    });
  });

  it("reads a DevEUI alone, however it is grouped", () => {
    for (const text of [
      "70B3D5E75E000042",
      "70:b3:d5:e7:5e:00:00:42",
      "70-B3-D5-E7-5E-00-00-42",
      "70B3 D5E7 5E00 0042",
    ])
      expect(read(text)).toMatchObject({ form: "deveui", devEui: "70b3d5e75e000042" });
  });

  it("finds the DevEUI in a maker's text, and never repeats a key", () => {
    const label = read(
      "Model EM400-MUD\nS/N: 6713C1234560\nDevEUI: 24E124713C123456\nAppEUI: 24E124C0002A0001\nAppKey: 5572404C696E6B4C6F52613230313823",
    );
    expect(label).toEqual({
      form: "text",
      devEui: "24e124713c123456",
      joinEui: "24e124c0002a0001",
      serialNumber: "6713C1234560",
      checksum: "absent",
      warnings: [{ code: "key-on-label" }],
    });
    expect(read('{"dev_eui":"70b3d5e75e000042","join_eui":"70b3d5e75e000001"}')).toMatchObject({
      devEui: "70b3d5e75e000042",
      joinEui: "70b3d5e75e000001",
    });
    expect(read("https://maker.example/d/70B3D5E75E000042?v=2")).toMatchObject({ devEui: "70b3d5e75e000042" });
  });

  it("refuses nonsense and what could be several devices", () => {
    for (const text of [
      "",
      "  ",
      "bonjour",
      "0123456789",
      "70B3D5E75E00004",
      "70B3D5E75E0000421",
      "5572404C696E6B4C6F52613230313823",
    ])
      expect(readLabel(text).ok, text).toBe(false);
    expect(readLabel("70B3D5E75E000042 70B3D5E75E000043")).toEqual({
      ok: false,
      fault: { code: "ambiguous", candidates: ["70b3d5e75e000042", "70b3d5e75e000043"] },
    });
  });

  it("never throws, and what it reads is a DevEUI", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."LWD0:_OSPC9aF \n") })), (text) => {
        const result = readLabel(text);
        if (result.ok) expect(result.label.devEui).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });
});
