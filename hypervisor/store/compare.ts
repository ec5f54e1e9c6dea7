/**
 * What a box tells of its journal against what is stored here. Counted in full; hashed where it is new, and a seventh of the older
 * ranges each day, so that every range a box keeps is hashed within a week.
 */
import { runChain, sameHash } from "../../cloud-sync/protocol/chain.ts";
import { type Digest, RANGE_ENTRIES, RANGES_MAX, type RangeDigest } from "../../cloud-sync/protocol/digest.ts";
import type { Gone, Reading } from "../../cloud-sync/protocol/entry.ts";
import { type HoleCause, recordHoles } from "./comparison-rows.ts";
import { openLossIncident } from "./incidents.ts";
import { countIn, linksOf, missingIn, type Span } from "./links.ts";
import { notify } from "./notices.ts";
import type { SeriesIds } from "./series.ts";
import type { Placed } from "./sorting.ts";
import type { Sql } from "./sql.ts";
import { lotOf, rewriteValues, withoutRefilled, withoutValues } from "./values.ts";

const ROUND_DAYS = 7;
const DAY_MS = 86_400_000;

interface State {
  readonly id: number;
  readonly epoch: number;
  readonly seq: number;
  readonly first_seq: number;
  readonly hashed_seq: number;
  readonly settled_seq: number;
}

const stateOf = async (sql: Sql, box: string): Promise<State | undefined> => {
  const rows = await sql.query<State>(
    `SELECT box.id, box_cursor.epoch, box_cursor.seq, first_seq, hashed_seq, settled_seq
     FROM box JOIN box_cursor ON box_cursor.box = box.id
     JOIN comparison ON comparison.box = box.id AND comparison.epoch = box_cursor.epoch
     WHERE box.name = $1 AND box.revoked_at IS NULL`,
    [box],
  );
  return rows[0];
};

export interface Compared {
  /** Ranges the box is to send again. */
  readonly again: readonly Gone[];
  /** Readings whose values were written anew from what is stored of them. */
  readonly mended: number;
  /** Where the present epoch begins here, within a range that was told: compared once it is told from there. */
  readonly begins?: number;
}

interface Look {
  readonly sql: Sql;
  readonly state: State;
  readonly memory: SeriesIds;
}

const sizeOf = ({ from, to, gone }: RangeDigest): number =>
  gone.reduce((size, hole) => size - (hole.to - hole.from + 1), to - from + 1);

/** Whether what is stored leads from `before` to `after`; the values of what does are looked through and mended. */
const hashed = async (
  { sql, memory }: Look,
  span: Span,
  range: RangeDigest,
): Promise<{ readonly same: boolean; readonly mended: number }> => {
  const { links, readings } = await linksOf(sql, span);
  const goneOfIt = (seq: number): boolean => range.gone.some(({ from, to }) => seq >= from && seq <= to);
  const held = range.gone.length === 0 ? links : links.filter(({ seq }) => !goneOfIt(seq));
  if (held.length !== sizeOf(range) || !sameHash(runChain(range.before, held), range.after))
    return { same: false, mended: 0 };
  const broken: Placed<Reading>[] = [];
  const stored = readings.map(withoutRefilled);
  for (const group of stored) {
    const owners = await withoutValues(sql, group, await memory.resolve(sql, [lotOf(group)]));
    broken.push(...group.readings.filter(({ seq }) => owners.has(seq)));
  }
  if (broken.length > 0) await sql.transaction((tx) => rewriteValues(tx, stored, broken, memory));
  return { same: true, mended: broken.length };
};

