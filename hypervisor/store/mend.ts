/** Entries that a box sends again because the comparison found them different: only those that differ are replaced. */
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import { type ChainLink, chainStep, GENESIS, runChain, sameHash } from "../../cloud-sync/protocol/chain.ts";
import type { Reading } from "../../cloud-sync/protocol/entry.ts";
import { HypervisorFault } from "../faults.ts";
import { storeEntries } from "./accept-batch.ts";
import { allAsCorrected } from "./corrections.ts";
import { forgetDays } from "./counting.ts";
import { openLossIncident } from "./incidents.ts";
import { keepEntries } from "./kept-entries.ts";
import { type Links, linksOf } from "./links.ts";
import { lockBox } from "./locked-box.ts";
import { type Place, placedReadings } from "./lots.ts";
import { notify } from "./notices.ts";
import { branchesOf, repeatsAmong } from "./repeats.ts";
import type { SeriesIds } from "./series.ts";
import type { Placed } from "./sorting.ts";
import type { Transaction } from "./sql.ts";
import { clearValues, rewriteValues } from "./values.ts";

const lone = (link: ChainLink): Uint8Array => chainStep(GENESIS, link);

const isReading = (link: ChainLink): link is Placed<Reading> => "body" in link && link.body.kind === "reading";

/** What these entries do elsewhere was done when they came first; newer ones may have overtaken it. */
const hasEffects = (link: ChainLink): boolean =>
  "body" in link && (link.body.kind === "registry" || link.body.kind === "outcome");

const TABLES = ["reading", "event", "quarantine", "kept_entry"] as const;

/** Returns the readings whose values were taken away, old and new. */
const takeAway = async (
  tx: Transaction,
  { box, epoch }: Place,
  different: readonly ChainLink[],
  { held, repeats }: { readonly held: Links; readonly repeats: ReadonlySet<ChainLink> },
  memory: SeriesIds,
): Promise<readonly Placed<Reading>[]> => {
  const seqs = different.map(({ seq }) => seq);
  const numbers = new Set(seqs);
  const old = held.readings.flatMap(({ readings }) => readings.filter(({ seq }) => numbers.has(seq)));
  // The values of what another epoch holds are that epoch's.
  const own = different.filter((link) => !repeats.has(link));
  const readings = [...old, ...(await allAsCorrected(tx, { box, epoch }, own.filter(isReading)))];
  await clearValues(tx, readings, await memory.resolve(tx, [{ place: { box }, readings: placedReadings(readings) }]));
  for (const table of TABLES)
    await tx.query(`DELETE FROM ${table} WHERE box = $1 AND epoch = $2 AND seq = ANY($3::int8[])`, [box, epoch, seqs]);
  return readings;
};

/**
 * In the caller's transaction. Returns how many entries were replaced.
 * @throws HypervisorFault `box-unknown`; `batch-unreadable` for entries of another epoch, or that never were durable here
 */
export const mend = async (
  tx: Transaction,
  batch: DecodedBatch,
  arrivedAt: number,
  memory: SeriesIds,
): Promise<number> => {
  const locked = await lockBox(tx, batch.box);
  if (batch.epoch !== locked.epoch || batch.lastSeq > locked.seq)
    throw new HypervisorFault("batch-unreadable", { reason: "entries that are not durable here" });
  const place: Place = { box: locked.id, epoch: batch.epoch, arrivedAt };
  const span = { box: locked.id, epoch: batch.epoch, from: batch.firstSeq, to: batch.lastSeq };
  const held = await linksOf(tx, span);
  const known = new Map(held.links.map((link) => [link.seq, lone(link)]));
  const sent: readonly ChainLink[] = [...batch.entries, ...batch.unusable].sort((a, b) => a.seq - b.seq);
  const different = sent.filter((link) => {
    const hash = known.get(link.seq);
    return hash === undefined || !sameHash(hash, lone(link));
  });
  if (different.length === 0) return 0;
  const branches = branchesOf(locked, batch.epoch);
  const numbers = new Set(different.map(({ seq }) => seq));
  const entries = batch.entries.filter(({ seq }) => numbers.has(seq));
  const repeats = new Set<ChainLink>(await repeatsAmong(tx, place, branches, entries));
  const touched = await takeAway(tx, place, different, { held, repeats }, memory);
  const again = {
    entries: entries.filter((entry) => !hasEffects(entry)),
    foreign: batch.unusable.filter(({ seq }) => numbers.has(seq)),
  };
  const { changes } = await storeEntries(tx, place, { communes: locked.communes, branches }, again, memory);
  await keepEntries(tx, place, different.filter(hasEffects));
  await tx.query("UPDATE comparison SET healed = healed + $2 WHERE box = $1", [locked.id, different.length]);
  await forgetDays(tx, locked.id);
  const now = await linksOf(tx, span);
  await rewriteValues(tx, now.readings, touched, memory);
  await raiseIfStillDifferent(tx, place, batch, now.links);
  await notify(tx, [...changes, { type: "box", box: batch.box }]);
  return different.length;
};

/** What was just written must lead where the box says: else it would be sent again every day, and nobody would know. */
const raiseIfStillDifferent = async (
  tx: Transaction,
  place: Place,
  batch: DecodedBatch,
  links: readonly ChainLink[],
): Promise<void> => {
  const { firstSeq: from, lastSeq: to, gone } = batch;
  const held = links.filter(({ seq }) => !gone.some((hole) => seq >= hole.from && seq <= hole.to));
  if (sameHash(runChain(batch.hashBefore, held), batch.hashAfter)) return;
  await openLossIncident(tx, place, { reason: "still-different", from, to, lost: 0 });
};
