/** What the tests of the push stand on. */
import Database from "better-sqlite3";
import { afterEach } from "vitest";
import { type Journal, openJournal } from "../../cloud-sync/journal/journal.ts";
import { BATCH_LIMITS } from "../../cloud-sync/protocol/batch.ts";
import { packBodySync } from "../../cloud-sync/protocol/body.ts";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { createPush } from "../../cloud-sync/push.ts";
import type { Claimant, PushEvent, PushSettings } from "../../cloud-sync/push-words.ts";
import { HEALTH } from "./arbitrary.ts";
import { createDrivenTimers } from "./driven.ts";
import { createRegion } from "./region.ts";

/** What a test opened, closed after it. */
export const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

export const EVENT = (n: number): EntryBody => ({ kind: "event", event: "status", device: "d", at: n, detail: { n } });
export const ALARM: EntryBody = { kind: "alarm", alarm: "leak", raised: true, at: 1, detail: {} };

export const writeEvents = (journal: Journal, count: number): void =>
  journal.write((append) => {
    for (let n = 0; n < count; n++) append(EVENT(n));
  });

/** A push between a journal and a region, with driven timers. */
export function build(settings: Partial<PushSettings> = {}, limits = BATCH_LIMITS) {
  const timers = createDrivenTimers();
  const region = createRegion(() => timers.wall() + 1500, limits);
  const db = new Database(":memory:");
  undo.push(() => db.close());
  const clock = { now: () => ({ wall: timers.wall(), mono: timers.mono(), clock: "confirmed" as const }) };
  const journal = openJournal(db, { clock, epoch: 4, checkpointEvery: 8 });
  const events: PushEvent[] = [];
  const start = (
    transport = region.transport,
    from = journal,
    told?: (event: PushEvent) => void,
    claimant?: Claimant,
  ) => {
    const push = createPush({
      journal: from,
      destination: "region",
      box: "remiremont",
      transport,
      health: () => HEALTH,
      timers,
      random: () => 0.5,
      settings,
      pack: packBodySync,
      ...(claimant === undefined ? {} : { claimant }),
      report(event) {
        events.push(event);
        told?.(event);
      },
    });
    push.start();
    undo.push(() => push.stop());
    return push;
  };
  return { timers, region, journal, db, events, start, clock };
}

export const entriesOf = (journal: Journal) => journal.read(0, { entries: 1e6, bytes: 1e9 }).entries;
