import { describe, expect, expectTypeOf, it } from "vitest";
import {
  bits,
  blocks,
  type CommandOf,
  cases,
  channel,
  channels,
  command,
  constant,
  defineCodec,
  i8,
  inline,
  le,
  oneOf,
  record,
  type UplinkOf,
  u8,
  wishes,
} from "../../codecs/language/index.ts";

const { u16 } = le;

const lamp = defineCodec({
  id: "test-lamp",
  version: 1,
  maker: "Test",
  name: "Lamp",
  what: { en: "test", fr: "test" },
  uplink: {
    1: record({
      header: constant(1),
      flags: inline(bits({ on: 0, mode: { from: 1, width: 2, codes: { auto: 0, manual: 1 } } })),
      level: u8.unit("%").range(0, 100).absent(255),
      drivers: blocks(record({ power: u16.unit("W") })),
    }),
    2: channels({ temperature: channel(1, i8.unit("Cel")), position: channel(2, oneOf({ normal: 0, tilt: 1 })) }),
    3: cases("kind", {
      boot: { code: 0, fields: { reason: u8 } },
      fault: { code: 1, fields: { cause: oneOf({ over: 1 }) } },
    }),
  },
  downlinkPort: 10,
  commands: {
    dim: command([1], {
      address: oneOf({ all: 0, one: 1 }).default("all"),
      level: u8.range(0, 100).or({ release: 255 }),
    }),
    ask: command([2], { what: inline(wishes({ usage: 0, status: 1, depth: { from: 2, width: 2 } })) }),
  },
});

describe("types follow the declaration", () => {
  it("of what is read", () => {
    type Read = UplinkOf<typeof lamp>;
    expectTypeOf<Extract<Read, { port: 1 }>["fields"]>().toEqualTypeOf<{
      on: boolean;
      mode: "auto" | "manual";
      level?: number;
      drivers: { power: number }[];
    }>();
    expectTypeOf<Extract<Read, { port: 2 }>["fields"]>().toEqualTypeOf<{
      temperature?: number;
      position?: "normal" | "tilt";
    }>();
    expectTypeOf<Extract<Read, { port: 3 }>["fields"]>().toEqualTypeOf<
      { kind: "boot"; reason: number } | { kind: "fault"; cause: "over" }
    >();
  });

  it("of commands", () => {
    type Dim = Extract<CommandOf<typeof lamp>, { command: "dim" }>["fields"];
    expectTypeOf<Dim>().toEqualTypeOf<{ address: "all" | "one"; level: number | "release" }>();
  });

  it("of what may be written: defaults and false flags may be left out, wrong names and types not", () => {
    expect(lamp.order("dim", { level: 50 })).toMatchObject({ ok: true });
    expect(lamp.order("dim", { level: "release", address: "one" })).toMatchObject({ ok: true });
    expect(lamp.order("ask", { usage: true, depth: 1 })).toMatchObject({ ok: true });
    expect(lamp.send(2, { position: "tilt" })).toMatchObject({ ok: true });
    // @ts-expect-error a word that is none of the choices
    expect(lamp.send(2, { position: "sideways" })).toMatchObject({ ok: false, fault: { code: "field.choice" } });
    // @ts-expect-error a field that does not exist
    expect(lamp.order("dim", { level: 50, fade: 1 })).toMatchObject({ ok: false, fault: { code: "field.unknown" } });
    // @ts-expect-error a field without default
    expect(lamp.order("dim", {})).toMatchObject({ ok: false, fault: { code: "field.missing", field: "level" } });
    // @ts-expect-error a number with slices is no flag
    expect(lamp.order("ask", { usage: true })).toMatchObject({
      ok: false,
      fault: { code: "field.missing", field: "depth" },
    });
    // @ts-expect-error a command that does not exist
    expect(lamp.order("reboot", {})).toMatchObject({ ok: false, fault: { code: "command.unknown" } });
    // @ts-expect-error a port that does not exist
    expect(lamp.send(4, {})).toMatchObject({ ok: false, fault: { code: "port.unknown" } });
  });

  it("of quantities: names outside the vocabulary, and flags for numbers, do not compile", () => {
    const wrong = [
      // @ts-expect-error not in the vocabulary
      () => u8.unit("%").quantity("battery.levle"),
      // @ts-expect-error a yes/no quantity for a number
      () => u8.quantity("motion"),
      // @ts-expect-error a number for a word
      () => oneOf({ a: 1 }).quantity("lamp.level"),
      // @ts-expect-error the yes must be one of the words
      () => oneOf({ normal: 0, tilt: 1 }).truth("container.tilted", "sideways"),
    ];
    expect(wrong.length).toBe(4);
  });
});
