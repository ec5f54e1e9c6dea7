/** A lamp that did not prove its group's keys is told again, less and less often; then a person is told. Time is driven. */
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";
import type { Command, CommandState } from "../../commands/command.ts";
import type { GroupKeys } from "../../device-registry/keys/words.ts";
import { findModel } from "../../device-registry/models.ts";
import { openNetworkStore } from "../../device-registry/network/store.ts";
import { openRegistry } from "../../device-registry/store.ts";
import { openBoxState } from "../../gateway/box-state.ts";
import { createGroupAgain } from "../../gateway/group-again.ts";
import { createGroupKeeper, GROUP_KEYS_ALARM } from "../../gateway/group-keeper.ts";
import { createGroupRoll } from "../../gateway/group-roll.ts";

const HOUR = 3_600_000;
const STEP = HOUR / 6;
const LAMPS = ["70b3d5e75e000001", "70b3d5e75e000002"] as const;
const [DEAF] = LAMPS;

const world = () => {
  const db = new Database(":memory:");
  const registry = openRegistry(db);
  const store = openNetworkStore(db);
  const state = openBoxState(db);
  let time = Date.parse("2026-03-02T18:00:00Z");
  let quality: "confirmed" | "unknown" = "confirmed";
  const now = () => time;
  LAMPS.forEach((devEui, index) => {
    const ref = `lamp:88383:00${index + 1}`;
    registry.putAsset({ ref, kind: "lamp", commune: "88383", use: "lighting", attributes: {} }, 0, () => 0);
    registry.putDevice({ devEui, model: "nas-ul20xx", asset: ref, state: "in-service" }, 0, () => 0);
  });
  const sealed = new Map<string, GroupKeys>();
  const keys = {
    group: (name: string) => sealed.get(name),
    putGroup: (n: string, k: GroupKeys) => void sealed.set(n, k),
  };
  const roll = createGroupRoll({ store, keys, registry, findModel, now });
  const entries: EntryBody[] = [];
  /** What is not over yet, by device. */
  const open = new Map<string, Command>();
  const placed: { readonly at: number; readonly devEui: string }[] = [];
  const order = (command: Command): void => {
    const devEui = registry.deviceOf(command.target)!.devEui;
    open.set(devEui, command);
    roll.note(String(command.fields.group), devEui, "accepted", command);
  };
  const isBeingTold = (_: string, devEui: string) => open.has(devEui);
  const start = () =>
    createGroupKeeper({
      roll,
      write: (work) => work((body) => entries.push(body)),
      place(command) {
        order(command);
        placed.push({ at: time, devEui: registry.deviceOf(command.target)!.devEui });
      },
      network: () => undefined,
      again: createGroupAgain({ store, registry, findModel, isBeingTold, now }),
      state,
      clock: { now, mono: now, quality: () => quality },
      log: { info: () => undefined, warn: () => undefined },
    });
  let keep = start();
  const end = (devEui: string, as: CommandState): void => {
    const command = open.get(devEui)!;
    open.delete(devEui);
    roll.note("rue", devEui, as, command);
  };
  const targets = LAMPS.map((_, index) => `lamp:88383:00${index + 1}`);
  roll.make({ name: "rue", application: "lighting", targets });
  return {
    placed,
    end,
    /** Somebody gives them the keys, for a day. */
    ask() {
      for (const target of targets)
        if (!open.has(registry.deviceOf(target)!.devEui))
          order({
            id: "3f0a6a0e-2a2e-4a55-9f4e-6a1b0d6f3c11",
            target,
            name: "join-group",
            fields: { group: "rue" },
            author: "agent",
            precedence: "configuration",
            requestedAt: time,
            expiresAt: time + 24 * HOUR,
          });
    },
    /** Orders end when their time is up, but for those a lamp answers. */
    pass(hours: number, obeys: (devEui: string) => boolean = () => false) {
      for (let spent = 0; spent < hours * HOUR; spent += STEP) {
        time += STEP;
        for (const [devEui, { expiresAt }] of open)
          if (obeys(devEui)) end(devEui, "effect-observed");
          else if (time >= expiresAt) end(devEui, "expired");
        keep();
      }
    },
    restart() {
      keep = start();
    },
    trust(next: typeof quality) {
      quality = next;
    },
    alarms: () => entries.flatMap((body) => (body.kind === "alarm" && body.alarm === GROUP_KEYS_ALARM ? [body] : [])),
    member: (devEui: string) => roll.views()[0]!.members.find(({ device }) => device === devEui)!,
    now,
  };
};

it("is told again after one hour, four, twelve, 24 and 24, and then a person is told", () => {
  const w = world();
  w.ask();
  const start = w.now();
  w.pass(24, (devEui) => devEui !== DEAF);
  expect(w.member(LAMPS[1]).state).toBe("confirmed");
  expect(w.member(DEAF)).toMatchObject({ state: "missing" });
  w.pass(24 * 20);
  // Each try lasts two days, and the wait begins where it ended without an answer.
  const hours = w.placed.map(({ at }) => Math.round((at - start) / HOUR));
  const waits = hours.map((at, index) => at - (index === 0 ? 24 : hours[index - 1]! + 48));
  expect(waits).toEqual([1, 4, 12, 24, 24]);
  expect(new Set(w.placed.map(({ devEui }) => devEui))).toEqual(new Set([DEAF]));
  expect(w.member(DEAF)).toMatchObject({ state: "missing", givenUp: true });
  expect(w.alarms()).toMatchObject([{ raised: true, detail: { rue: 1 } }]);
  // Neither a restart nor time changes anything; somebody's own order does.
  w.restart();
  w.pass(24 * 7);
  expect(w.placed).toHaveLength(5);
  expect(w.alarms()).toHaveLength(1);
  w.ask();
  w.pass(1);
  expect(w.alarms()[1]).toMatchObject({ raised: false, detail: {} });
  expect(w.member(DEAF)).not.toHaveProperty("givenUp");
  w.pass(24 + 2);
  expect(w.placed).toHaveLength(6);
});

it("is told no more once it has answered, and no alarm is raised", () => {
  const w = world();
  w.ask();
  w.pass(24 * 6, () => w.placed.length === LAMPS.length);
  expect(w.member(DEAF)).toMatchObject({ state: "confirmed" });
  w.pass(24 * 30);
  expect(w.placed).toHaveLength(LAMPS.length);
  expect(w.alarms()).toEqual([]);
});

it("is not told by the box before anybody told it, nor after somebody took that back", () => {
  const w = world();
  w.pass(72);
  expect(w.placed).toEqual([]);
  w.ask();
  for (const devEui of LAMPS) w.end(devEui, "cancelled");
  w.pass(72);
  expect(w.placed).toEqual([]);
  expect(w.alarms()).toEqual([]);
});

it("spends no try while the clock is unknown", () => {
  const w = world();
  w.ask();
  w.pass(24, (devEui) => devEui !== DEAF);
  w.trust("unknown");
  w.pass(72);
  expect(w.placed).toEqual([]);
  w.trust("confirmed");
  w.pass(1);
  expect(w.placed).toHaveLength(1);
});
