/** Compares what the region holds with what the sources were told is safe: set, order and count. */
import type { Entry, Gone } from "../../cloud-sync/protocol/entry.ts";
import type { HeldBox } from "./memory-store.ts";
import { keyOfBytes, keyOfEvent, keyOfUp, type Message } from "./source.ts";

export interface Finding {
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Entries of devices that no source of the history has sent. */
  readonly invented: number;
  /** What is wrong, for people. */
  readonly examples: readonly string[];
}

export const keyOf = ({ body }: Entry): string | undefined => {
  if (body.kind === "reading") return keyOfUp(body.device, body.fCnt, body.frame);
  if (body.kind !== "event") return undefined;
  const { payload } = body.detail;
  if (typeof payload === "string") return keyOfBytes(body.device, payload);
  return keyOfEvent(body.event, body.device, body.at);
};

export const keysOf = (entries: Iterable<Entry>): string[] =>
  [...entries].map(keyOf).filter((key) => key !== undefined);

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

/**
 * Of keys: what the sources were told is safe, in order, and what is held of it.
 * @param placeless keys that may stand anywhere
 */
export function compareKeys(
  accepted: readonly string[],
  held: readonly string[],
  placeless: ReadonlySet<string> = new Set(),
): Finding {
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
    } else if (!placeless.has(key)) order.push(place);
  }
  const missing = accepted.filter((key) => !seen.has(key));
  for (const key of missing) examples.push(`lost: ${key}`);
  const reordered = outOfOrder(order);
  if (reordered > 0) examples.push(`${reordered} out of order`);
  return { lost: missing.length, duplicated, reordered, invented, examples: examples.slice(0, 5) };
}

/** Numbers of entries that are gone, as the entries say that tell it. */
const declared = (entries: Iterable<Entry>, of = (_reason: string): boolean => true): ((seq: number) => boolean) => {
  const ranges = [...entries].flatMap(({ body }) =>
    body.kind === "loss" && body.range !== undefined && of(body.reason) ? [body.range] : [],
  );
  return (seq) => ranges.some(({ from, to }) => from <= seq && seq <= to);
};

/** One box, and what its broker was told is safe. */
export interface History {
  readonly accepted: readonly Message[];
  /** What its journal ever held, by number. */
  readonly written: ReadonlyMap<number, Entry>;
  /** What went with a disk that was replaced by an older image. */
  readonly erased: readonly Entry[];
  /** What of that the region had by then, and has not forgotten since. */
  readonly saved: ReadonlySet<string>;
  /** What the region had by then, and lost when it came back from a backup. */
  readonly forgotten: ReadonlySet<string>;
  /** The numbers its journal has now. */
  readonly kept: ReadonlySet<number>;
  /** The same, where this history waits for a person. */
  readonly keeps: ReadonlySet<number> | undefined;
}

export interface EntryFinding extends Finding {
  /** Entries that are gone and told to the region, one by one or as part of a range. */
  readonly shed: number;
  /** Of those: what the region had before it came back from a backup, and the box had taken off since. */
  readonly forgotten: number;
  /** Messages that wait in the journal of a box a person has been told of. */
  readonly waiting: number;
  /** Messages acknowledged after the image was made that was put back, before the region had them: gone with the disk. */
  readonly erased: number;
  /** Of those: what the region had, and forgot. */
  readonly lostByBoth: number;
  /** Messages the region had from the disk that went, that the old image was sent again, and that the region took for what they are. */
  readonly again: number;
  /** Losses of a chosen history that its marks told, and did not count. */
  readonly uncounted: number;
}

/**
 * Of entries, whose numbers must follow one another as well.
 * @param histories of the box; the one that the region goes on with is the last
 * @param forgets whether the region came back from a backup
 */
