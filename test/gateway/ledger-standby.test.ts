/** While the disk cannot be written, the ledger shows the same as one that writes, and in the end leaves the same behind. */
import SQLite from "better-sqlite3";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { Command } from "../../commands/command.ts";
import { advance, begin } from "../../commands/transitions.ts";
import { type Ledger, openLedger } from "../../gateway/ledger.ts";
import { createLedgerStandby } from "../../gateway/ledger-standby.ts";

const NOW = 1_790_000_000_000;
const IDS = ["c1", "c2", "c3", "c4"] as const;
const DEVICES = ["0102030405060708", "1112131415161718"] as const;
const ASSETS = ["lamp:88383:001", "lamp:88383:002"] as const;

const commandOf = (id: string, asset: string, requestedAt: number): Command => ({
  id,
  target: asset,
  name: "dim",
  fields: { level: 50 },
  author: "agent",
  precedence: "operator",
  requestedAt,
  expiresAt: NOW + 3_600_000,
});

const leaseOf = (asset: string, by: string) => ({
  asset,
  command: by,
  name: "dim",
  author: "agent",
  precedence: "operator" as const,
  since: NOW,
  until: NOW + 60_000,
  returns: `return of ${by}`,
  tries: 0,
});

/** One thing that the box does to its ledger. */
type Deed =
  | { readonly do: "ask"; readonly id: string; readonly device: string; readonly at: number }
  | { readonly do: "end"; readonly id: string }
  | { readonly do: "hold" | "release"; readonly asset: string }
  | { readonly do: "note"; readonly about: string }
  | { readonly do: "send" | "unsend"; readonly id: string }
  | { readonly do: "cursor"; readonly to: number };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    do: fc.constant("ask" as const),
    id: fc.constantFrom(...IDS),
    device: fc.constantFrom(...DEVICES),
    at: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ do: fc.constant("end" as const), id: fc.constantFrom(...IDS) }),
  fc.record({ do: fc.constantFrom("hold" as const, "release" as const), asset: fc.constantFrom(...ASSETS) }),
  fc.record({ do: fc.constant("note" as const), about: fc.constantFrom(...IDS) }),
  fc.record({ do: fc.constantFrom("send" as const, "unsend" as const), id: fc.constantFrom(...IDS) }),
  fc.record({ do: fc.constant("cursor" as const), to: fc.integer({ min: 0, max: 9 }) }),
);

const act = (ledger: Ledger, what: Deed): void => {
  switch (what.do) {
    case "ask":
      if (ledger.find(what.id) !== undefined) return;
      ledger.put({
        record: begin(commandOf(what.id, ASSETS[0], NOW + what.at), "on-air"),
        devEui: what.device,
      });
      break;
    case "end": {
      const row = ledger.find(what.id);
      if (row !== undefined) ledger.put({ ...row, record: advance(row.record, { is: "past-expiry" }, NOW) });
      break;
    }
    case "hold":
      ledger.leases.put(leaseOf(what.asset, "c1"));
      break;
    case "release":
      ledger.leases.end(what.asset);
      break;
    case "note":
      ledger.audit.add({ at: NOW, who: "agent", what: "command", about: what.about, detail: { level: 50 } });
      break;
    case "send":
      ledger.airUses.add("gw", "g1", { at: NOW, ms: 100 }, what.id);
      break;
    case "unsend":
      ledger.airUses.drop(what.id);
      break;
    case "cursor":
      ledger.moveCursor(what.to);
  }
};

const seen = (ledger: Ledger) => ({
  found: IDS.map((id) => ledger.find(id)),
  open: ledger.open(),
  ofDevice: DEVICES.map((device) => ledger.openOf(device)),
  leases: ledger.leases.all().toSorted((one, other) => (one.asset < other.asset ? -1 : 1)),
  held: ASSETS.map((asset) => ledger.leases.of(asset)),
  audit: [...ledger.audit.lines()],
  cursor: ledger.cursor(),
});
const airOf = (ledger: Ledger): number => ledger.airUses.of("gw", "g1", NOW).length;

const pair = () => {
  const open = (): Ledger => {
    const db = new SQLite(":memory:");
    onTestFinished(() => void db.close());
    return openLedger(db);
  };
  return { writing: open(), standby: createLedgerStandby(open()) };
};

test("whatever is done before, while and after, the two agree", () => {
  fc.assert(
    fc.property(fc.array(deed), fc.array(deed), fc.array(deed), (before, meanwhile, after) => {
      const { writing, standby } = pair();
      for (const each of before) for (const ledger of [writing, standby]) act(ledger, each);
      for (const each of meanwhile) {
        act(writing, each);
        standby.hold(() => act(standby, each));
        expect(seen(standby)).toEqual(seen(writing));
        // Rather too little is sent than too much.
        expect(airOf(standby)).toBeGreaterThanOrEqual(airOf(writing));
      }
      standby.flush();
      standby.flushed();
      expect(seen(standby)).toEqual(seen(writing));
      expect(airOf(standby)).toBe(airOf(writing));
      for (const each of after) for (const ledger of [writing, standby]) act(ledger, each);
      expect(seen(standby)).toEqual(seen(writing));
    }),
    { numRuns: 200 },
  );
});

test("work that throws leaves nothing behind in memory", () => {
  fc.assert(
    fc.property(fc.array(deed), fc.array(deed, { minLength: 1 }), (before, failing) => {
      const { standby } = pair();
      for (const each of before) standby.hold(() => act(standby, each));
      const was = seen(standby);
      expect(() =>
        standby.hold(() => {
          for (const each of failing) act(standby, each);
          throw new Error("no");
        }),
      ).toThrow("no");
      expect(seen(standby)).toEqual(was);
    }),
    { numRuns: 100 },
  );
});
