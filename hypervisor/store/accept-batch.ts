/** A batch becomes rows, and the box's cursor moves with them: one transaction, so that its effect is exactly once. */
import { admit, type Cursor, goneOfChosen, goneOfReplaced, type NextEpoch } from "../../cloud-sync/protocol/admit.ts";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { BatchReply, ClockCorrection, Entry, Gone } from "../../cloud-sync/protocol/entry.ts";
import { firstOf, lostAmong } from "../../cloud-sync/protocol/taken-off.ts";
import { beginComparison, recordHoles } from "./comparison-rows.ts";
import { allAsCorrected } from "./corrections.ts";
import { putDeviceHealth } from "./device-health.ts";
import { insertEvents } from "./event-rows.ts";
import { type Epochs, isPlaceHeld, marksHeld } from "./held-places.ts";
import { claimantOf, openLossIncident, refuseFork, tellKnock, withoutHeld } from "./incidents.ts";
import { insertReadings, insertTable } from "./insert-readings.ts";
import { keepEntries, toBeKept } from "./kept-entries.ts";
import { putLatest, putSeen } from "./latest.ts";
import { findBox, type LockedBox, lockBox } from "./locked-box.ts";
import { type Lot, type Place, placedReadings } from "./lots.ts";
import { notify } from "./notices.ts";
import { applyOutcomes } from "./outcomes.ts";
import { foreignText, takeOut } from "./quarantine.ts";
import { refill, refillsOf } from "./refill.ts";
import { followRegistry } from "./registry-replica.ts";
import { type Branches, beginBranch, branchesOf, takeOutRepeats } from "./repeats.ts";
import { applyClocks, applyCorrections } from "./restate.ts";
import { type Caller, senderText } from "./senders.ts";
import type { SeriesIds } from "./series.ts";
import { type Placed, type Sorted, sortEntries, type Unusable } from "./sorting.ts";
import type { Queries, Transaction } from "./sql.ts";
import { type WholeTable, wholeTable } from "./whole-table.ts";
import type { Change } from "./words.ts";

const seconds = (ms: number): number => ms / 1000;

const insertQuarantine = async (tx: Queries, place: Place, unusable: readonly Unusable[]): Promise<void> => {
  if (unusable.length === 0) return;
  await tx.query(
    `INSERT INTO quarantine (box, epoch, arrived_at, seq, code, entry)
     SELECT $1::int4, $2::int4, to_timestamp($3::float8), seq, code, entry
     FROM unnest($4::int8[], $5::text[], $6::text[]) AS aside (seq, code, entry)`,
    [
      place.box,
      place.epoch,
      seconds(place.arrivedAt),
      unusable.map(({ seq }) => seq),
      unusable.map(({ code }) => code),
      unusable.map(({ entry }) => entry),
    ],
  );
};

const LIFE = `UPDATE box_life SET last_proof_at = greatest(last_proof_at, to_timestamp($2::float8)), clock_offset_ms = $3::int8,
       health = $4::jsonb WHERE box = $1::int4`;

export const lifeOf = (place: Place, batch: DecodedBatch): readonly unknown[] => [
  place.box,
  seconds(place.arrivedAt),
  Math.round(batch.sentAt - place.arrivedAt),
  JSON.stringify(batch.health),
];

const recordLife = (tx: Queries, place: Place, batch: DecodedBatch): Promise<unknown> =>
  tx.query(LIFE, lifeOf(place, batch));

/** What is to be stored of a batch. */
interface Lines {
  readonly entries: readonly Entry[];
  readonly foreign: DecodedBatch["unusable"];
  /** Readings beside these entries. */
  readonly whole?: WholeTable | undefined;
}

