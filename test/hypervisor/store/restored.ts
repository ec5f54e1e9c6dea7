/** A copy of a box at a region that came back from a backup: what it forgot comes again, or is told. */
import { expect, test } from "vitest";
import { type Journal, readingOf } from "../batches.ts";
import { NOW, type StoreGround } from "./ground.ts";

export const restoredCases = (ground: StoreGround): void => {
  const { accept, forked } = ground;

  const send = (journal: Journal, first: number, last: number, epoch: number, confirmedSeq: number, oldestSeq = 1) => {
    const batch = journal.batch(first, last, { epoch });
    return ground.store.acceptBatch({ ...batch, health: { ...batch.health, confirmedSeq, oldestSeq } }, NOW);
  };
  const openOf = (journal: Journal) => ground.store.incidents({ box: journal.box, open: true });
  const choose = async (journal: Journal): Promise<void> => {
    const [incident] = await openOf(journal);
    await ground.store.decideIncident(incident!.id, "new-epoch", "claire", NOW);
  };

  test("an incident says how far each was ever confirmed, and from where on the refused one keeps its entries", async () => {
    const { journal, clone } = await forked();
    expect(await send(journal, 6, 7, 1, 7)).toMatchObject({ status: 200 });
    journal.append(readingOf({ fCnt: 8 }));
    expect(await send(journal, 8, 8, 1, 7)).toMatchObject({ status: 200 });
    expect(await send(clone, 6, 9, 1, 6, 3)).toMatchObject({ status: 423 });
    expect(await openOf(journal)).toMatchObject([
      { acceptedConfirmedSeq: 8, refusedConfirmedSeq: 6, refusedOldestSeq: 3 },
    ]);
    // It was once confirmed further than this database remembers.
    journal.append(readingOf({ fCnt: 9 }));
    expect(await send(journal, 9, 9, 1, 12)).toMatchObject({ status: 200 });
    expect(await send(clone, 6, 9, 1, 6, 3)).toMatchObject({ status: 423 });
    expect(await openOf(journal)).toMatchObject([{ acceptedConfirmedSeq: 12 }]);
  });

  test("a chosen copy that goes on where this database has forgotten it sends again all it keeps; what it took off is told", async () => {
    const { journal, clone } = await forked();
    // It was confirmed up to 8 by a database that has lost that since.
    expect(await send(clone, 5, 9, 1, 8)).toMatchObject({ status: 423 });
    await choose(journal);
    expect(await send(clone, 9, 9, 2, 8)).toMatchObject({ status: 409, expectedSeq: 8 });
    expect(await send(clone, 8, 9, 2, 8)).toMatchObject({ status: 409, expectedSeq: 1 });
    expect(await send(clone, 8, 9, 2, 8, 7)).toMatchObject({ status: 409, expectedSeq: 7 });
    expect(await send(clone, 7, 9, 2, 8, 7)).toMatchObject({ status: 200, durableSeq: 9 });
    expect(await openOf(journal)).toMatchObject([{ reason: "not-recoverable", firstSeq: 1, durableSeq: 6, lost: 0 }]);
    const held = await ground.store.readings({ box: journal.box, epoch: 2, afterSeq: 0, limit: 100 });
    expect(held.map(({ seq }) => seq)).toEqual([7, 8, 9]);
  });

  test("one that starts from a place that is held goes on from there", async () => {
    const { journal, clone } = await forked();
    expect(await send(clone, 5, 9, 1, 5)).toMatchObject({ status: 423 });
    await choose(journal);
    expect(await send(clone, 6, 9, 2, 5, 4)).toMatchObject({ status: 200, durableSeq: 9 });
    expect(await openOf(journal)).toEqual([]);
    // And once more the other way round: its place is held under the epoch before the present one.
    expect(await send(journal, 8, 7, 3, 7)).toMatchObject({ status: 423 });
    await choose(journal);
    journal.append(readingOf({ fCnt: 8 }));
    expect(await send(journal, 8, 8, 3, 7, 8)).toMatchObject({ status: 200, durableSeq: 8 });
    expect(await openOf(journal)).toEqual([]);
  });

  test("an epoch this database knows nothing of is an incident, and begins once a person has decided again", async () => {
    const { journal, clone } = await forked();
    expect(await send(clone, 8, 9, 2, 7)).toMatchObject({ status: 423 });
    expect(await openOf(journal)).toMatchObject([{ reason: "later-epoch", epoch: 2, attempts: 1 }]);
    // What is accepted goes on.
    journal.append(readingOf({ fCnt: 8 }));
    expect(await accept(journal, 8, 8)).toMatchObject({ status: 200 });
    await choose(journal);
    expect(await send(clone, 8, 9, 2, 7)).toMatchObject({ status: 409, expectedSeq: 1 });
    expect(await send(clone, 1, 9, 2, 7)).toMatchObject({ status: 200, durableSeq: 9 });
    const held = await ground.store.readings({ box: journal.box, epoch: 2, afterSeq: 0, limit: 100 });
    expect(held.map(({ seq }) => seq)).toEqual([6, 7, 8, 9]);
  });

  test("a replaced box says what it was confirmed and keeps no more: what of it is forgotten is told", async () => {
    const { journal, clone } = await forked();
    expect(await send(clone, 5, 9, 1, 5)).toMatchObject({ status: 423 });
    await choose(journal);
    expect(await send(clone, 6, 9, 2, 5)).toMatchObject({ status: 200 });
    expect(await send(journal, 8, 7, 1, 7, 8)).toEqual({ status: 410, epoch: 2 });
    expect(await openOf(journal)).toEqual([]);
    for (let fCnt = 8; fCnt <= 12; fCnt++) journal.append(readingOf({ fCnt }));
    expect(await send(journal, 13, 12, 1, 11, 10)).toEqual({ status: 410, epoch: 2 });
    expect(await openOf(journal)).toMatchObject([{ reason: "not-recoverable", firstSeq: 8, durableSeq: 9, lost: 2 }]);
  });
};
