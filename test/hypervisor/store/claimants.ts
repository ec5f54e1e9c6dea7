/** Several refused histories of one box at the same moment: each has its incident, and a decision is for one of them. */
import { expect, test } from "vitest";
import type { Journal } from "../batches.ts";
import { readingOf } from "../batches.ts";
import { NOW, type StoreGround } from "./ground.ts";

const [ONE, OTHER] = [1_111, 2_222];

export const claimantCases = (ground: StoreGround): void => {
  const { accept, forked, boxState } = ground;

  /** Says itself that the region's history is not its own, and brings nothing. */
  const dispute = (journal: Journal, claimant: number | undefined, epoch = 1, from?: string) => {
    const { lastSeq } = journal;
    const said = { epoch, disputed: true as const, ...(claimant === undefined ? {} : { claimant }) };
    return ground.store.acceptBatch(
      journal.batch(Math.min(lastSeq, 5) + 1, Math.min(lastSeq, 5), said),
      NOW,
      from === undefined ? undefined : { address: from },
    );
  };
  const send = (journal: Journal, first: number, last: number, claimant: number, epoch = 1) =>
    ground.store.acceptBatch(journal.batch(first, last, { epoch, claimant }), NOW);
  const openOf = async (journal: Journal) =>
    (await ground.store.incidents({ box: journal.box, open: true })).toReversed();
  const decide = (id: number, decision: "keep" | "new-epoch") =>
    ground.store.decideIncident(id, decision, "claire", NOW);

  test("two that are refused under one name are two incidents; what is decided for one is not the other's", async () => {
    const { journal, clone } = await forked();
    expect(await dispute(journal, ONE, 1, "10.0.0.1")).toMatchObject({ status: 423 });
    expect(await dispute(clone, OTHER, 1, "10.0.0.2")).toMatchObject({ status: 423 });
    expect(await dispute(journal, ONE, 1, "10.0.0.3")).toMatchObject({ status: 423 });
    // What it brings is kept aside with its own, wherever it leaves the accepted history.
    expect(await send(clone, 5, 8, OTHER)).toMatchObject({ status: 423 });
    const [one, other, ...more] = await openOf(journal);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ reason: "disputed", attempts: 2, heardFrom: "10.0.0.3", kept: { entries: 0 } });
    expect(other).toMatchObject({ attempts: 2, firstSeq: 5, heardFrom: "10.0.0.2", kept: { entries: 4, lastSeq: 8 } });
    await decide(other!.id, "new-epoch");
    expect((await boxState(journal)).incident).toBe(`${one!.id}`);
    expect(await dispute(journal, ONE)).toEqual({ status: 423, incident: `${one!.id}` });
    expect(await dispute(clone, OTHER)).toEqual({ status: 410, epoch: 2, adopt: true });
    // It has not been told to, and may not begin that epoch.
    expect(await send(journal, 6, 7, ONE, 2)).toMatchObject({ status: 423 });
    expect(await send(clone, 6, 9, OTHER, 2)).toMatchObject({ status: 200, durableSeq: 9 });
    expect(await dispute(journal, ONE)).toEqual({ status: 410, epoch: 2 });
  });

  test("one that was kept out can be let in later: where nobody goes on, nobody waits for ever", async () => {
    const { journal, clone } = await forked();
    await dispute(journal, ONE);
    await dispute(clone, OTHER);
    const [one, other] = await openOf(journal);
    await decide(one!.id, "keep");
    await decide(other!.id, "keep");
    expect(await dispute(journal, ONE)).toMatchObject({ status: 423 });
    expect(await openOf(journal)).toEqual([]);
    expect(await decide(one!.id, "new-epoch")).toMatchObject({ decision: "new-epoch" });
    await expect(decide(one!.id, "keep")).rejects.toMatchObject({ code: "incident-decided" });
    expect(await dispute(clone, OTHER)).toMatchObject({ status: 423 });
    expect(await dispute(journal, ONE)).toEqual({ status: 410, epoch: 2, adopt: true });
    journal.append(readingOf({ fCnt: 8 }));
    expect(await send(journal, 8, 8, ONE, 2)).toMatchObject({ status: 200, durableSeq: 8 });
  });

  test("who was chosen and did not begin is asked again when another is chosen, and can be let in after it", async () => {
    const { journal, clone } = await forked();
    await dispute(journal, ONE);
    await dispute(clone, OTHER);
    const [one, other] = await openOf(journal);
    await decide(one!.id, "new-epoch");
    expect(await dispute(journal, ONE)).toEqual({ status: 410, epoch: 2, adopt: true });
    await decide(other!.id, "new-epoch");
    // Its epoch is not given to another.
    expect(await dispute(clone, OTHER)).toEqual({ status: 410, epoch: 3, adopt: true });
    expect(await dispute(journal, ONE, 2)).toMatchObject({ status: 423 });
    expect(await openOf(journal)).toMatchObject([{ reason: "later-epoch", epoch: 2 }]);
    expect(await send(clone, 6, 9, OTHER, 3)).toMatchObject({ status: 200 });
    expect(await dispute(journal, ONE, 2)).toEqual({ status: 410, epoch: 3 });
    const [again] = await openOf(journal);
    await decide(again!.id, "new-epoch");
    expect(await send(clone, 10, 9, OTHER, 3)).toMatchObject({ status: 200 });
    expect(await dispute(journal, ONE, 2)).toEqual({ status: 410, epoch: 4, adopt: true });
  });

  test("one that finds that what is held is its own needs no decision: what was decided for it has no effect any more", async () => {
    const { journal, clone } = await forked();
    await dispute(journal, ONE);
    const [one] = await openOf(journal);
    await decide(one!.id, "new-epoch");
    journal.append(readingOf({ fCnt: 8 }));
    expect(await send(journal, 8, 8, ONE)).toMatchObject({ status: 200, durableSeq: 8 });
    expect(await dispute(clone, OTHER)).toMatchObject({ status: 423 });
    expect(await dispute(journal, ONE)).toMatchObject({ status: 423 });
    expect(await openOf(journal)).toHaveLength(2);
  });

  test("boxes of the version before do not say who they are, and share an incident as they did", async () => {
    const { journal, clone } = await forked();
    const told = [await dispute(journal, undefined), await dispute(clone, undefined)];
    const [shared, ...more] = await openOf(journal);
    expect(more).toEqual([]);
    expect(told).toEqual([0, 1].map(() => ({ status: 423, incident: `${shared!.id}` })));
    // Once one of them is updated it says so: it may be either, and has an incident of its own.
    const updated = await dispute(clone, OTHER);
    expect(updated).toMatchObject({ status: 423 });
    expect(updated).not.toEqual({ status: 423, incident: `${shared!.id}` });
    expect(await dispute(journal, undefined)).toEqual({ status: 423, incident: `${shared!.id}` });
  });

  test("what is decided for a box that does not say who it is goes to none that says so", async () => {
    const { journal, clone } = await forked();
    await dispute(journal, undefined);
    const [shared] = await openOf(journal);
    await decide(shared!.id, "new-epoch");
    // A copy of it, updated, knocks first.
    expect(await dispute(clone, OTHER)).toMatchObject({ status: 423 });
    expect(await send(clone, 6, 9, OTHER, 2)).toMatchObject({ status: 423 });
    expect(await dispute(journal, undefined)).toEqual({ status: 410, epoch: 2, adopt: true });
    journal.append(readingOf({ fCnt: 8 }));
    expect(await ground.store.acceptBatch(journal.batch(8, 8, { epoch: 2 }), NOW)).toMatchObject({
      status: 200,
      durableSeq: 8,
    });
    expect((await openOf(journal)).map(({ box }) => box)).toEqual([journal.box]);
  });

  test("one that is updated between the decision and its next try is asked for again, and goes on then", async () => {
    const { journal, clone } = await forked();
    await dispute(clone, undefined);
    const [shared] = await openOf(journal);
    await decide(shared!.id, "new-epoch");
    expect(await dispute(clone, undefined)).toEqual({ status: 410, epoch: 2, adopt: true });
    // It adopted that epoch, and its first batch of it is the new version's.
    expect(await send(clone, 6, 9, OTHER, 2)).toMatchObject({ status: 423 });
    const [own, ...more] = await openOf(journal);
    expect(more).toEqual([]);
    await decide(own!.id, "new-epoch");
    expect(await send(clone, 6, 9, OTHER, 2)).toMatchObject({ status: 200, durableSeq: 9 });
  });

  test("one that does not say who it is, chosen and passed over for another, is asked for again", async () => {
    const { journal, clone } = await forked();
    await dispute(journal, undefined);
    await dispute(clone, OTHER);
    const [one, other] = await openOf(journal);
    await decide(one!.id, "new-epoch");
    await decide(other!.id, "new-epoch");
    const again = await dispute(journal, undefined);
    expect(again).toMatchObject({ status: 423 });
    expect(again).not.toEqual({ status: 423, incident: `${one!.id}` });
    // Not in the epoch that who says its number was given.
    const [open] = await openOf(journal);
    await decide(open!.id, "new-epoch");
    expect(await dispute(journal, undefined)).toEqual({ status: 410, epoch: 2, adopt: true });
  });

  test("who was decided against and goes on coming is known by one incident and no more", async () => {
    const { journal, clone } = await forked();
    const HOUR = 3_600_000;
    const at = (hours: number, said: Journal, claimant: number) =>
      ground.store.acceptBatch(said.batch(6, 5, { disputed: true, claimant }), NOW + hours * HOUR, {
        address: "10.0.0.2",
      });
    await dispute(clone, OTHER);
    const [other] = await openOf(journal);
    await decide(other!.id, "keep");
    await at(0.5, clone, OTHER);
    expect(await boxState(journal)).not.toHaveProperty("keptOut");
    for (const hours of [2, 3, 4]) await at(hours, clone, OTHER);
    expect(await boxState(journal)).toMatchObject({ keptOut: { incident: other!.id, at: NOW + 4 * HOUR } });
    expect(await ground.store.incidents({ box: journal.box })).toMatchObject([{ attempts: 5, lastAt: NOW + 4 * HOUR }]);
    // Let in after all, it is the other that is decided against.
    await ground.store.decideIncident(other!.id, "new-epoch", "claire", NOW + 5 * HOUR);
    expect(await boxState(journal)).not.toHaveProperty("keptOut");
    const begins = clone.batch(6, 9, { epoch: 2, claimant: OTHER });
    expect(await ground.store.acceptBatch(begins, NOW + 5 * HOUR)).toMatchObject({ status: 200 });
    expect(await at(7, journal, ONE)).toEqual({ status: 410, epoch: 2 });
    expect(await boxState(journal)).toMatchObject({ keptOut: { incident: other!.id, at: NOW + 7 * HOUR } });
    expect(await ground.store.incidents({ box: journal.box })).toMatchObject([
      { replacedAt: NOW + 7 * HOUR, replacedFrom: "10.0.0.2" },
    ]);
  });

  test("an epoch of the highest number does not end what can be decided: the numbers begin anew", async () => {
    const { journal, clone } = await forked();
    const last = 2 ** 31 - 1;
    await dispute(clone, OTHER, last);
    const [other] = await openOf(journal);
    await decide(other!.id, "new-epoch");
    expect(await send(clone, 1, 9, OTHER, last)).toMatchObject({ status: 200, durableSeq: 9 });
    expect(
      await ground.store.acceptBatch(journal.batch(6, 5, { epoch: last, claimant: ONE, disputed: true }), NOW),
    ).toMatchObject({
      status: 423,
    });
    const [one] = await openOf(journal);
    await decide(one!.id, "new-epoch");
    expect(await dispute(journal, ONE, last)).toEqual({ status: 410, epoch: 1, adopt: true });
  });

  test("a sender that calls itself by ever other names opens twenty incidents and no more", async () => {
    const { journal, clone } = await forked();
    const told = new Set<unknown>();
    for (let name = 1; name <= 30; name++) {
      const reply = await dispute(clone, name);
      told.add(reply.status === 423 ? reply.incident : reply.status);
    }
    expect(told.size).toBe(20);
    expect((await openOf(journal)).length).toBe(20);
    // What is accepted goes on.
    journal.append(readingOf({ fCnt: 8 }));
    expect(await accept(journal, 8, 8)).toMatchObject({ status: 200, durableSeq: 8 });
  });
};
