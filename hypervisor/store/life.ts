/** Signs of life of many boxes at once: who is admitted, who was heard, and batches that bring nothing but their box's health. */
import { admit } from "../../cloud-sync/protocol/admit.ts";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { BatchReply } from "../../cloud-sync/protocol/entry.ts";
import { createGather } from "./gather.ts";
import { notify } from "./notices.ts";
import type { Sql } from "./sql.ts";

/** A batch that came. */
interface Beat {
  readonly batch: DecodedBatch;
  /** ms since 1970. */
  readonly arrivedAt: number;
}

interface Standing {
  readonly name: string;
  readonly epoch: number | null;
  readonly seq: number;
  readonly hash: Uint8Array | null;
  readonly next_epoch: number | null;
  readonly digest_wanted: boolean;
}

export interface Life {
  admits(name: string): Promise<boolean>;
  admittedAmong(names: readonly string[]): Promise<ReadonlySet<string>>;
  heard(name: string, at: number): Promise<void>;
  /** Undefined when the batch needs more than that, or its box is busy: then nothing is stored of it. */
  beat(beat: Beat): Promise<BatchReply | undefined>;
}

/** Nothing in it but its box's health and its place in the journal. */
export const isBeat = ({ firstSeq, lastSeq, disputed }: DecodedBatch): boolean =>
  lastSeq < firstSeq && disputed !== true;

const seconds = (ms: number): number => ms / 1000;

// A row that a batch holds is passed over: that batch says the same, and nobody waits for many.
const HEARD = `
  WITH here AS (
    SELECT name, max(at) AS at FROM unnest($1::text[], $2::float8[]) AS heard (name, at) GROUP BY name
  ), free AS (
    SELECT box_life.box, to_timestamp(here.at) AS at FROM here JOIN box ON box.name = here.name
    JOIN box_life ON box_life.box = box.id FOR UPDATE OF box_life SKIP LOCKED
  )
  UPDATE box_life SET last_proof_at = greatest(last_proof_at, free.at) FROM free WHERE box_life.box = free.box`;

const BEAT = `
  WITH beat AS (
    SELECT * FROM unnest($1::text[], $2::float8[], $3::int8[], $4::text[]) AS beat (name, at, offset_ms, health)
  ), free AS (
    SELECT box_life.box, box.name, to_timestamp(beat.at) AS at, beat.offset_ms, beat.health::jsonb AS health
    FROM beat JOIN box ON box.name = beat.name AND box.revoked_at IS NULL JOIN box_life ON box_life.box = box.id
    FOR UPDATE OF box_life SKIP LOCKED
  ), told AS (
    UPDATE box_life SET last_proof_at = greatest(last_proof_at, free.at), clock_offset_ms = free.offset_ms,
      health = free.health
    FROM free WHERE box_life.box = free.box RETURNING free.box, free.name
  )
  SELECT told.name, epoch, seq, hash, next_epoch, digest_wanted FROM told JOIN box_cursor ON box_cursor.box = told.box`;

const replyOf = (
  { epoch, seq, hash, next_epoch, digest_wanted }: Standing,
  { batch, arrivedAt }: Beat,
): BatchReply | undefined => {
  if (epoch === null || hash === null || next_epoch !== null) return undefined;
  const admission = admit({ epoch, seq, hash }, batch);
  const known = admission.verdict === "duplicate" || admission.verdict === "accept";
  if (!known || admission.cursor.seq !== seq) return undefined;
  return {
    status: 200,
    durableSeq: seq,
    durableHash: Buffer.from(hash).toString("hex"),
    quarantined: [],
    serverTime: arrivedAt,
    ...(digest_wanted ? { digest: true } : {}),
  };
};

const takeBeats = async (sql: Sql, beats: readonly Beat[]): Promise<readonly (BatchReply | undefined)[]> => {
  const newest = new Map(beats.map((beat) => [beat.batch.box, beat]));
  const lines = [...newest.values()];
  const rows = await sql.query<Standing>(BEAT, [
    [...newest.keys()],
    lines.map(({ arrivedAt }) => seconds(arrivedAt)),
    lines.map(({ batch, arrivedAt }) => Math.round(batch.sentAt - arrivedAt)),
    lines.map(({ batch }) => JSON.stringify(batch.health)),
  ]);
  await notify(
    sql,
    rows.map(({ name }) => ({ type: "box", box: name })),
  );
  const standing = new Map(rows.map((row) => [row.name, row]));
  return beats.map((beat) => {
    const row = standing.get(beat.batch.box);
    return row === undefined ? undefined : replyOf(row, beat);
  });
};

export const createLife = (sql: Sql): Life => {
  const admittedAmong = async (names: readonly string[]): Promise<ReadonlySet<string>> => {
    const rows = await sql.query<{ name: string }>(
      "SELECT name FROM box WHERE name = ANY($1::text[]) AND revoked_at IS NULL",
      [[...new Set(names)]],
    );
    return new Set(rows.map(({ name }) => name));
  };
  const admits = createGather(async (names: readonly string[]) => {
    const admitted = await admittedAmong(names);
    return names.map((name) => admitted.has(name));
  });
  const heard = createGather(async (signs: readonly { readonly name: string; readonly at: number }[]) => {
    await sql.query(HEARD, [signs.map(({ name }) => name), signs.map(({ at }) => seconds(at))]);
    const boxes = [...new Set(signs.map(({ name }) => name))];
    await notify(
      sql,
      boxes.map((box) => ({ type: "box", box })),
    );
    return signs.map(() => undefined);
  });
  return {
    admits,
    admittedAmong,
    async heard(name, at) {
      await heard({ name, at });
    },
    beat: createGather((beats: readonly Beat[]) => takeBeats(sql, beats)),
  };
};
