/** A copy of a box at a region that came back from a backup: what it forgot comes again, or is told. */
import { expect, test } from "vitest";
import type { TakenOff } from "../../../cloud-sync/protocol/entry.ts";
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

  test("a chosen box that says what it took off is asked for the marks, and what it lost is counted from where the two parted", async () => {
    const { journal, clone } = await forked();
    for (let fCnt = 8; fCnt <= 10; fCnt++) journal.append(readingOf({ fCnt }));
    clone.append(readingOf({ fCnt: 1_010 }), readingOf({ fCnt: 1_011 }));
    expect(await accept(journal, 8, 10)).toMatchObject({ status: 200 });
    expect(await send(clone, 5, 11, 1, 8)).toMatchObject({ status: 423 });
    await choose(journal);
    const begin = (takenOff: TakenOff | undefined) => {
      const batch = clone.batch(9, 11, { epoch: 2, ...(takenOff === undefined ? {} : { takenOff }) });
      return ground.store.acceptBatch({ ...batch, health: { ...batch.health, confirmedSeq: 8, oldestSeq: 9 } }, NOW);
    };
    expect(await begin({ last: 8, marks: new Uint8Array() })).toMatchObject({ status: 409, expectedSeq: 9 });
    expect(await openOf(journal)).toEqual([]);
    expect(await begin(clone.takenOff(8))).toMatchObject({ status: 200, durableSeq: 11 });
    // 1 to 5 are held, under the epoch before; what stands there from 6 on is the other's.
    expect(await openOf(journal)).toMatchObject([{ reason: "not-recoverable", firstSeq: 6, durableSeq: 8, lost: 3 }]);
  });

  test("where all that a chosen box took off is held nobody is told of a loss", async () => {
    const { journal, clone } = await forked();
    expect(await send(clone, 5, 9, 1, 3)).toMatchObject({ status: 423 });
    await choose(journal);
    const batch = clone.batch(4, 9, { epoch: 2, takenOff: clone.takenOff(3) });
    // Its own hash there it no longer knows.
    const strange = { ...batch, hashBefore: new Uint8Array(32).fill(9) };
    const health = { ...batch.health, confirmedSeq: 3, oldestSeq: 4 };
    expect(await ground.store.acceptBatch({ ...strange, health }, NOW)).toMatchObject({ status: 200, durableSeq: 9 });
    expect(await openOf(journal)).toEqual([]);
  });

  test("what is stored behind a hole, and whose hash is not known, is not counted", async () => {
    const { journal } = await forked();
    const gone = [{ from: 9, to: 10 }];
    for (let fCnt = 8; fCnt <= 14; fCnt++) journal.append(readingOf({ fCnt }));
    const holed = journal.batch(8, 14, { gone });
    const entries = holed.entries.filter(({ seq }) => seq < 9 || seq > 10);
    expect(await ground.store.acceptBatch({ ...holed, entries }, NOW)).toMatchObject({ status: 200, durableSeq: 14 });
    // A copy of it as it was at entry 12, confirmed up to 13 and keeping from 14 on.
    const later = journal.copy(12);
    for (let fCnt = 13; fCnt <= 15; fCnt++) later.append(readingOf({ fCnt: fCnt + 1_000 }));
    expect(await send(later, 14, 15, 1, 13)).toMatchObject({ status: 423 });
    await choose(journal);
    const batch = later.batch(14, 15, { epoch: 2, takenOff: later.takenOff(13) });
    const health = { ...batch.health, confirmedSeq: 13, oldestSeq: 14 };
    expect(await ground.store.acceptBatch({ ...batch, health }, NOW)).toMatchObject({ status: 200, durableSeq: 15 });
    expect(await openOf(journal)).toMatchObject([{ reason: "not-recoverable", firstSeq: 9, durableSeq: 13, lost: 0 }]);
  });

  test("where a hole ended is held against the marks: what the other disk told to be forgotten is not told once more", async () => {
    /** A copy as it was at entry 12 or before it: confirmed up to 10, and keeping nothing below. */
    const begin = async (imageOf: (journal: Journal) => Journal) => {
      const { journal } = await forked();
      for (let fCnt = 8; fCnt <= 12; fCnt++) journal.append(readingOf({ fCnt }));
      const gone = [{ from: 8, to: 10, hashAfter: journal.batch(8, 10).hashAfter }];
      const holed = journal.batch(8, 12, { gone, entries: journal.batch(11, 12).entries });
      expect(await ground.store.acceptBatch(holed, NOW)).toMatchObject({ status: 200, durableSeq: 12 });
      const image = imageOf(journal);
      expect(await send(image, 11, image.lastSeq, 1, 10)).toMatchObject({ status: 423 });
      await choose(journal);
      // Whose place is the end of a hole may still keep what was there.
      const early = await send(image, 11, image.lastSeq, 2, 10, 9);
      expect(early).toMatchObject({ status: 409, expectedSeq: 9 });
      const batch = image.batch(11, image.lastSeq, { epoch: 2, takenOff: image.takenOff(10) });
      const strange = { ...batch, hashBefore: new Uint8Array(32).fill(9) };
      const health = { ...batch.health, confirmedSeq: 10, oldestSeq: 11 };
      expect(await ground.store.acceptBatch({ ...strange, health }, NOW)).toMatchObject({ status: 200 });
      return openOf(journal);
    };
    const partedAt = (seq: number) => (journal: Journal) => {
      const image = journal.copy(seq);
      for (let fCnt = seq + 1; fCnt <= 13; fCnt++) image.append(readingOf({ fCnt: fCnt + 1_000 }));
      return image;
    };
    expect(await begin(partedAt(10))).toEqual([]);
    // What it wrote there itself is another loss, and nobody can say with which number it began.
    expect(await begin(partedAt(9))).toMatchObject([
      { reason: "not-recoverable", firstSeq: 8, durableSeq: 10, lost: 0 },
    ]);
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

  test("a loss that grows is one incident with all of it, and open once more; told again as it was, a person has seen it", async () => {
    const { journal, clone } = await forked();
    expect(await send(clone, 5, 9, 1, 5)).toMatchObject({ status: 423 });
    await choose(journal);
    expect(await send(clone, 6, 9, 2, 5)).toMatchObject({ status: 200 });
    for (let fCnt = 8; fCnt <= 12; fCnt++) journal.append(readingOf({ fCnt }));
    const tell = async (oldestSeq: number) => {
      expect(await send(journal, 13, 12, 1, 11, oldestSeq)).toEqual({ status: 410, epoch: 2 });
      return openOf(journal);
    };
    const [first] = await tell(10);
    await ground.store.decideIncident(first!.id, "noted", "claire", NOW);
    expect(await tell(10)).toEqual([]);
    const [grown, ...others] = await tell(12);
    expect(others).toEqual([]);
    expect(grown).toMatchObject({ id: first!.id, firstSeq: 8, durableSeq: 11, lost: 4 });
    expect(grown).not.toHaveProperty("decidedBy");
    // An older word that comes late takes nothing back.
    expect(await tell(10)).toMatchObject([{ durableSeq: 11, lost: 4 }]);
  });
};
