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

/** Of entries, whose numbers must follow one another as well. */
export function compare(accepted: readonly Message[], held: readonly Entry[]): Finding {
  const keys = held.map(keyOf).filter((key) => key !== undefined);
  const finding = compareKeys(
    accepted.map(({ key }) => key),
    keys,
  );
  const holes = held.filter(({ seq }, index) => index > 0 && seq !== held[index - 1]!.seq + 1);
  const examples = [...finding.examples, ...holes.map(({ seq }) => `entry ${seq} does not follow`)].slice(0, 5);
  return { ...finding, lost: finding.lost + holes.length, examples };
}