export function compare(held: HeldBox, histories: readonly History[], forgets: boolean): EntryFinding {
  const all = [...held.earlier, ...held.entries];
  const there = new Set(all.map(placeOf));
  const isThere = (entry: Entry): boolean => there.has(placeOf(entry));
  const last = Math.max(held.cursor?.seq ?? 0, held.before?.seq ?? 0);
  const excuses = histories.map((history) => {
    const dropped = [
      ...droppedOf(history, isThere),
      ...(forgets ? toldGone(held, history) : []),
      ...[...history.written.values()].filter(({ seq }) => seq <= held.neverHad),
    ];
    const shed = dropped.filter((entry) => (entry.seq <= last || history.keeps !== undefined) && !isThere(entry));
    return { history, dropped, shed, waiting: waitingOf(history), erased: erasedOf(history) };
  });
  const dropped = excuses.flatMap((each) => each.dropped);
  const shed = excuses.flatMap((each) => each.shed);
  const isForgotten = declared(all, (reason) => reason === "forgotten");
  const arrivals = keysOf(all);
  const arrived = new Set(arrivals);
  // What both histories have is the chosen one's to bring.
  const isExcused = new Map<string, boolean>();
  for (const { history, shed, waiting, erased } of excuses) {
    const excused = new Set([...keysOf(shed), ...waiting, ...erased]);
    const own = [...history.accepted.map(({ key }) => key), ...keysOf(history.written.values())];
    for (const key of own) isExcused.set(key, excused.has(key));
  }
  // A message the disk took with it comes again when its network server publishes it once more: later than those after it. What one
  // box had to shed the copy of its disk still has.
  const late = new Set([...histories.flatMap((history) => keysOf(history.erased)), ...keysOf(dropped)]);
  const owed = histories.map(({ accepted }) =>
    accepted.map(({ key }) => key).filter((key) => arrived.has(key) || !isExcused.get(key)),
  );
  const finding = compareKeys(owed.flat(), arrivals, arrived);
  const reordered = owed.reduce((sum, keys) => sum + outOfOrder(placesOf(keys, arrivals, late)), 0);
  const numbers = new Set([...dropped.map(({ seq }) => seq), ...histories.flatMap((each) => stillKept(each, isThere))]);
  const holes = holesIn(held, (seq) => numbers.has(seq), histories.at(-1)!.written);
  const miscounted = histories.flatMap((history) => miscountedOf(held, history, isThere));
  const missing = (some: readonly string[]): number => some.filter((key) => !arrived.has(key)).length;
  const erased = excuses.flatMap((each) => each.erased);
  return {
    ...finding,
    lost: finding.lost + holes.length + miscounted.length,
    reordered,
    examples: [
      ...finding.examples,
      ...(reordered > 0 ? [`${reordered} out of order`] : []),
      ...holes.map((seq) => `entry ${seq} is missing`),
      ...miscounted,
    ].slice(0, 5),
    shed: shed.length,
    forgotten: shed.filter(({ seq }) => isForgotten(seq) || seq <= held.neverHad).length,
    waiting: missing(excuses.flatMap((each) => each.waiting)),
    erased: missing(erased),
    lostByBoth: missing(erased.filter((key) => histories.some(({ forgotten }) => forgotten.has(key)))),
    again: keysOf(held.repeats).length,
    uncounted: held.lostByChosen.filter(({ isTold, lost }) => isTold && lost === undefined).length,
  };
}

/** Where each that arrived stands among those that were sent, in the order of arrival, each once. */
function placesOf(sent: readonly string[], arrivals: readonly string[], placeless: ReadonlySet<string>): number[] {
  const places = new Map(sent.map((key, place) => [key, place]));
  return [...new Set(arrivals)].flatMap((key) => (placeless.has(key) ? [] : (places.get(key) ?? [])));
}

/**
 * What a history says itself that it lost, as far as the region was told; where it waits for a person, or went with a disk, its word
 * waits or went with it, and the region knows the hole.
 */
function droppedOf({ written, erased, keeps }: History, isThere: (entry: Entry) => boolean): Entry[] {
  const lines = [...written.values()];
  const isDeclared = declared(lines.filter((entry) => isThere(entry) || keeps?.has(entry.seq)));
  const isErased = declared([...lines, ...erased]);
  // What the disk that went had shed the image may still have; the region was told by the former.
  const isToldBefore = declared(erased.filter(isThere));
  // Of a number that was given once more it told another entry.
  const givenAgain = new Set(erased.map(({ seq }) => seq));
  return [
    ...lines.filter(({ seq }) => isDeclared(seq) || (isToldBefore(seq) && !givenAgain.has(seq))),
    ...erased.filter(({ seq }) => isErased(seq)),
  ];
}

/**
 * Numbers that the disk that went had shed, and whose word went with it: its batches had named the hole to the region, and what stood
 * there the image still has, or has brought since.
 */
const stillKept = ({ erased, written, keeps, kept }: History, isThere: (entry: Entry) => boolean): number[] => {
  const isErased = declared(erased);
  const has = (entry: Entry): boolean => (keeps ?? kept).has(entry.seq) || isThere(entry);
  return [...written.values()].filter((entry) => isErased(entry.seq) && has(entry)).map(({ seq }) => seq);
};

/**
 * What a history was confirmed and has taken off since, before the region came back from a time before: of a refused one the incident
 * names the numbers, of a chosen one that of its loss does. And what both were confirmed: of those numbers the region holds one only.
 */