/** Stores what of the batch is new; returns what changed and which entries were set aside. */
export const storeEntries = async (
  tx: Transaction,
  place: Place,
  { communes, branches }: { readonly communes: readonly string[]; readonly branches: Branches | undefined },
  { entries: all, foreign, whole }: Lines,
  memory: SeriesIds,
): Promise<{ readonly changes: readonly Change[]; readonly quarantined: readonly number[] }> => {
  const entries = await takeOutRepeats(tx, place, branches, all);
  const sorted = sortEntries(entries, communes);
  const refills = await refillsOf(tx, place.box, sorted.changes);
  const placed = await followRegistry(tx, place.box, sorted.changes);
  const heard = await insertReadings(tx, place, sorted.readings, memory);
  const heardToo = whole === undefined ? [] : await insertTable(tx, place, whole, memory);
  for (const each of refills) await refill(tx, place, each);
  await insertEvents(tx, place, sorted.events);
  await tellForgotten(tx, place, sorted.events);
  const told = await putDeviceHealth(tx, place, sorted.events);
  const again = await applyCorrections(tx, place, sorted.corrections, memory);
  const outcomes = await applyOutcomes(tx, place.box, sorted.outcomes);
  const unusable = [...foreign.map(asUnusable), ...sorted.unusable, ...outcomes.unusable];
  await insertQuarantine(tx, place, unusable);
  const aside = new Set(unusable.map(({ seq }) => seq));
  await keepEntries(tx, place, toBeKept([...entries, ...foreign], aside));
  const timed = await applyClocks(tx, place, sorted.events.filter(isClock), memory);
  const refs = [...new Set([...placed, ...heard, ...heardToo, ...told, ...again, ...timed])];
  return {
    changes: [
      ...(refs.length === 0 ? [] : [{ type: "assets" as const, refs }]),
      ...outcomes.moved.map((id) => ({ type: "command" as const, id })),
    ],
    quarantined: unusable.map(({ seq }) => seq).sort((a, b) => a - b),
  };
};

/** What this database had before it came back from a backup, and no box keeps. */
const tellForgotten = async (tx: Queries, place: Place, events: Sorted["events"]): Promise<void> => {
  for (const { body } of events) {
    if (body.kind !== "loss" || body.reason !== "forgotten" || body.range === undefined) continue;
    const { from, to } = body.range;
    await openLossIncident(tx, place, { reason: "not-recoverable", from, to, lost: to - from + 1 });
  }
};

/** A box that begins later than at its first entry has been heard before: this database came back from a time before that. */
const tellNeverHad = async (tx: Queries, place: Place, to: number): Promise<void> => {
  if (to < 1) return;
  await recordHoles(tx, place, "region", [{ from: 1, to }]);
  await openLossIncident(tx, place, { reason: "not-recoverable", from: 1, to, lost: to });
};

interface Chosen extends NextEpoch {
  /** It is known to be this very sender; else whoever is refused first and does not say who it is. */
  readonly isNamed: boolean;
}

/** What a person has decided on for this sender, and whether the batch, where it is of that, starts from a place that is held. */
const chosenOf = async (tx: Queries, locked: LockedBox, batch: DecodedBatch): Promise<Chosen | undefined> => {
  const { next_epoch: epoch, next_incident } = locked;
  const epochs = epochsOf(locked);
  if (epoch === null || epochs === undefined) return undefined;
  const claimant = await claimantOf(tx, next_incident);
  // Who says no number is chosen among those who say none: one that says its own is another, or is updated and asked for again.
  if (claimant !== batch.claimant) return undefined;
  const isNamed = claimant !== undefined;
  if (batch.epoch !== epoch) return { epoch, isHeld: false, isNamed };
  const { firstSeq, hashBefore: hash } = batch;
  return { epoch, isHeld: await isPlaceHeld(tx, epochs, { seq: firstSeq - 1, hash }), isNamed };
};

const epochsOf = ({ id: box, epoch, branch_epochs, branch_seq }: LockedBox): Epochs | undefined =>
  epoch === null
    ? undefined
    : { box, epochs: [epoch, ...(branch_epochs ?? []).toReversed()], commonBefore: branch_seq ?? 0 };

/** What a box was acknowledged, keeps no more, and this database has forgotten. `lost`: 0 where nobody can count it. */
const tellGone = async (tx: Queries, place: Place, gone: Gone | undefined, lost: number): Promise<void> => {
  if (gone === undefined) return;
  const { from, to } = gone;
  await openLossIncident(tx, place, { reason: "not-recoverable", from, to, lost });
};

/** Of a history that a person chose: what of it was forgotten here and went with what the box took off, counted where it can tell. */
const tellGoneOfChosen = async (
  tx: Queries,
  place: Place,
  batch: DecodedBatch,
  isHeld: boolean,
  epochs: Epochs | undefined,
): Promise<void> => {
  const gone = goneOfChosen(batch, isHeld);
  if (gone === undefined) return;
  const { takenOff } = batch;
  if (takenOff === undefined || epochs === undefined) return tellGone(tx, place, gone, 0);
  const told = { from: Math.max(gone.from, firstOf(takenOff)), to: Math.min(gone.to, takenOff.last) };
  const counted = lostAmong(takenOff, gone, await marksHeld(tx, epochs, told));
  if (counted === undefined) return tellGone(tx, place, gone, 0);
  if (counted.lost !== 0) await tellGone(tx, place, counted, counted.lost ?? 0);
};

