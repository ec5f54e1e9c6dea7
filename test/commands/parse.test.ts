import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommand } from "../../commands/parse.ts";

const right = {
  id: "42cb6459-a640-46ec-9623-bdff39dc4736",
  target: "lamp:88383:042",
  name: "dim",
  fields: { level: 50 },
  author: "mairie",
  precedence: "operator",
  requestedAt: 1,
  expiresAt: 2,
};

describe("a command from the wire", () => {
  it("is taken whole, and nothing beside it", () => {
    expect(parseCommand({ ...right, extra: "x" })).toEqual(right);
  });

  it.each(Object.keys(right))("is refused without %s", (key) => {
    const { [key as keyof typeof right]: _, ...rest } = right;
    expect(parseCommand(rest)).toBeUndefined();
  });

  it.each([
    { id: "not-a-uuid" },
    { target: "x".repeat(65) },
    { fields: { level: Number.NaN } },
    { fields: { level: { nested: 1 } } },
    { fields: [1] },
    { precedence: "king" },
    { expiresAt: -1 },
    { requestedAt: 1.5 },
  ])("is refused with %j", (wrong) => {
    expect(parseCommand({ ...right, ...wrong })).toBeUndefined();
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.anything()), (value) => void parseCommand(value)));
  });
});
