/** Orders for boxes, and what became of them. */
import { expect, test } from "vitest";
import type { EntryBody } from "../../../cloud-sync/protocol/entry.ts";
import { lamp, NOW, type StoreGround, wish } from "./ground.ts";

export const commandsCases = (ground: StoreGround): void => {
  const { newBox, accept } = ground;

  test("orders get growing numbers in the order of their commits, also side by side", async () => {
    const journal = await newBox();
    const wishes = Array.from({ length: 12 }, () => wish(lamp("1")));
    await Promise.all(wishes.map((each) => ground.store.addCommand(each, journal.box)));
    const orders = await ground.store.takeOrders(journal.box, 0, NOW);
    expect(orders.map(({ cursor }) => cursor)).toEqual(wishes.map((_, place) => place + 1));
    expect(new Set(orders.map(({ command }) => command.id))).toEqual(new Set(wishes.map(({ id }) => id)));
    expect((await ground.store.takeOrders(journal.box, 10, NOW)).map(({ cursor }) => cursor)).toEqual([11, 12]);
    expect(orders[0]?.command).toMatchObject({ name: "dim", fields: { level: 50 }, expiresAt: NOW + 600_000 });
  });

  test("the same id is the same command", async () => {
    const journal = await newBox();
    const command = wish(lamp("1"));
    expect(await ground.store.addCommand(command, journal.box)).toMatchObject({ added: true });
    expect(await ground.store.addCommand({ ...command, fields: { level: 1 } }, journal.box)).toMatchObject({
      added: false,
      command: { ...command, box: journal.box, state: "requested" },
    });
    expect(await ground.store.takeOrders(journal.box, 0, NOW)).toHaveLength(1);
    expect(
      (await ground.store.commands({ target: lamp("1"), limit: 100 })).filter(({ id }) => id === command.id),
    ).toHaveLength(1);
  });

  test("the queue: what is not over, the strongest first, then the oldest, of a commune or of all", async () => {
    const journal = await newBox();
    const at = (place: number, more: object = {}) => wish(`lamp:55043:${place}`, more);
    const [calendar, old, young, urgent, over] = [
      at(1, { precedence: "schedule", requestedAt: NOW - 9_000 }),
      at(2, { requestedAt: NOW - 5_000 }),
      at(3),
      at(4, { precedence: "safety" }),
      at(5),
    ];
    for (const each of [calendar, young, old, over, urgent]) await ground.store.addCommand(each, journal.box);
    await ground.store.takeBack(over.id, { at: NOW, who: "page", what: "cancel", about: over.id, detail: {} });
    const inQueue = async (limit: number) => {
      const { total, commands } = await ground.store.openCommands({ commune: "55043", limit });
      return [total, commands.map(({ id }) => id)];
    };
    expect(await inQueue(10)).toEqual([4, [urgent.id, old.id, young.id, calendar.id]]);
    expect(await inQueue(2)).toEqual([4, [urgent.id, old.id]]);
    expect((await ground.store.openCommands({ limit: 1 })).total).toBeGreaterThanOrEqual(4);
    expect(await ground.store.openCommands({ commune: "55044", limit: 10 })).toEqual({ total: 0, commands: [] });
  });

  test("expired by us is only what no box can hold", async () => {
    const journal = await newBox();
    const [never, handed, lost] = [wish(lamp("7")), wish(lamp("7")), wish(lamp("7"))];
    const late = NOW + 600_001;
    await ground.store.addCommand(handed, journal.box);
    await ground.store.addCommand(lost, journal.box);
    expect(await ground.store.takeOrders(journal.box, 0, NOW)).toHaveLength(2);
    await ground.store.addCommand(never, journal.box);
    const endedHere = async () =>
      (await ground.store.expireCommands(late)).filter((id) => [never.id, handed.id, lost.id].includes(id));
    expect(await ground.store.takeOrders(journal.box, 2, late)).toEqual([]);
    expect(await endedHere()).toEqual([never.id]);
    expect(await ground.store.command(never.id)).toMatchObject({
      state: "expired",
      steps: [{ state: "requested" }, { state: "expired", at: late }],
    });
    expect((await ground.store.command(lost.id))?.state).toBe("requested");
    // The box comes back and holds the first order only: the second never reached it.
    await ground.store.holdsOrders(journal.box, 1);
    expect(await endedHere()).toEqual([lost.id]);
    expect(await endedHere()).toEqual([]);
    expect((await ground.store.command(handed.id))?.state).toBe("requested");
  });

  test("a command follows the outcomes of its box, to one end", async () => {
    const journal = await newBox();
    const other = await newBox();
    const command = wish(lamp("8"));
    await ground.store.addCommand(command, journal.box);
    const step = (state: string, reason?: string): EntryBody => ({
      kind: "outcome",
      command: command.id,
      asset: command.target,
      state,
      at: NOW + 1000,
      ...(reason === undefined ? {} : { reason }),
    });
    other.append(step("failed"));
    expect(await accept(other, 1, 1)).toMatchObject({ quarantined: [1] });
    journal.append(step("accepted"), step("on-air"), step("queued"), step("effect-observed"), step("failed", "late"));
    expect(await accept(journal, 1, 2)).toMatchObject({ quarantined: [] });
    expect(await ground.store.takeOrders(journal.box, 0, NOW)).toEqual([]);
    expect(await accept(journal, 3, 5)).toMatchObject({ quarantined: [5] });
    expect(await ground.store.command(command.id)).toMatchObject({
      state: "effect-observed",
      steps: [{ state: "requested" }, { state: "accepted" }, { state: "on-air" }, { state: "effect-observed" }],
    });
    expect((await ground.store.quarantine(journal.box)).map(({ code }) => code)).toEqual(["after-end"]);
  });

  test("a command born on the box becomes known with its first outcome, and is not sent back", async () => {
    const journal = await newBox();
    const command = wish(lamp("9"), { author: "calendar", precedence: "schedule" });
    journal.append({
      kind: "outcome",
      command: command.id,
      asset: command.target,
      state: "accepted",
      at: NOW,
      request: { ...command },
    });
    expect(await accept(journal, 1, 1)).toMatchObject({ quarantined: [] });
    expect(await ground.store.command(command.id)).toMatchObject({ ...command, box: journal.box, state: "accepted" });
    expect(await ground.store.takeOrders(journal.box, 0, NOW)).toEqual([]);
  });
};