const tellReplaced = async (tx: Queries, place: Place, locked: LockedBox, batch: DecodedBatch): Promise<void> => {
  const { before_epoch: epoch, before_seq: seq } = locked;
  if (epoch === null || seq === null) return;
  const gone = goneOfReplaced(batch, { epoch, seq });
  await tellGone(tx, place, gone, gone === undefined ? 0 : gone.to - gone.from + 1);
};

const isClock = (event: Sorted["events"][number]): event is Placed<ClockCorrection> => event.body.kind === "clock";

const asUnusable = (line: DecodedBatch["unusable"][number]): Unusable => ({
  seq: line.seq,
  code: "body-unknown",
  entry: foreignText(line),
});

export const durable = (
  cursor: Cursor,
  quarantined: readonly number[],
  serverTime: number,
  { digest_wanted }: LockedBox,
): BatchReply => ({
  status: 200,
  durableSeq: cursor.seq,
  durableHash: Buffer.from(cursor.hash).toString("hex"),
  quarantined,
  serverTime,
  ...(digest_wanted ? { digest: true } : {}),
});

/** All of it in the caller's transaction. */
export const acceptBatch = async (
  tx: Transaction,
  batch: DecodedBatch,
  arrivedAt: number,
  memory: SeriesIds,
  from?: Caller,
): Promise<BatchReply> => {
  const locked = await lockBox(tx, batch.box);
  const { epoch, hash, seq: durableSeq } = locked;
  const cursor = epoch === null || hash === null ? undefined : { epoch, seq: durableSeq, hash };
  const chosen = await chosenOf(tx, locked, batch);
  const place: Place = { box: locked.id, epoch: batch.epoch, arrivedAt };
  const admission = admit(cursor, batch, chosen);
  const alive: Change = { type: "box", box: batch.box };
  if (admission.verdict === "accept" || admission.verdict === "begin") {
    const before = admission.verdict === "begin" ? { epoch, seq: durableSeq } : beforeOf(locked);
    if (admission.verdict === "begin")
      await tellGoneOfChosen(tx, place, batch, chosen?.isHeld ?? false, epochsOf(locked));
    const { changes, quarantined } = await storeNew(tx, { place, locked, before, from: admission.from, batch }, memory);
    // Whom a person has decided for may have come back by itself: what is held is its own.
    await moveCursor(
      tx,
      { place, batch, before, sender: senderText(batch, from) },
      admission.cursor,
      chosen?.isNamed ?? false,
    );
    await notify(tx, [...changes, alive]);
    return durable(admission.cursor, quarantined, arrivedAt, locked);
  }
  await recordLife(tx, place, batch);
  await notify(tx, [alive]);
  if (admission.verdict === "duplicate") return durable(admission.cursor, [], arrivedAt, locked);
  if (admission.verdict === "gap") return { status: 409, expectedSeq: admission.expectedSeq, serverTime: arrivedAt };
  if (admission.verdict === "wrong-epoch") {
    // Another had taken its place; a person has decided for it since.
    if (chosen?.isNamed) return { status: 410, epoch: chosen.epoch, adopt: true };
    await tellReplaced(tx, place, locked, batch);
    await tellKnock(tx, place, from?.address);
    return { status: 410, epoch: admission.epoch };
  }
  const { reason } = admission;
  const { next_incident } = locked;
  return refuseFork(tx, { box: place.box, arrivedAt, durableSeq, reason, batch, chosen, next_incident, from });
};

/** The end of the epoch before the present one; nothing where there was none. */
interface Before {
  readonly epoch: number | null;
  readonly seq: number | null;
}

const beforeOf = ({ before_epoch, before_seq }: LockedBox): Before => ({ epoch: before_epoch, seq: before_seq });

interface Moved {
  readonly place: Place;
  readonly batch: DecodedBatch;
  readonly before: Before;
  readonly sender: string | null;
}

