import { describe, expect, it } from "vitest";
import { effectShown } from "../../commands/effect.ts";
import { findModel } from "../../device-registry/models.ts";

const signs = findModel("nas-ul20xx")!.commands.dim!.effects;
const lamp = { ratedWatts: 84 };
const shown = (
  fields: Record<string, unknown>,
  attributes: Record<string, unknown>,
  measurements: { name: string; value: number | string }[],
) => effectShown(signs, { fields, attributes }, { fPort: 23, bytes: new Uint8Array(), measurements });
const power = (value: number, name = "lamp.power") => [{ name, value }];

describe("the effect of a dim", () => {
  it.each([
    ["its level", [{ name: "lamp.level", value: 50 }], true],
    ["another level", [{ name: "lamp.level", value: 100 }], false],
    ["half of the rated power", power(42), true],
    ["half of the rated power, told by one driver", power(42, "lamp.power@driver9"), true],
    ["the old power", power(84), false],
    ["nothing about the lamp", [{ name: "device.temperature", value: 50 }], false],
    ["a level that contradicts the power", [...power(42), { name: "lamp.level", value: 100 }], false],
  ])("shows in %s: %#", (_, measurements, is) => {
    expect(shown({ level: 50 }, lamp, measurements) !== undefined).toBe(is);
  });

  it("tells off from a faint glow", () => {
    expect(shown({ level: 0 }, lamp, power(0))).toBeDefined();
    expect(shown({ level: 0 }, lamp, power(8))).toBeUndefined();
  });

  it("is not guessed from power where nobody knows the rated watts", () => {
    expect(shown({ level: 50 }, {}, power(42))).toBeUndefined();
  });
});

describe("other signs", () => {
  const frame = (fPort: number, bytes: number[], ...measurements: { name: string; value: string | boolean }[]) => ({
    fPort,
    bytes: Uint8Array.from(bytes),
    measurements,
  });
  const wanted = { fields: { closed: true }, attributes: {}, bytes: Uint8Array.of(7, 0x10, 0x0e, 0, 0) };

  it("takes the command's own bytes on the echo's port, and no others", () => {
    const echo = [{ echo: 50 }];
    expect(effectShown(echo, wanted, frame(50, [7, 0x10, 0x0e, 0, 0]))).toBeDefined();
    expect(effectShown(echo, wanted, frame(50, [7, 0x11, 0x0e, 0, 0]))).toBeUndefined();
    expect(effectShown(echo, wanted, frame(23, [7, 0x10, 0x0e, 0, 0]))).toBeUndefined();
    expect(effectShown(echo, { fields: {}, attributes: {} }, frame(50, []))).toBeUndefined();
  });

  it("takes a relay's state for the one that was wanted", () => {
    const relay = [{ measurement: "relay.closed", field: "closed", within: 0 }];
    expect(effectShown(relay, wanted, frame(1, [], { name: "relay.closed", value: true }))).toBeDefined();
    expect(effectShown(relay, wanted, frame(1, [], { name: "relay.closed", value: false }))).toBeUndefined();
  });

  it("sees that a state is over, and that a device has started anew", () => {
    const over = [{ measurement: "lamp.reason", isNot: "manual" }];
    expect(effectShown(over, wanted, frame(23, [], { name: "lamp.reason", value: "calendar night" }))).toBeDefined();
    expect(effectShown(over, wanted, frame(23, [], { name: "lamp.reason", value: "manual" }))).toBeUndefined();
    expect(effectShown([{ port: 99 }], wanted, frame(99, []))).toBeDefined();
    expect(effectShown([{ port: 99 }], wanted, frame(23, []))).toBeUndefined();
  });
});
