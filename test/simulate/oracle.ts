/** Compares what the region holds with what the sources were told is safe: set, order and count. */
import type { Entry } from "../../cloud-sync/protocol/entry.ts";
import { keyOfBytes, keyOfEvent, keyOfUp, type Message } from "./source.ts";

export interface Finding {
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Entries of devices that no source has sent. */
  readonly invented: number;
  /** What is wrong, for people. */
  readonly examples: readonly string[];
}

const keyOf = ({ body }: Entry): string | undefined => {
  if (body.kind === "reading") return keyOfUp(body.device, body.fCnt, body.frame);
  if (body.kind !== "event") return undefined;
  const { payload } = body.detail;
  if (typeof payload === "string") return keyOfBytes(body.device, payload);
  return keyOfEvent(body.event, body.device, body.at);
};

/** How many must move so that the rest stands in order: all but a longest rising run. */
export function outOfOrder(places: readonly number[]): number {
  const tails: number[] = [];
  for (const place of places) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tails[middle]! < place) low = middle + 1;
      else high = middle;
    }
    tails[low] = place;
  }
  return places.length - tails.length;
}

/** Of keys: what the sources were told is safe, in order, and what is held of it. */
export function compareKeys(accepted: readonly string[], held: readonly string[]): Finding {
  const places = new Map(accepted.map((key, place) => [key, place]));
  const seen = new Map<string, number>();
  const order: number[] = [];
  const examples: string[] = [];
  let duplicated = 0;
  let invented = 0;
  for (const key of held) {
    const place = places.get(key);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    if (place === undefined) {
      invented++;
      examples.push(`nobody sent ${key}`);
    } else if (times > 0) {
      duplicated++;
      examples.push(`twice: ${key}`);
    } else order.push(place);
  }
  const missing = accepted.filter((key) => !seen.has(key));
  for (const key of missing) examples.push(`lost: ${key}`);
  const reordered = outOfOrder(order);
  if (reordered > 0) examples.push(`${reordered} out of order`);
  return { lost: missing.length, duplicated, reordered, invented, examples: examples.slice(0, 5) };
}

/** What the box had to drop and says so, by the numbers of its entries. */
const declared = (held: readonly Entry[]): ((seq: number) => boolean) => {
  const ranges = held.flatMap(({ body }) => (body.kind === "loss" && body.range !== undefined ? [body.range] : []));
  return (seq) => ranges.some(({ from, to }) => from <= seq && seq <= to);
};

export interface EntryFinding extends Finding {
  /** Entries that are gone and told to the region, one by one or as part of a range: the box's disk was full. */
  readonly shed: number;
}

/**
 * Of entries, whose numbers must follow one another as well.
 * @param written what the journal ever held, by number
 */
export function compare(
  accepted: readonly Message[],
  held: readonly Entry[],
  written: ReadonlyMap<number, Entry>,
): EntryFinding {
  const isDeclared = declared(held);
  const there = new Set(held.map(({ seq }) => seq));
  const last = held.at(-1)?.seq ?? 0;
  const gone = [...written.values()].filter(({ seq }) => seq <= last && !there.has(seq) && isDeclared(seq));
  const excused = new Set(gone.map(keyOf));
  const keys = held.map(keyOf).filter((key) => key !== undefined);
  const finding = compareKeys(
    accepted.map(({ key }) => key).filter((key) => !excused.has(key)),
    keys,
  );
  const holes: number[] = [];
  for (let seq = 1; seq <= last; seq++) if (!there.has(seq) && !isDeclared(seq)) holes.push(seq);
  const examples = [...finding.examples, ...holes.map((seq) => `entry ${seq} is missing`)].slice(0, 5);
  return { ...finding, lost: finding.lost + holes.length, shed: gone.length, examples };
}
