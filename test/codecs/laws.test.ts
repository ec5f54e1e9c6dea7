import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { catalogue, type FieldShape, findCodec } from "../../codecs/index.ts";
import { valueFor } from "./arbitrary.ts";
import { brokenLaws, portsOf } from "./laws.ts";
import { fromHex, toHex, vectorFiles } from "./vectors.ts";

const codecs = [...catalogue.values()];
const uplinks = codecs.flatMap((codec) =>
  codec.declaration.uplinks.map((one) => ({ name: `${codec.id} ${one.port}`, codec, ...one })),
);
const commands = codecs.flatMap((codec) =>
  codec.declaration.commands.map((one) => ({ ...one, title: `${codec.id} ${one.name}`, codec })),
);
const ports = codecs.flatMap((codec) => portsOf(codec).map((port) => ({ name: `${codec.id} ${port}`, codec, port })));

describe("what is written is read back", () => {
  it.each(uplinks)("$name", ({ codec, port, spec }) => {
    fc.assert(
      fc.property(valueFor(spec), (fields) => {
        const encoded = codec.encodeUplink(port, fields as Record<string, unknown>);
        // A part that is all of the frame may be empty, but a frame may not.
        if (!encoded.ok) {
          expect(encoded.fault.code).toBe("frame.empty");
          return;
        }
        const decoded = codec.decode({ bytes: encoded.value, fPort: port });
        if (!decoded.ok) throw new Error(decoded.fault.message);
        expect(decoded.value.fields).toEqual(fields);
        const codes = decoded.value.warnings.map((one) => one.code);
        expect(codes.filter((code) => code !== "value.absent" && code !== "clock.unset")).toEqual([]);
      }),
    );
  });

  it.each(commands)("$title", ({ codec, name, spec }) => {
    fc.assert(
      fc.property(valueFor(spec), (fields) => {
        const encoded = codec.encode(name, fields as Record<string, unknown>);
        if (!encoded.ok) throw new Error(encoded.fault.message);
        const { fPort, bytes } = encoded.value;
        expect(codec.decodeCommand(fPort, bytes)).toEqual({ ok: true, value: { command: name, fields } });
      }),
    );
  });
});

describe("any bytes on any port give a value or a coded fault", () => {
  it.each(ports)("$name", ({ codec, port }) => {
    expect(brokenLaws(codec, port, new Uint8Array(0))).toEqual([]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(brokenLaws(codec, port, bytes)).toEqual([]);
      }),
    );
  });

  it.each(vectorFiles)(
    "$model: every truncation, extension and single changed byte of its vectors",
    ({ model, frames }) => {
      const codec = findCodec(model)!;
      for (const { hex, fPort } of frames) {
        const bytes = fromHex(hex);
        for (let length = 0; length <= bytes.length; length++)
          expect(brokenLaws(codec, fPort, bytes.slice(0, length))).toEqual([]);
        for (const extra of ["00", "ff", "0175", "ffffffff"])
          expect(brokenLaws(codec, fPort, fromHex(hex + extra))).toEqual([]);
        for (let at = 0; at < bytes.length; at++) {
          for (const value of [0, 1, 0x7f, 0x80, 0xff])
            expect(brokenLaws(codec, fPort, bytes.with(at, value))).toEqual([]);
        }
      }
    },
  );
});

describe("nothing out of range reaches the wire", () => {
  const limited = (fields: readonly FieldShape[]) => fields.filter((one) => one.type === "number");
  it.each(commands)("$title", ({ codec, name }) => {
    const shape = codec.shape.commands.find((one) => one.name === name)!;
    const vector = vectorFiles
      .flatMap((file) => (file.model === codec.id ? file.commands : []))
      .find((one) => one.command === name)!;
    for (const field of limited(shape.fields)) {
      // The largest floating-point numbers are so far apart that one more is the same.
      const beyond = field.step ?? Math.max(1, Math.abs(field.max!));
      for (const value of [field.min! - beyond, field.max! + beyond, Number.NaN, Number.POSITIVE_INFINITY]) {
        const encoded = codec.encode(name, { ...vector.fields, [field.name]: value });
        expect(encoded.ok ? toHex(encoded.value.bytes) : encoded.fault.field).toBe(field.name);
      }
    }
    for (const field of shape.fields) {
      for (const value of [{}, [], "no such word", Symbol.iterator]) {
        const encoded = codec.encode(name, { ...vector.fields, [field.name]: value });
        if (field.type === "list" && Array.isArray(value)) continue;
        // A group that may be empty: no flag of it is set.
        const mayBeEmpty = field.type === "group" && field.fields?.every(({ optional }) => optional);
        if (mayBeEmpty && typeof value === "object" && !Array.isArray(value)) continue;
        expect(encoded.ok ? toHex(encoded.value.bytes) : encoded.fault.code).toMatch(/^field\./);
      }
    }
    const unknown = codec.encode(name, { ...vector.fields, nonsense: 1 });
    expect(unknown.ok ? "written" : unknown.fault).toMatchObject({ code: "field.unknown", field: "nonsense" });
  });

  it.each(codecs)("$id refuses a command it does not have", (codec) => {
    for (const name of ["no-such-command", "constructor", "__proto__", ""]) {
      expect(codec.encode(name, {})).toMatchObject({ ok: false, fault: { code: "command.unknown" } });
    }
  });
});

describe("the same bytes mean the same everywhere and always", () => {
  const decodeAll = () =>
    vectorFiles.flatMap(({ model, frames }) =>
      frames.map(({ hex, fPort }) => JSON.stringify(findCodec(model)!.decode({ bytes: fromHex(hex), fPort }))),
    );

  it("with a clock that stands still and no chance", () => {
    const usual = decodeAll();
    vi.useFakeTimers({ now: 0 });
    const random = vi.spyOn(Math, "random").mockImplementation(() => {
      throw new Error("a codec has nothing to throw dice for");
    });
    try {
      expect(decodeAll()).toEqual(usual);
    } finally {
      random.mockRestore();
      vi.useRealTimers();
    }
  });

  it("in Paris, in Auckland and under UTC", async () => {
    const { execFileSync } = await import("node:child_process");
    const script = new URL("./run/decode-vectors.ts", import.meta.url).pathname;
    const under = (TZ: string, LANG: string) =>
      execFileSync(process.execPath, [script], { env: { ...process.env, TZ, LANG }, encoding: "utf8" });
    const utc = under("UTC", "C");
    expect(utc.trim().split("\n").length).toBe(decodeAll().length);
    expect(under("Europe/Paris", "fr_FR.UTF-8")).toBe(utc);
    expect(under("Pacific/Auckland", "tr_TR.UTF-8")).toBe(utc);
  });
});
