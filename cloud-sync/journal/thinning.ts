/**
 * What stays of old readings when space ends. Pure. Of each device's readings in an hour: the first and the last, and of each
 * quantity the smallest and the largest; every change of a state (a truth or a word); everything that is no reading. What stays is
 * untouched, so a counter's index stays exact at both ends of every hour.
 */
import type { Entry, EntryBody, Loss, Reading } from "../protocol/entry.ts";

const HOUR_MS = 3_600_000;

interface Hour {
  last: number;
  readonly least: Map<string, { readonly seq: number; readonly value: number }>;
  readonly most: Map<string, { readonly seq: number; readonly value: number }>;
}

/** Numbers of the entries that stay. `entries` are in order; an hour cut in two keeps the extremes of both parts. */
export function keptOf(entries: readonly Entry[]): ReadonlySet<number> {
  const kept = new Set<number>();
  const hours = new Map<string, Hour>();
  const states = new Map<string, unknown>();
  for (const { seq, body } of entries) {
    if (body.kind !== "reading") {
      kept.add(seq);
      continue;
    }
    if (changesState(body, states)) kept.add(seq);
    const key = `${body.device} ${Math.floor(body.receivedAt / HOUR_MS)}`;
    let hour = hours.get(key);
    if (hour === undefined) {
      kept.add(seq);
      hour = { last: seq, least: new Map(), most: new Map() };
      hours.set(key, hour);
    }
    hour.last = seq;
    for (const { name, value } of body.measurements) {
      if (typeof value !== "number") continue;
      const least = hour.least.get(name);
      const most = hour.most.get(name);
      if (least === undefined || value < least.value) hour.least.set(name, { seq, value });
      if (most === undefined || value > most.value) hour.most.set(name, { seq, value });
    }
  }
  for (const { last, least, most } of hours.values()) {
    kept.add(last);
    for (const extremes of [least, most]) for (const { seq } of extremes.values()) kept.add(seq);
  }
  return kept;
}

function changesState({ device, measurements }: Reading, states: Map<string, unknown>): boolean {
  let changed = false;
  for (const { name, value } of measurements) {
    if (typeof value === "number") continue;
    const key = `${device} ${name}`;
    if (states.has(key) && states.get(key) !== value) changed = true;
    states.set(key, value);
  }
  return changed;
}

/** Alarms, outcomes, registry changes and what the journal says of itself go last. */
export const isOrdinaryKind = ({ kind }: EntryBody): boolean =>
  kind === "reading" || kind === "event" || kind === "correction";

const ownerOf = (body: EntryBody): string => {
  if (body.kind === "reading" || body.kind === "event" || body.kind === "correction") return body.device;
  return body.kind === "outcome" ? body.asset : "";
};

/** What no entry stands for any more when it goes: a loss that was counted is counted on in the next one. */
export const isLoss = ({ body }: Entry): boolean => body.kind === "loss";

type Counts = Record<string, number>;

const addTo = (counts: Counts, key: string, n: number): void => {
  counts[key] = (counts[key] ?? 0) + n;
};

/** The entry that counts what is lost of `entries`, which are in order and at least one; losses among them go over into it. */
export function lossOf(reason: string, entries: readonly Entry[], at: number): Loss {
  const counts: Counts = {};
  const devices: Record<string, Counts> = {};
  const ownersOf = (kind: string): Counts => {
    devices[kind] ??= {};
    return devices[kind];
  };
  let [from, to] = [entries[0]!.seq, entries.at(-1)!.seq];
  for (const { body } of entries) {
    if (body.kind === "loss") {
      for (const [kind, n] of Object.entries(body.counts)) addTo(counts, kind, n);
      for (const [kind, owners] of Object.entries(body.devices ?? {}))
        for (const [owner, n] of Object.entries(owners)) addTo(ownersOf(kind), owner, n);
      from = Math.min(from, body.range?.from ?? from);
      to = Math.max(to, body.range?.to ?? to);
      continue;
    }
    addTo(counts, body.kind, 1);
    addTo(ownersOf(body.kind), ownerOf(body), 1);
  }
  return { kind: "loss", at, reason, counts, range: { from, to }, devices };
}
