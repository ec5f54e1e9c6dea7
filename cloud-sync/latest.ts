/**
 * After a long silence the newest value of each quantity goes first, so that a screen is right within seconds while history follows in
 * order. It moves no cursor: the same readings come again with the history.
 */
import type { Journal } from "./journal/journal.ts";
import { packBody } from "./protocol/body.ts";
import { GENESIS } from "./protocol/chain.ts";
import type { Entry, Reading } from "./protocol/entry.ts";
import type { PushOptions } from "./push-words.ts";

/** Entries looked through from the end: who has been silent for longer comes with the history. */
const LOOKED_THROUGH = 20_000;
/** Few at once: they are forgotten as they come. */
const AT_ONCE = { entries: 200, bytes: 1024 * 1024 };

/** What a reading tells of, each named with its device. */
function* quantitiesOf({ device, measurements, history }: Reading): Generator<string> {
  for (const { name } of measurements) yield `${device}\0${name}`;
  for (const past of history) for (const { name } of past.measurements) yield `${device}\0${name}`;
}

/**
 * Of each quantity of each device the last reading that tells of it, among the newest entries after `afterSeq`, by seq: a lamp that
 * reports power and energy in frames of their own is right in both.
 */
function newestReadings(journal: Pick<Journal, "read" | "knownAt" | "lastSeq">, afterSeq: number): readonly Entry[] {
  const newest = new Map<string, Entry>();
  const end = journal.lastSeq;
  let after = journal.knownAt(Math.max(afterSeq, end - LOOKED_THROUGH));
  while (after < end) {
    const { entries, lastSeq } = journal.read(after, AT_ONCE);
    if (lastSeq === after) break;
    for (const entry of entries) {
      if (entry.body.kind !== "reading") continue;
      for (const quantity of quantitiesOf(entry.body)) newest.set(quantity, entry);
    }
    after = lastSeq;
  }
  return [...new Set(newest.values())].sort((a, b) => a.seq - b.seq);
}

/** As a request; they are numbered anew, for they are no run of the journal. `count`: readings. */
export async function packLatest(
  { box, health, journal, timers, pack = packBody }: PushOptions,
  afterSeq: number,
): Promise<{ readonly path: string; readonly body: Uint8Array; readonly count: number }> {
  const newest = newestReadings(journal, afterSeq);
  const body = await pack({
    box,
    epoch: journal.epoch,
    firstSeq: 1,
    entries: newest.map((entry, index) => ({ ...entry, seq: index + 1 })),
    hashBefore: GENESIS,
    hashAfter: GENESIS,
    sentAt: timers.wall(),
    health: health(),
  });
  return { path: `/v1/boxes/${encodeURIComponent(box)}/latest`, body, count: newest.length };
}
