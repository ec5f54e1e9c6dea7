import { expect, it } from "vitest";
import type { CommandView } from "../../api/schemas.ts";
import { holderOf } from "../../console/words/command.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const command = (more: Partial<CommandView>): CommandView => ({
  id: "42cb6459-a640-46ec-9623-bdff39dc4736",
  target: "lamp:88383:042",
  name: "dim",
  fields: {},
  author: "mairie",
  precedence: "operator",
  requestedAt: at(-5),
  expiresAt: at(5),
  state: "effect-observed",
  terminal: true,
  proof: "effect-observed",
  steps: [],
  ...more,
});
const holder = (...commands: Partial<CommandView>[]): string | undefined =>
  holderOf(commands.map(command), ["release"], NOW)?.author;

it("names who holds an asset, until it is given back, over, or never came to be", () => {
  const dim = { holdUntil: at(60) };
  expect(holder()).toBeUndefined();
  expect(holder(dim)).toBe("mairie");
  expect(holder({ name: "status-interval" }, dim)).toBe("mairie");
  expect(holder({ name: "release", author: "beffroi:return" }, dim)).toBeUndefined();
  expect(holder({ holdUntil: at(-1) })).toBeUndefined();
  expect(holder({ holdUntil: at(60), author: "region", state: "refused" }, dim)).toBe("mairie");
  expect(holder({ holdUntil: at(30), author: "region" }, dim)).toBe("region");
});
