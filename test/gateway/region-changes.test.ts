/** What the box does with a change of its registry that the region asked for: once, in its time, or not at all. */
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { EntryBody, Outcome } from "../../cloud-sync/protocol/entry.ts";
import type { Command } from "../../commands/command.ts";
import { findModel } from "../../device-registry/models.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openLedger } from "../../gateway/ledger.ts";
import { createRegionChanges } from "../../gateway/region-changes.ts";

const LAMP = "lamp:88383:042";
const HOUR = 3_600_000;

const box = () => {
  const db = new Database(":memory:");
  const clock = { time: 1_000_000, known: true, now: () => clock.time, quality: () => quality() };
  const quality = () => (clock.known ? ("confirmed" as const) : ("unknown" as const));
  const registry = openRegistry(db);
  const ledger = openLedger(db);
  const entries: EntryBody[] = [];
  const append = (entry: EntryBody): number => entries.push(entry);
  const changes = createRegionChanges({ ledger, registry, findModel, clock });
  const wish = (digit: number, name: string): Command => ({
    id: `42cb6459-a640-46ec-9623-bdff39dc473${digit}`,
    target: LAMP,
    name: "registry.asset",
    fields: { asset: LAMP, name },
    author: "région",
    precedence: "configuration",
    requestedAt: clock.time,
    expiresAt: clock.time + HOUR,
  });
  const outcomes = (): string[] =>
    entries
      .filter((entry): entry is Outcome => entry.kind === "outcome")
      .map(({ state, reason }) => `${state} ${reason}`);
  return { clock, registry, ledger, entries, changes, append, wish, outcomes };
};

describe("a change asked for by the region", () => {
  it("is done once, however often its order comes", () => {
    const { changes, registry, append, wish, outcomes } = box();
    const first = wish(1, "Rue de la Xavée");
    changes.take(first, append);
    changes.take(first, append);
    changes.tick(append);
    changes.take(first, append);
    changes.tick(append);
    expect(outcomes()).toEqual(["accepted undefined", "done applied:added"]);
    expect(registry.operations({ asset: LAMP, limit: 9 })).toMatchObject([{ by: "région", command: first.id }]);
  });

  it("waits while the clock is unknown, and is not done after its end", () => {
    const { changes, clock, registry, ledger, append, wish, outcomes } = box();
    clock.known = false;
    changes.take(wish(1, "Rue de la Xavée"), append);
    changes.tick(append);
    expect(outcomes()).toEqual(["accepted waits-for-clock"]);
    // It is no command to a lamp: whoever steers lamps does not see it.
    expect(ledger.open()).toEqual([]);
    clock.time += HOUR;
    clock.known = true;
    changes.tick(append);
    expect(outcomes().at(-1)).toBe("expired undefined");
    expect(registry.asset(LAMP)).toBeUndefined();
  });

  it("of a kind this box does not know is refused, and nothing is kept of what fits no form", () => {
    const { changes, ledger, entries, append, wish, outcomes } = box();
    const key = "00112233445566778899aabbccddeeff";
    changes.take({ ...wish(1, "x"), name: "registry.sing" }, append);
    changes.take({ ...wish(2, "x"), fields: { asset: LAMP, appKey: key } }, append);
    changes.tick(append);
    expect(outcomes().filter((line) => line === "refused change-unreadable")).toHaveLength(2);
    const kept = [...entries, ...ledger.audit.lines(), ledger.find(wish(2, "x").id)];
    expect(kept.length).toBeGreaterThan(5);
    expect(JSON.stringify(kept)).not.toContain(key);
  });

  it("loses against a step done on the box since, not against one done and undone there", () => {
    const { changes, registry, clock, append, wish, outcomes } = box();
    const lamp = { ref: LAMP, kind: "lamp", commune: "88383", use: "lighting", attributes: {} } as const;
    const step = registry.step({ at: clock.time, by: "Léa", action: "place" }, append);
    step.putAsset({ ...lamp, name: "Commune" });
    const asked = (digit: number): Command => ({
      ...wish(digit, "Région"),
      fields: { asset: LAMP, name: "Région", known: 0 },
    });
    changes.take(asked(1), append);
    changes.tick(append);
    expect(outcomes().at(-1)).toBe("refused changed-since:Léa");
    registry.undo(step.operation!, { at: clock.time, by: "Léa" }, append);
    changes.take(asked(2), append);
    changes.tick(append);
    expect(outcomes().at(-1)).toBe("done applied:added");
  });
});
