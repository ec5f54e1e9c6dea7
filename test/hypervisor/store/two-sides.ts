/** What an incident says of the two boxes under one name: where they parted, what each has of its own, who each is. */
import { expect, test } from "vitest";
import type { Caller } from "../../../hypervisor/store/senders.ts";
import { health, type Journal, readingOf } from "../batches.ts";
import { NOW, type StoreGround } from "./ground.ts";

const OTHER = 2_222;
const MINUTE = 60_000;
/** Of the reading with that counter. */
const timeOf = (fCnt: number): number => NOW - 1_000 * MINUTE + fCnt * MINUTE;
const uplink = (fCnt: number) => readingOf({ fCnt, at: timeOf(fCnt), receivedAt: timeOf(fCnt) });
const HERE: Caller = { address: "10.0.0.1", serial: "0A1B" };
const THERE: Caller = { address: "10.0.0.2", serial: "0A1B" };

export const twoSidesCases = (ground: StoreGround): void => {
  const { newBox } = ground;

  /** Common up to entry 5; then 6 to 8 of the one are durable, and the other has 6 to 9 of its own. */
  const parted = async () => {
    const journal = await newBox();
    for (let fCnt = 1; fCnt <= 5; fCnt++) journal.append(uplink(fCnt));
    const clone = journal.copy();
    for (let fCnt = 6; fCnt <= 8; fCnt++) journal.append(uplink(fCnt));
    for (let fCnt = 6; fCnt <= 9; fCnt++) clone.append(uplink(fCnt + 100));
    expect(await ground.store.acceptBatch(journal.batch(1, 6), NOW, { address: "10.0.0.77" })).toMatchObject({
      status: 200,
    });
    expect(await ground.store.acceptBatch(journal.batch(7, 8), NOW + MINUTE, HERE)).toMatchObject({ status: 200 });
    return { journal, clone };
  };
  const refuse = async (from: Journal, first: number, last: number, changes: object = {}, at = NOW + 2 * MINUTE) => {
    const batch = from.batch(first, last, { claimant: OTHER, ...changes });
    expect(await ground.store.acceptBatch(batch, at, THERE)).toMatchObject({ status: 423 });
  };
  const only = async ({ box }: Journal) => {
    const [incident, ...more] = await ground.store.incidents({ box });
    expect(more).toEqual([]);
    return incident!;
  };

  test("the very entry after which two histories part is found in what was kept aside, and what each has alone", async () => {
    const { journal, clone } = await parted();
    await refuse(clone, 4, 9);
    await refuse(clone, 4, 9, {}, NOW + 3 * MINUTE);
    expect(await only(journal)).toMatchObject({
      isNamed: true,
      parting: { commonSeq: 5, commonAt: timeOf(5), partedSeq: 6 },
      accepted: {
        ...HERE,
        version: health.version,
        entries: { least: 3, most: 3 },
        firstAt: timeOf(6),
        lastAt: timeOf(8),
        heardSince: NOW,
        heardAt: NOW + MINUTE,
      },
      refused: {
        ...THERE,
        version: health.version,
        entries: { least: 4, most: 4 },
        firstAt: timeOf(106),
        lastAt: timeOf(109),
        heardSince: NOW + 2 * MINUTE,
        heardAt: NOW + 3 * MINUTE,
      },
    });
  });

  test("where only hashes were heard there are bounds, which narrow with each", async () => {
    const { journal, clone } = await parted();
    // What it says of its place differs from what is held there: they parted at or before it.
    await refuse(clone, 9, 8, { disputed: true });
    expect(await only(journal)).toMatchObject({
      parting: { commonSeq: 0, partedSeq: 8 },
      accepted: { entries: { least: 1, most: 8 } },
      refused: { entries: { least: 2, most: 9 } },
    });
    await refuse(clone, 4, 3, { disputed: true });
    const narrower = await only(journal);
    expect(narrower).toMatchObject({
      parting: { commonSeq: 3, commonAt: timeOf(3), partedSeq: 8 },
      accepted: { entries: { least: 1, most: 5 } },
    });
    // What is not surely its own has no times.
    expect(narrower.refused).not.toHaveProperty("firstAt");
    // Before the end of what is held.
    await refuse(clone, 8, 7, { disputed: true });
    expect(await only(journal)).toMatchObject({ parting: { commonSeq: 3, partedSeq: 7 } });
    await refuse(clone, 4, 9);
    expect(await only(journal)).toMatchObject({ parting: { commonSeq: 5, partedSeq: 6 } });
  });

  test("a box that says something else each time is not followed for ever", async () => {
    const { journal, clone } = await parted();
    await refuse(clone, 9, 8, { disputed: true });
    await ground.sql.query("UPDATE incident SET looks = 100 WHERE box = (SELECT id FROM box WHERE name = $1)", [
      journal.box,
    ]);
    await refuse(clone, 4, 3, { disputed: true });
    const { parting } = await only(journal);
    expect(parting).toBeUndefined();
  });

  test("of a box that was set back to an old image: it has nothing of its own, and did not part", async () => {
    const { journal } = await parted();
    await refuse(journal.copy(3), 4, 3, { disputed: true });
    const incident = await only(journal);
    expect(incident).toMatchObject({
      parting: { commonSeq: 3, commonAt: timeOf(3) },
      accepted: { entries: { least: 5, most: 5 }, firstAt: timeOf(4), lastAt: timeOf(8) },
      refused: { entries: { least: 0, most: 0 } },
    });
    expect(incident.parting).not.toHaveProperty("partedSeq");
  });

  test("across what is stored nowhere any more nothing is claimed", async () => {
    for (const gone of [[2], [7], [2, 7]]) {
      const { journal, clone } = await parted();
      await ground.sql.query(
        "DELETE FROM reading WHERE box = (SELECT id FROM box WHERE name = $1) AND seq = ANY($2::int8[])",
        [journal.box, gone],
      );
      await refuse(clone, 4, 9);
      // From one side or the other the place is reached; else the hash that was refused is all that is known.
      const parting = gone.length === 1 ? { commonSeq: 5, partedSeq: 6 } : { commonSeq: 0, partedSeq: 8 };
      expect((await only(journal)).parting, `${gone}`).toMatchObject(parting);
    }
  });

  test("when it is decided for the refused one, where they parted and who they were still stands", async () => {
    const { journal, clone } = await parted();
    await refuse(clone, 4, 9);
    const { id } = await only(journal);
    await ground.store.decideIncident(id, "new-epoch", "claire", NOW + 3 * MINUTE);
    const begins = clone.batch(6, 9, { epoch: 2, claimant: OTHER });
    expect(await ground.store.acceptBatch(begins, NOW + 4 * MINUTE, THERE)).toMatchObject({ status: 200 });
    const incident = await only(journal);
    expect(incident).toMatchObject({
      parting: { commonSeq: 5, commonAt: timeOf(5), partedSeq: 6 },
      accepted: HERE,
      refused: THERE,
    });
    // The cursor is the other's by now.
    expect(incident.accepted).not.toHaveProperty("entries");
  });

  test("what a box says of itself is short and printable where it is kept", async () => {
    const { journal, clone } = await parted();
    const version = `\u001b[31m${"9".repeat(10_000)}\n`;
    const batch = clone.batch(4, 9, { health: { ...health, version, lastSeq: 9 } });
    await ground.store.acceptBatch(batch, NOW, THERE);
    const { refused, isNamed } = await only(journal);
    expect(refused?.version).toMatch(/^\?\[31m9{59}$/);
    expect(isNamed).toBe(false);
  });
};
