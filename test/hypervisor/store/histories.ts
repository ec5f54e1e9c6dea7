/** Two histories of one box, what waits in quarantine, and what a person decides. */
import { expect, test } from "vitest";
import { readingOf } from "../batches.ts";
import { NOW, type StoreGround } from "./ground.ts";

export const historiesCases = (ground: StoreGround): void => {
  const { newBox, boxState, readingsOf, accept, forked } = ground;

  test("what a newer program can use comes out of the quarantine, once; the rest stays", async () => {
    const journal = await newBox();
    journal.append(readingOf({ fCnt: 1 }));
    const { stamp } = journal.batch(1, 1).entries[0]!;
    const alarm = JSON.stringify({ kind: "alarm", alarm: "leak", raised: true, at: NOW, detail: {} });
    const unusable = [{ seq: 1, stamp, text: '{"kind":"song"}' }];
    await ground.store.acceptBatch({ ...journal.batch(1, 1), entries: [], unusable }, NOW);
    journal.append(readingOf({ fCnt: 2 }));
    await accept(journal, 2, 2);
    // As a former program would have left them: an alarm it had no word for, and a reading it could not ground.store.
    const { body } = journal.batch(2, 2).entries[0]!;
    const reading = { ...body, frame: "01755c", fCnt: 3 };
    for (const [seq, entry] of [
      [3, JSON.stringify({ seq: 3, stamp, text: alarm })],
      [4, JSON.stringify({ seq: 4, stamp, body: reading })],
      [5, "no JSON"],
    ])
      await ground.sql.query(
        `INSERT INTO quarantine (box, epoch, seq, arrived_at, code, entry)
         SELECT id, 1, $2::int8, now(), 'shape', $3::text FROM box WHERE name = $1`,
        [journal.box, seq, entry],
      );
    expect(await ground.store.replayQuarantine(journal.box, NOW)).toEqual({ stored: 2, left: 2 });
    expect(await ground.store.replayQuarantine(journal.box, NOW)).toEqual({ stored: 0, left: 2 });
    expect(
      (await readingsOf(journal)).map(({ seq, fCnt, frame }) => [seq, fCnt, Buffer.from(frame).toString("hex")]),
    ).toEqual([
      [2, 2, "01755c"],
      [4, 3, "01755c"],
    ]);
    expect((await ground.store.events(journal.box, 0, 10)).map(({ seq, name }) => [seq, name])).toEqual([[3, "leak"]]);
    expect((await ground.store.quarantine(journal.box)).map(({ seq }) => seq)).toEqual([1, 5]);
  });

  test("of two histories of a box one is refused and kept aside, and a person decides: keep", async () => {
    const { journal, clone } = await forked();
    expect(await accept(clone, 5, 7)).toMatchObject({ status: 423 });
    expect(await accept(clone, 5, 8)).toMatchObject({ status: 423 });
    const [incident, ...others] = await ground.store.incidents({ box: journal.box, open: true });
    expect(others).toEqual([]);
    expect(incident).toMatchObject({
      reason: "another-history-before-cursor",
      attempts: 2,
      firstSeq: 5,
      durableSeq: 7,
      kept: { batches: 2, entries: 4, lastSeq: 8 },
    });
    expect((await boxState(journal)).incident).toBe(`${incident?.id}`);
    const decided = await ground.store.decideIncident(incident!.id, "keep", "claire", NOW + 1);
    expect(decided).toMatchObject({ decision: "keep", decidedBy: "claire", decidedAt: NOW + 1 });
    expect((await boxState(journal)).incident).toBeUndefined();
    await expect(ground.store.decideIncident(incident!.id, "keep", "x", NOW)).rejects.toMatchObject({
      code: "incident-decided",
    });
    await expect(ground.store.decideIncident(999_999, "keep", "x", NOW)).rejects.toMatchObject({
      code: "incident-unknown",
    });
    // The copy comes again and again: it stays refused, quietly. The box goes on.
    expect(await accept(clone, 5, 9)).toMatchObject({ status: 423 });
    expect(await ground.store.incidents({ box: journal.box, open: true })).toEqual([]);
    journal.append(readingOf({ fCnt: 100 }));
    expect(await accept(journal, 8, 8)).toMatchObject({ status: 200, durableSeq: 8 });
  });

  test("what this database forgot, and the box keeps no more, is an incident for a person", async () => {
    const journal = await newBox();
    for (let fCnt = 1; fCnt <= 3; fCnt++) journal.append(readingOf({ fCnt }));
    const range = { from: 4, to: 9 };
    journal.append({ kind: "loss", at: NOW, reason: "forgotten", counts: { entry: 6 }, range });
    expect(await accept(journal, 1, 4)).toMatchObject({ status: 200 });
    const [incident] = await ground.store.incidents({ box: journal.box, open: true });
    expect(incident).toMatchObject({ reason: "not-recoverable", firstSeq: 4, durableSeq: 9, lost: 6 });
    expect((await boxState(journal)).incident).toBeUndefined();
  });

  test("a box that this database forgot altogether begins where it stands, and a person is told what is missing", async () => {
    const journal = await newBox();
    for (let fCnt = 1; fCnt <= 6; fCnt++) journal.append(readingOf({ fCnt }));
    const health = { ...journal.batch().health, oldestSeq: 5 };
    const reply = await ground.store.acceptBatch(journal.batch(5, 6, { health }), NOW);
    expect(reply).toMatchObject({ status: 200, durableSeq: 6 });
    const [incident, ...others] = await ground.store.incidents({ box: journal.box, open: true });
    expect(incident).toMatchObject({ reason: "not-recoverable", firstSeq: 1, durableSeq: 4, lost: 4 });
    expect(others).toEqual([]);
    // A box that begins at its beginning has lost nothing.
    const fresh = await newBox();
    fresh.append(readingOf({ fCnt: 1 }));
    await accept(fresh, 1, 1);
    expect(await ground.store.incidents({ box: fresh.box, open: true })).toEqual([]);
  });

  test("decided for the refused copy, it goes on in a new epoch: nothing lost, nothing twice; the other is told", async () => {
    const { journal, clone } = await forked();
    expect(await accept(clone, 4, 7)).toMatchObject({ status: 423 });
    const [incident] = await ground.store.incidents({ box: journal.box, open: true });
    await ground.store.decideIncident(incident!.id, "new-epoch", "claire", NOW);
    // Until the copy has come, what was accepted goes on.
    journal.append(readingOf({ fCnt: 100 }));
    expect(await accept(journal, 8, 8)).toMatchObject({ status: 200 });
    const told = await ground.store.acceptBatch(clone.batch(4, 7, { disputed: true }), NOW);
    expect(told).toEqual({ status: 410, epoch: 2, adopt: true });
    const adopted = (first: number, last: number) =>
      ground.store.acceptBatch(clone.batch(first, last, { epoch: 2 }), NOW);
    // Entries 4 and 5 are common to both and held already; 6 and later are the copy's own.
    expect(await adopted(4, 6)).toMatchObject({ status: 200, durableSeq: 6 });
    expect(await adopted(7, 9)).toMatchObject({ status: 200, durableSeq: 9 });
    expect(await adopted(4, 9)).toMatchObject({ status: 200, durableSeq: 9 });
    const of = async (epoch: number) =>
      (await ground.store.readings({ box: journal.box, epoch, afterSeq: 0, limit: 100 })).map(({ seq, fCnt }) => [
        seq,
        fCnt,
      ]);
    expect(await of(1)).toEqual([...[1, 2, 3, 4, 5, 6, 7].map((seq) => [seq, seq]), [8, 100]]);
    expect(await of(2)).toEqual([6, 7, 8, 9].map((seq) => [seq, seq + 1_000]));
    expect(await accept(journal, 8, 8)).toEqual({ status: 410, epoch: 2 });
    expect(await boxState(journal)).toMatchObject({ epoch: 2, durableSeq: 9 });
  });

  test("what an old image is sent once more is no second message, under whatever number it stands", async () => {
    const journal = await newBox();
    const join = {
      kind: "event",
      event: "join",
      device: "24e124713b492281",
      at: NOW,
      detail: { devAddr: "01a3b2c4" },
    } as const;
    for (let fCnt = 1; fCnt <= 5; fCnt++) journal.append(readingOf({ fCnt }));
    journal.append(join, readingOf({ fCnt: 6, at: NOW - 5 }), readingOf({ fCnt: 7, frame: Uint8Array.of(9) }));
    const image = journal.copy(2);
    await accept(journal, 1, 8);
    // Published again, out of order, and entered with what is new; then what only looks alike.
    image.append(readingOf({ fCnt: 5, notes: ["recovered"] }), readingOf({ fCnt: 20 }));
    image.append({ ...join, detail: { recovered: true, ...join.detail } }, readingOf({ fCnt: 6, at: NOW - 5 }));
    image.append({ ...join, detail: { devAddr: "01ffffff" } }, readingOf({ fCnt: 7, frame: Uint8Array.of(8) }));
    image.append(
      readingOf({ fCnt: 4, receivedAt: 1_760_000_000_124 }),
      readingOf({ fCnt: 3 }),
      readingOf({ fCnt: 21 }),
    );
    await accept(image, 3, 10);
    const [incident] = await ground.store.incidents({ box: journal.box, open: true });
    await ground.store.decideIncident(incident!.id, "new-epoch", "claire", NOW);
    const adopted = (first: number, last: number) =>
      ground.store.acceptBatch(image.batch(first, last, { epoch: 2 }), NOW + 1_000);
    expect(await adopted(3, 6)).toMatchObject({ status: 200, durableSeq: 6 });
    expect(await adopted(7, 11)).toMatchObject({ status: 200, durableSeq: 11 });
    const held = await ground.store.readings({ box: journal.box, epoch: 2, afterSeq: 0, limit: 100 });
    expect(held.map(({ seq, fCnt }) => [seq, fCnt])).toEqual([
      [4, 20],
      [8, 7],
      [9, 4],
      [11, 21],
    ]);
    const joins = await ground.sql.query<{ epoch: number; seq: number }>(
      "SELECT epoch, seq FROM event WHERE box = (SELECT id FROM box WHERE name = $1) AND name = 'join' ORDER BY seq",
      [journal.box],
    );
    expect(joins).toEqual([
      { epoch: 1, seq: 6 },
      { epoch: 2, seq: 7 },
    ]);
    const values = await ground.sql.query<{ n: number }>(
      `SELECT count(*)::int4 AS n FROM measurement JOIN series ON series.id = series WHERE measurement.box = (SELECT id FROM box WHERE name = $1)
         AND name = 'temperature'`,
      [journal.box],
    );
    expect(values[0]?.n).toBe(7 + 4);
  });

  test("a box that says it was set back opens an incident at once, and goes on after it", async () => {
    const journal = await newBox();
    for (let fCnt = 1; fCnt <= 6; fCnt++) journal.append(readingOf({ fCnt }));
    const image = journal.copy(3);
    await accept(journal, 1, 6);
    const beat = () => ground.store.acceptBatch(image.batch(4, 3, { disputed: true }), NOW);
    expect(await beat()).toMatchObject({ status: 423 });
    expect(await beat()).toMatchObject({ status: 423 });
    const [incident, ...others] = await ground.store.incidents({ box: journal.box, open: true });
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ reason: "disputed", attempts: 2, durableSeq: 6, kept: { batches: 0 } });
    await ground.store.decideIncident(incident!.id, "new-epoch", "claire", NOW);
    expect(await beat()).toEqual({ status: 410, epoch: 2, adopt: true });
    image.append(readingOf({ fCnt: 50 }));
    expect(await ground.store.acceptBatch(image.batch(3, 4, { epoch: 2 }), NOW)).toMatchObject({
      status: 200,
      durableSeq: 4,
    });
    const held = await ground.store.readings({ box: journal.box, epoch: 2, afterSeq: 0, limit: 10 });
    expect(held.map(({ seq, fCnt }) => [seq, fCnt])).toEqual([[4, 50]]);
  });
};