/** And records the sign of life: one statement for both. */
const moveCursor = (
  tx: Queries,
  { place, batch, before, sender }: Moved,
  { epoch, seq, hash }: Cursor,
  isChosen: boolean,
): Promise<unknown> =>
  tx.query(
    `WITH life AS (${LIFE})
     UPDATE box_cursor SET epoch = $5, seq = $6, hash = $7, before_epoch = $8, before_seq = $9,
       next_epoch = CASE WHEN next_epoch = $5 OR $11 THEN NULL ELSE next_epoch END,
       next_incident = CASE WHEN next_epoch = $5 OR $11 THEN NULL ELSE next_incident END, confirmed_seq = $10,
       sender = coalesce($12::text, sender)
     WHERE box = $1::int4`,
    [
      ...lifeOf(place, batch),
      epoch,
      seq,
      hash,
      before.epoch,
      before.seq,
      batch.health.confirmedSeq ?? null,
      isChosen,
      sender,
    ],
  );

interface Arrival {
  readonly place: Place;
  readonly locked: LockedBox;
  readonly before: Before;
  readonly from: number;
  readonly batch: DecodedBatch;
}

const storeNew = async (tx: Transaction, { place, locked, before, from, batch }: Arrival, memory: SeriesIds) => {
  const { epoch, seq } = before;
  const parts =
    epoch === null || seq === null ? undefined : await withoutHeld(tx, { box: place.box, epoch, seq }, batch);
  const fresh = <Line extends { readonly seq: number }>(lines: readonly Line[]): readonly Line[] =>
    lines.filter((line) => line.seq >= from);
  let branches = branchesOf(locked, place.epoch);
  if (locked.epoch !== place.epoch) {
    const first = Math.max(from, (seq ?? 0) + 1);
    branches = await beginBranch(tx, place, locked, from);
    await beginComparison(tx, place, first, first === batch.firstSeq ? batch.hashBefore : undefined);
  }
  if (locked.epoch === null) await tellNeverHad(tx, place, batch.firstSeq - 1);
  await recordHoles(tx, place, "box", batch.gone, { seq: batch.lastSeq, hash: batch.hashAfter });
  const { communes } = locked;
  const isAllNew = parts === undefined && branches === undefined && from <= batch.firstSeq;
  const whole = isAllNew ? wholeTable(batch, communes) : undefined;
  const entries = whole?.others() ?? fresh((parts ?? batch).entries);
  const foreign = fresh((parts ?? batch).unusable);
  return storeEntries(tx, place, { communes, branches }, { entries, foreign, whole }, memory);
};

/** The newest value of each quantity, ahead of its history: in the caller's transaction. */
export const acceptLatest = async (
  tx: Transaction,
  batch: DecodedBatch,
  arrivedAt: number,
  memory: SeriesIds,
): Promise<void> => {
  const { id, communes } = await findBox(tx, batch.box);
  const place: Place = { box: id, epoch: batch.epoch, arrivedAt };
  await recordLife(tx, place, batch);
  const sorted = sortEntries(batch.entries, communes);
  const lots: Lot[] = [{ place, readings: placedReadings(await allAsCorrected(tx, place, sorted.readings)) }];
  memory.ranked(await putLatest(tx, lots, await memory.resolve(tx, lots)));
  const refs = await putSeen(tx, lots, memory);
  const heard: readonly Change[] = refs.length === 0 ? [] : [{ type: "assets", refs: [...refs] }];
  await notify(tx, [...heard, { type: "box", box: batch.box }]);
};

/** Tries the entries in quarantine again; what still cannot be used goes back. In the caller's transaction. */
export const replayQuarantine = async (
  tx: Transaction,
  name: string,
  arrivedAt: number,
  memory: SeriesIds,
): Promise<{ readonly stored: number; readonly left: number }> => {
  const locked = await lockBox(tx, name);
  const { id: box, communes } = locked;
  let stored = 0;
  const changes: Change[] = [{ type: "box", box: name }];
  for (const [epoch, entries] of await takeOut(tx, box)) {
    const source = { communes, branches: branchesOf(locked, epoch) };
    const result = await storeEntries(tx, { box, epoch, arrivedAt }, source, { entries, foreign: [] }, memory);
    stored += entries.length - result.quarantined.length;
    changes.push(...result.changes);
  }
  await notify(tx, changes);
  const rows = await tx.query<{ n: number }>("SELECT count(*)::int4 AS n FROM quarantine WHERE box = $1", [box]);
  return { stored, left: rows[0]?.n ?? 0 };
};
