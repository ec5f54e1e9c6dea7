/** What is remembered of the daily comparison with a box, and the numbers that are stored nowhere. */
import type { Hole } from "../../cloud-sync/protocol/entry.ts";
import { HypervisorFault } from "../faults.ts";
import type { Place } from "./lots.ts";
import type { Queries, Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import type { Comparison } from "./words.ts";

const seconds = (ms: number): number => ms / 1000;

/**
 * With the first batch of an epoch. `firstSeq`: what comes before it is held under another epoch, or nowhere. `hashBefore`: the
 * running hash there, where it is known.
 */
export const beginComparison = async (
  tx: Queries,
  { box, epoch }: Place,
  firstSeq: number,
  hashBefore: Uint8Array | undefined,
): Promise<void> => {
  await tx.query(
    `INSERT INTO comparison (box, epoch, first_seq) VALUES ($1, $2, $3)
     ON CONFLICT (box) DO UPDATE SET epoch = excluded.epoch, first_seq = excluded.first_seq, hashed_seq = 0, settled_seq = 0`,
    [box, epoch, firstSeq],
  );
  await tx.query(
    `INSERT INTO counted (box, epoch, seq, hash) VALUES ($1, $2, $3, $4)
     ON CONFLICT (box) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, hash = excluded.hash`,
    [box, epoch, firstSeq - 1, hashBefore ?? null],
  );
};

/** `box`: it no longer had them when it sent; `region`: they were lost here, and it keeps them no more. */
export type HoleCause = "box" | "region";

export const recordHoles = async (
  tx: Queries,
  { box, epoch, arrivedAt }: Place,
  cause: HoleCause,
  holes: readonly Hole[],
  end?: { readonly seq: number; readonly hash: Uint8Array },
): Promise<void> => {
  if (holes.length === 0) return;
  const resumes = holes.map(({ to, hashAfter }) => (hashAfter === undefined ? end : { seq: to, hash: hashAfter }));
  await tx.query(
    `INSERT INTO hole (box, epoch, first, last, cause, at, resume_seq, resume_hash)
     SELECT $1::int4, $2::int4, first, last, $3::text, to_timestamp($4::float8), resume_seq, resume_hash
     FROM unnest($5::int8[], $6::int8[], $7::int8[], $8::bytea[]) AS gone (first, last, resume_seq, resume_hash)
     ON CONFLICT DO NOTHING`,
    [
      box,
      epoch,
      cause,
      seconds(arrivedAt),
      holes.map(({ from }) => from),
      holes.map(({ to }) => to),
      resumes.map((resume) => resume?.seq ?? null),
      resumes.map((resume) => resume?.hash ?? null),
    ],
  );
};

interface Row extends Omit<Comparison, "at"> {
  readonly done_at: Date | null;
}

const comparisonOf = ({ done_at, ...row }: Row): Comparison => ({
  ...row,
  ...(done_at === null ? {} : { at: done_at.getTime() }),
});

const DAY_SECONDS = 86_400;

export const comparisonPart = (sql: Sql): Pick<Store, "wantDigest" | "wantDigests" | "comparisons"> => ({
  async wantDigests(now, limit) {
    await sql.query(
      `UPDATE box_cursor SET digest_wanted = true WHERE box IN (
         SELECT comparison.box FROM comparison JOIN box_cursor AS place ON place.box = comparison.box AND NOT place.digest_wanted
         WHERE done_at IS NULL OR done_at <= to_timestamp($1::float8 - $3::float8)
         ORDER BY done_at NULLS FIRST LIMIT $2)`,
      [seconds(now), limit, DAY_SECONDS],
    );
  },
  async wantDigest(box) {
    const rows = await sql.query(
      "UPDATE box_cursor SET digest_wanted = true FROM box WHERE box.id = box_cursor.box AND box.name = $1 RETURNING box",
      [box],
    );
    if (rows.length === 0) throw new HypervisorFault("box-unknown", { box });
  },
  async comparisons() {
    const rows = await sql.query<Row>(
      `SELECT box.name AS box, done_at, digest_wanted AS wanted, ranges, hashed, again, healed, lost
       FROM comparison JOIN box ON box.id = comparison.box JOIN box_cursor ON box_cursor.box = comparison.box
       WHERE box.revoked_at IS NULL ORDER BY box.name`,
    );
    return rows.map(comparisonOf);
  },
});
