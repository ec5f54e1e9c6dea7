import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Command, type Fact, isTerminal, OPEN_STATES, TERMINAL_STATES } from "../../commands/command.ts";
import { advance, begin, type CommandRecord, proofOf } from "../../commands/transitions.ts";

const command: Command = {
  id: "42cb6459-a640-46ec-9623-bdff39dc4736",
  target: "lamp:88383:042",
  name: "dim",
  fields: { level: 50 },
  author: "test",
  precedence: "operator",
  requestedAt: 1,
  expiresAt: 1_000,
};

const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.constantFrom<Fact>(
    { is: "accepted" },
    { is: "queued" },
    { is: "on-air" },
    { is: "acknowledged" },
    { is: "not-acknowledged" },
    { is: "effect-observed" },
    { is: "effect-overdue" },
    { is: "past-expiry" },
  ),
  fc.record({
    is: fc.constantFrom("refused" as const, "discarded" as const, "cancelled" as const),
    reason: fc.string(),
  }),
  fc.record({ is: fc.constant("superseded" as const), by: fc.uuid() }),
);
const provable = fc.constantFrom("on-air" as const, "acknowledged" as const, "effect-observed" as const);

const rank = (state: string): number =>
  isTerminal(state as never) ? OPEN_STATES.length : (OPEN_STATES as readonly string[]).indexOf(state);
const walk = (facts: readonly Fact[], record: CommandRecord): CommandRecord =>
  facts.reduce((now, next, index) => advance(now, next, 2 + index), record);

describe("the life of a command", () => {
  it("goes from the click to the effect", () => {
    const facts: Fact[] = [{ is: "accepted" }, { is: "queued" }, { is: "on-air" }, { is: "effect-observed" }];
    const record = walk(facts, begin(command, "effect-observed"));
    expect(record.steps.map(({ state }) => state)).toEqual([
      "requested",
      "accepted",
      "queued",
      "on-air",
      "effect-observed",
    ]);
  });

  it("is done where the model can prove no more, and says with which proof", () => {
    const record = walk([{ is: "queued" }, { is: "on-air" }], begin(command, "on-air"));
    expect(record.state).toBe("done");
    expect(record.steps.at(-1)?.reason).toBe("proved:on-air");
  });

  it("takes an acknowledgement before its txack, and a late txack changes nothing", () => {
    const acknowledged = walk([{ is: "queued" }, { is: "acknowledged" }], begin(command, "effect-observed"));
    expect(acknowledged.state).toBe("acknowledged");
    expect(advance(acknowledged, { is: "on-air" }, 9)).toBe(acknowledged);
  });

  it("sees no effect in a command that was never on air", () => {
    const queued = walk([{ is: "accepted" }, { is: "queued" }], begin(command, "effect-observed"));
    expect(advance(queued, { is: "effect-observed" }, 9)).toBe(queued);
  });

  it("neither cancels nor supersedes what stands in ChirpStack's queue", () => {
    const queued = walk([{ is: "accepted" }, { is: "queued" }], begin(command, "effect-observed"));
    expect(advance(queued, { is: "cancelled", reason: "person" }, 9)).toBe(queued);
    expect(advance(queued, { is: "superseded", by: "other" }, 9)).toBe(queued);
  });

  it("takes back what ChirpStack lost", () => {
    const queued = walk([{ is: "accepted" }, { is: "queued" }], begin(command, "effect-observed"));
    expect(advance(queued, { is: "superseded", by: "other", heldHere: true }, 9).state).toBe("superseded");
  });

  it("says what was only inferred", () => {
    const facts: Fact[] = [{ is: "queued" }, { is: "on-air", inferred: "counter" }];
    const unshown = walk(facts, begin(command, "on-air"));
    expect(unshown.steps.at(-1)).toMatchObject({ state: "done", reason: "inferred:on-air" });
    expect(proofOf(unshown.steps)).toBe("inferred");
    const shown = walk([...facts, { is: "effect-observed" }], begin(command, "effect-observed"));
    expect(proofOf(shown.steps)).toBe("effect-observed");
    const overdue = walk(
      [{ is: "queued" }, { is: "on-air" }, { is: "effect-overdue" }],
      begin(command, "effect-observed"),
    );
    expect([overdue.state, proofOf(overdue.steps)]).toEqual(["failed", "on-air"]);
  });

  it("ends exactly once and never goes back, whatever comes in whatever order", () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 20 }), provable, (facts, lastProvable) => {
        const { steps, state } = walk(facts, begin(command, lastProvable));
        expect(steps.filter((step) => isTerminal(step.state)).length).toBe(isTerminal(state) ? 1 : 0);
        expect(steps.at(-1)?.state).toBe(state);
        const ranks = steps.map((step) => rank(step.state));
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
        expect(new Set(steps.map((step) => step.state)).size).toBe(steps.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is idempotent: the same fact twice is one step", () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 12 }), fact, provable, (facts, again, lastProvable) => {
        const once = advance(walk(facts, begin(command, lastProvable)), again, 50);
        expect(advance(once, again, 51)).toBe(once);
      }),
    );
  });

  it("reaches every terminal state", () => {
    const ends: Record<string, Fact[]> = {
      "effect-observed": [{ is: "on-air" }, { is: "effect-observed" }],
      refused: [{ is: "refused", reason: "unknown-asset" }],
      expired: [{ is: "queued" }, { is: "past-expiry" }],
      failed: [{ is: "on-air" }, { is: "effect-overdue" }],
      cancelled: [{ is: "accepted" }, { is: "cancelled", reason: "person" }],
      superseded: [{ is: "accepted" }, { is: "superseded", by: "other" }],
    };
    for (const [state, facts] of Object.entries(ends))
      expect(walk(facts, begin(command, "effect-observed")).state).toBe(state);
    expect([...Object.keys(ends), "done"].sort()).toEqual([...TERMINAL_STATES].sort());
  });
});
