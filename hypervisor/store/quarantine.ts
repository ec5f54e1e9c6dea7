/** Entries that could not be used: kept with their reason, and tried again when a program has learnt to use them. */
import { bodyFromJson } from "../../cloud-sync/protocol/body-json.ts";
import type { Entry, Stamp } from "../../cloud-sync/protocol/entry.ts";
import type { Queries } from "./sql.ts";
import type { QuarantinedEntry } from "./words.ts";

/** As JSON text that a `text` column takes, with all that is needed to try again. */
export const foreignText = (line: { readonly seq: number; readonly stamp: Stamp; readonly text: string }): string =>
  JSON.stringify({ seq: line.seq, stamp: line.stamp, text: line.text.toWellFormed() });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isStamp = (value: unknown): value is Stamp =>
  isObject(value) && typeof value.wall === "number" && typeof value.mono === "number" && typeof value.boot === "number";

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The entry again, or undefined for what cannot be tried: changes of the registry, which newer ones have overtaken. */
export const entryOf = ({ seq, entry }: QuarantinedEntry): Entry | undefined => {
  const kept = parsed(entry);
  if (!isObject(kept) || !isStamp(kept.stamp)) return undefined;
  const body = typeof kept.text === "string" ? bodyFromJson(kept.text) : bodyOf(kept.body);
  return body === undefined || body.kind === "registry" ? undefined : { seq, stamp: kept.stamp, body };
};

const bodyOf = (kept: unknown): Entry["body"] | undefined => {
  if (!isObject(kept)) return undefined;
  if (kept.kind !== "reading") return bodyFromJson(JSON.stringify(kept));
  // Bytes were kept in hex; all else of a reading is as it came.
  const lists = [kept.measurements, kept.history, kept.notes];
  if (typeof kept.frame !== "string" || !lists.every(Array.isArray)) return undefined;
  return { ...kept, frame: new Uint8Array(Buffer.from(kept.frame, "hex")) } as unknown as Entry["body"];
};

/** Takes what can be tried out of the quarantine, by epoch. */
export const takeOut = async (tx: Queries, box: number): Promise<ReadonlyMap<number, readonly Entry[]>> => {
  const rows = await tx.query<QuarantinedEntry>(
    "SELECT epoch, seq, code, entry FROM quarantine WHERE box = $1 ORDER BY epoch, seq FOR UPDATE",
    [box],
  );
  const byEpoch = new Map<number, Entry[]>();
  for (const row of rows) {
    const entry = entryOf(row);
    if (entry === undefined) continue;
    const entries = byEpoch.get(row.epoch) ?? [];
    byEpoch.set(row.epoch, entries);
    entries.push(entry);
  }
  for (const [epoch, entries] of byEpoch)
    await tx.query("DELETE FROM quarantine WHERE box = $1 AND epoch = $2 AND seq = ANY($3::int8[])", [
      box,
      epoch,
      entries.map(({ seq }) => seq),
    ]);
  return byEpoch;
};
