/**
 * Once a day box and region compare what they hold. The box tells, range by range, which numbers it has and the running hash over
 * them (`POST /v1/boxes/{box}/digest`, JSON); the region hashes its own rows and answers with the ranges that differ; the box sends
 * those again (`POST /v1/boxes/{box}/again`, the message of a batch). The region asks for it with `digest` in the reply to a batch.
 */
import { isRecord } from "./body-json.ts";
import type { Gone } from "./entry.ts";
import { type Result, refuse } from "./faults.ts";

/** Entries of one range at most; ranges end at multiples of it, so that both sides cut alike. */
export const RANGE_ENTRIES = 4_096;
/** Ranges in one digest; a box that keeps more sends several. */
export const RANGES_MAX = 512;
/** Holes of one range. */
const GONE_MAX = RANGE_ENTRIES / 2;

export interface RangeDigest {
  readonly from: number;
  readonly to: number;
  /** Numbers in it whose entries the sender no longer has. */
  readonly gone: readonly Gone[];
  /** Hash before its first entry: the running hash of the journal, or zeros where a hole hides that. */
  readonly before: Uint8Array;
  /** `before`, followed over the entries that the sender has. */
  readonly after: Uint8Array;
}

export interface Digest {
  readonly epoch: number;
  /** What lies before it the sender no longer keeps. */
  readonly oldestSeq: number;
  /** In order, without overlap. */
  readonly ranges: readonly RangeDigest[];
}

/** Ranges to send again. */
export interface DigestReply {
  readonly again: readonly Gone[];
  /** The region holds this epoch from that number on, within a range that was told: the range is to be told from there. */
  readonly begins?: number;
}

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex");

export const printDigest = ({ epoch, oldestSeq, ranges }: Digest): string =>
  JSON.stringify({
    epoch,
    oldestSeq,
    ranges: ranges.map(({ from, to, gone, before, after }) => ({
      from,
      to,
      ...(gone.length === 0 ? {} : { gone: gone.map((hole) => [hole.from, hole.to]) }),
      before: hex(before),
      after: hex(after),
    })),
  });

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

const hashOf = (value: unknown): Uint8Array | undefined =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? new Uint8Array(Buffer.from(value, "hex")) : undefined;

/** Pairs in order, within [from, to]; undefined for anything else. */
const holesOf = (value: unknown, from: number, to: number): Gone[] | undefined => {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > GONE_MAX) return undefined;
  const holes: Gone[] = [];
  let next = from;
  for (const pair of value as readonly unknown[]) {
    const [first, last] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (!isSeq(first) || !isSeq(last) || first < next || last < first || last > to) return undefined;
    holes.push({ from: first, to: last });
    next = last + 1;
  }
  return holes;
};

const rangeOf = (value: unknown, next: number): RangeDigest | undefined => {
  if (!isRecord(value) || !isSeq(value.from) || !isSeq(value.to)) return undefined;
  const { from, to } = value;
  if (from < next || to < from || to - from >= RANGE_ENTRIES) return undefined;
  const [gone, before, after] = [holesOf(value.gone, from, to), hashOf(value.before), hashOf(value.after)];
  return gone === undefined || before === undefined || after === undefined
    ? undefined
    : { from, to, gone, before, after };
};

/** Text of a peer. Never throws; unknown fields are ignored. */
export function parseDigest(text: string): Result<Digest> {
  const fields = objectOf(text);
  const { epoch, oldestSeq, ranges } = fields;
  if (!isSeq(epoch) || !isSeq(oldestSeq) || !Array.isArray(ranges)) return refuse("not-json", "no digest");
  if (ranges.length > RANGES_MAX) return refuse("too-large", `${ranges.length} ranges`);
  const read: RangeDigest[] = [];
  for (const each of ranges as readonly unknown[]) {
    const range = rangeOf(each, (read.at(-1)?.to ?? 0) + 1);
    if (range === undefined) return refuse("inconsistent", `range ${read.length} of a digest`);
    read.push(range);
  }
  return { ok: true, value: { epoch, oldestSeq, ranges: read } };
}

export const printDigestReply = ({ again, begins }: DigestReply): string => JSON.stringify({ again, begins });

export function parseDigestReply(status: number, body: string): Result<DigestReply> {
  const { again, begins } = objectOf(body);
  if (status !== 200 || !Array.isArray(again)) return refuse("wrong-reply", `status ${status}`);
  const ranges = (again as readonly unknown[]).flatMap((each) =>
    isRecord(each) && isSeq(each.from) && isSeq(each.to) && each.from <= each.to
      ? [{ from: each.from, to: each.to }]
      : [],
  );
  return { ok: true, value: { again: ranges, ...(isSeq(begins) ? { begins } : {}) } };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** The ranges that [first, last] is cut into. */
export function rangesBetween(first: number, last: number): Gone[] {
  const ranges: Gone[] = [];
  for (let from = first; from <= last; ) {
    const to = Math.min(last, Math.ceil(from / RANGE_ENTRIES) * RANGE_ENTRIES);
    ranges.push({ from, to });
    from = to + 1;
  }
  return ranges;
}