/** Numbers the box no longer keeps and that are stored nowhere here: declared, and an incident for a person. */
const settleLost = async ({ sql, state }: Look, spans: readonly Gone[], now: number): Promise<number> => {
  const lost: Gone[] = [];
  for (const span of spans) lost.push(...(await missingIn(sql, { box: state.id, epoch: state.epoch, ...span })));
  if (lost.length === 0) return 0;
  const entries = lost.reduce((sum, { from, to }) => sum + (to - from + 1), 0);
  const cause: HoleCause = "region";
  await sql.transaction(async (tx) => {
    const place = { box: state.id, epoch: state.epoch, arrivedAt: now };
    await recordHoles(tx, place, cause, lost);
    await openLossIncident(tx, place, {
      reason: "not-recoverable",
      from: lost[0]!.from,
      to: lost.at(-1)!.to,
      lost: entries,
    });
  });
  return entries;
};

const isDue = ({ from, to, gone }: RangeDigest, { hashed_seq }: State, now: number): boolean =>
  to > hashed_seq ||
  gone.length > 0 ||
  Math.floor(from / RANGE_ENTRIES) % ROUND_DAYS === Math.floor(now / DAY_MS) % ROUND_DAYS;

const compareRanges = async (look: Look, ranges: readonly RangeDigest[], now: number, everything: boolean) => {
  const again: Gone[] = [];
  let [hashes, mended] = [0, 0];
  for (const range of ranges) {
    const { from, to } = range;
    const span = { box: look.state.id, epoch: look.state.epoch, from, to };
    if (everything || isDue(range, look.state, now)) {
      const result = await hashed(look, span, range);
      hashes += 1;
      mended += result.mended;
      if (!result.same) again.push({ from, to });
    } else if ((await countIn(look.sql, span)) !== sizeOf(range)) again.push({ from, to });
  }
  return { again, hashes, mended };
};

/** @param everything hash all ranges, whatever the day. */
export const compare = async (
  sql: Sql,
  box: string,
  digest: Digest,
  { now, everything, memory }: { readonly now: number; readonly everything: boolean; readonly memory: SeriesIds },
): Promise<Compared> => {
  const state = await stateOf(sql, box);
  if (state === undefined || digest.epoch !== state.epoch) return { again: [], mended: 0 };
  const look: Look = { sql, state, memory };
  const ranges = digest.ranges.filter(({ from, to }) => from >= state.first_seq && to <= state.seq);
  const { again, hashes, mended } = await compareRanges(look, ranges, now, everything);

  const keptNoMore: Gone[] = ranges.flatMap(({ gone }) => [...gone]);
  const settled = everything ? 0 : state.settled_seq;
  const fallen = { from: Math.max(state.first_seq, settled + 1), to: Math.min(digest.oldestSeq - 1, state.seq) };
  if (fallen.from <= fallen.to) keptNoMore.unshift(fallen);
  const lost = await settleLost(look, keptNoMore, now);

  const isLast = digest.ranges.length < RANGES_MAX;
  const isFirst = digest.ranges[0] === undefined || digest.ranges[0].from <= digest.oldestSeq;
  await sql.transaction(async (tx) => {
    await tx.query(
      `UPDATE comparison SET hashed_seq = greatest(hashed_seq, $2), settled_seq = greatest(settled_seq, $3),
         done_at = to_timestamp($4::float8), lost = lost + $5, healed = healed + $6,
         ranges = $7 + CASE WHEN $10 THEN 0 ELSE ranges END, hashed = $8 + CASE WHEN $10 THEN 0 ELSE hashed END,
         again = $9 + CASE WHEN $10 THEN 0 ELSE again END
       WHERE box = $1`,
      [
        state.id,
        again.length > 0 ? again[0]!.from - 1 : (ranges.at(-1)?.to ?? 0),
        fallen.to,
        now / 1_000,
        lost,
        mended,
        ranges.length,
        hashes,
        again.length,
        isFirst,
      ],
    );
    if (isLast) await tx.query("UPDATE box_cursor SET digest_wanted = false WHERE box = $1", [state.id]);
    await notify(tx, [{ type: "box", box }]);
  });
  const { first_seq, seq } = state;
  const isCut = digest.ranges.some(({ from, to }) => from < first_seq && first_seq <= to && to <= seq);
  return { again, mended, ...(isCut ? { begins: first_seq } : {}) };
};
