import { describe, expect, it } from "vitest";
import { effectShown } from "../../commands/effect.ts";
import { findModel } from "../../device-registry/models.ts";

const signs = findModel("nas-ul20xx")!.commands.dim!.effects;
const lamp = { ratedWatts: 84 };
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
  ])("shows in %s: %#", (_, measurements, shown) => {
    expect(effectShown(signs, { level: 50 }, lamp, measurements) !== undefined).toBe(shown);
  });

  it("tells off from a faint glow", () => {
    expect(effectShown(signs, { level: 0 }, lamp, power(0))).toBeDefined();
    expect(effectShown(signs, { level: 0 }, lamp, power(8))).toBeUndefined();
  });

  it("is not guessed from power where nobody knows the rated watts", () => {
    expect(effectShown(signs, { level: 50 }, {}, power(42))).toBeUndefined();
  });
});