function toldGone({ refused, lostByChosen, replaced }: HeldBox, { written, kept, keeps }: History): Entry[] {
  const incidents = [...refused.values()];
  const upTo = (to: number): Gone => ({ from: 1, to });
  const both = incidents.map((each) => upTo(Math.min(each.acceptedConfirmedSeq, each.confirmedSeq)));
  const own =
    keeps === undefined
      ? lostByChosen
      : [
          ...[...replaced.values()].flatMap(({ gone }) => gone ?? []),
          ...incidents.map(({ confirmedSeq, oldestSeq }) => upTo(Math.min(confirmedSeq, oldestSeq - 1))),
        ];
  const isTold = (seq: number): boolean => [...both, ...own].some(({ from, to }) => from <= seq && seq <= to);
  return [...written.values()].filter(({ seq }) => !kept.has(seq) && isTold(seq));
}

/**
 * What an incident says of the loss of a chosen history against what is missing of it and told by no entry. Of a box of the version before
 * nobody can count it, nor where one of the two had holes: there the numbers are told, which the others are held to.
 */
const miscountedOf = (held: HeldBox, history: History, isThere: (entry: Entry) => boolean): string[] => {
  const { written, keeps } = history;
  if (keeps !== undefined) return [];
  const told = new Set(droppedOf(history, isThere));
  const own = held.lostByChosen.filter(({ epoch, isTold }) => isTold && epoch === held.cursor?.epoch);
  return own.flatMap(({ from, to, lost }) => {
    const missing = [...written.values()].filter(
      (entry) => from <= entry.seq && entry.seq <= to && !isThere(entry) && !told.has(entry),
    );
    const mayBeOpen = [...written.values(), ...held.earlier, ...held.entries].some(tellsOfHole);
    return lost === missing.length || (lost === undefined && mayBeOpen)
      ? []
      : [`${lost} of ${from} to ${to} are told to be lost, and ${missing.length} are`];
  });
};

const tellsOfHole = ({ body }: Entry): boolean => body.kind === "loss" && body.range !== undefined;

/** Two histories give one number to different entries. */
const placeOf = (entry: Entry): string => {
  const { seq, body } = entry;
  return `${seq} ${keyOf(entry) ?? `${body.kind} ${"at" in body ? body.at : ""}`}`;
};

const waitingOf = ({ written, keeps }: History): string[] =>
  keeps === undefined ? [] : keysOf([...written.values()].filter(({ seq }) => keeps.has(seq)));

/** What came again is the new disk's to keep. */
const erasedOf = ({ written, erased, saved }: History): string[] => {
  const kept = new Set(keysOf(written.values()));
  return keysOf(erased).filter((key) => !kept.has(key) && !saved.has(key));
};

/** Of each epoch the numbers follow one another; what a new one leaves out stands in the one before, under its number or another. */
function holesIn(
  { earlier, entries, repeats }: HeldBox,
  isDeclared: (seq: number) => boolean,
  written: ReadonlyMap<number, Entry>,
): number[] {
  const before = new Map(earlier.map((entry) => [entry.seq, entry]));
  const again = new Set(repeats.map(({ seq }) => seq));
  const isShared = (seq: number): boolean => {
    if (again.has(seq)) return true;
    const [one, other] = [before.get(seq), written.get(seq)];
    return one !== undefined && other !== undefined && keyOf(one) === keyOf(other);
  };
  const missing = (part: readonly Entry[], from: number, isExcused: (seq: number) => boolean): number[] => {
    const there = new Set(part.map(({ seq }) => seq));
    const holes: number[] = [];
    for (let seq = from; seq <= (part.at(-1)?.seq ?? 0); seq++) if (!there.has(seq) && !isExcused(seq)) holes.push(seq);
    return holes;
  };
  const first = earlier.length === 0 ? 1 : (entries[0]?.seq ?? 1);
  return [...missing(earlier, 1, isDeclared), ...missing(entries, first, (seq) => isDeclared(seq) || isShared(seq))];
}

/** What a box keeps that was refused: what its broker was told is safe, once and in order. */
export function compareKept({ accepted, written, keeps }: History): Partial<Finding> {
  const own = new Set(accepted.map(({ key }) => key));
  const kept = keysOf([...written.values()].filter(({ seq }) => keeps?.has(seq))).filter((key) => own.has(key));
  const there = new Set(kept);
  return compareKeys(
    accepted.map(({ key }) => key).filter((key) => there.has(key)),
    kept,
  );
}
