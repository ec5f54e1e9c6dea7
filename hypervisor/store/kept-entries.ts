/**
 * Entries whose rows elsewhere do not give back every byte: all that are no reading, those set aside, and readings with a number
 * that a column would round. Kept as they came, so that the running hash can be followed over all that is stored.
 */
import { bodyFromJson, bodyToJson } from "../../cloud-sync/protocol/body-json.ts";
import type { ChainLink } from "../../cloud-sync/protocol/chain.ts";
import type { Entry, Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";
import type { Place } from "./lots.ts";
import type { Queries } from "./sql.ts";

export const isPlain = (value: unknown): boolean => !Object.is(value, -0);
const arePlain = (measurements: readonly Measurement[]): boolean => measurements.every(({ value }) => isPlain(value));

/** Beyond, a double no longer counts PostgreSQL's microseconds: the years 1717 to 2223. */
const TIME_MAX = 8e12;
export const isWholeTime = (ms: number): boolean => Number.isInteger(ms) && Math.abs(ms) <= TIME_MAX;

/** Whether the row of the table `reading` gives back every byte of it: columns know neither fractions of a ms nor a zero below zero. */
const isWholeInItsRow = ({ wall, mono }: Entry["stamp"], reading: Reading): boolean => {
  const { at, receivedAt, fCnt, fPort, radio, measurements, history } = reading;
  const { dr = 0, gateways = 0 } = radio ?? {};
  return (
    [at, receivedAt, wall].every(isWholeTime) &&
    Number.isSafeInteger(mono) &&
    [at, receivedAt, wall, mono, fCnt, fPort, dr, gateways].every(isPlain) &&
    arePlain(measurements) &&
    history.every((past) => isPlain(past.at) && arePlain(past.measurements))
  );
};

/** Of these links those to be kept beside their rows; `aside`: numbers set aside. */
export const toBeKept = (links: readonly ChainLink[], aside: ReadonlySet<number>): readonly ChainLink[] =>
  links.filter(
    (link) =>
      "text" in link || link.body.kind !== "reading" || aside.has(link.seq) || !isWholeInItsRow(link.stamp, link.body),
  );

/** JSON text, which holds every character; `foreign`: of the text it came as. */
const textOf = (link: ChainLink): string => ("text" in link ? JSON.stringify(link.text) : bodyToJson(link.body));

export const keepEntries = async (tx: Queries, place: Place, links: readonly ChainLink[]): Promise<void> => {
  if (links.length === 0) return;
  await tx.query(
    `INSERT INTO kept_entry (box, epoch, seq, wall, mono, boot, clock_confirmed, is_foreign, body)
     SELECT $1::int4, $2::int4, * FROM unnest($3::int8[], $4::float8[], $5::float8[], $6::float8[], $7::bool[], $8::bool[], $9::text[])
     ON CONFLICT DO NOTHING`,
    [
      place.box,
      place.epoch,
      links.map(({ seq }) => seq),
      links.map(({ stamp }) => stamp.wall),
      links.map(({ stamp }) => stamp.mono),
      links.map(({ stamp }) => stamp.boot),
      links.map(({ stamp }) => stamp.clock === "confirmed"),
      links.map((link) => "text" in link),
      links.map(textOf),
    ],
  );
};

/** Links of entries that are held under another epoch. */
export const keepRepeats = async (tx: Queries, place: Place, entries: readonly Entry[]): Promise<void> => {
  await keepEntries(tx, place, entries);
  await tx.query("UPDATE kept_entry SET repeats = true WHERE box = $1 AND epoch = $2 AND seq = ANY($3::int8[])", [
    place.box,
    place.epoch,
    entries.map(({ seq }) => seq),
  ]);
};

export interface KeptRow {
  readonly seq: number;
  readonly wall: number;
  readonly mono: number;
  readonly boot: number;
  readonly clock_confirmed: boolean;
  readonly is_foreign: boolean;
  readonly body: string;
}

/** The entry, where it is one that is known here. */
export const keptEntry = ({
  seq,
  wall,
  mono,
  boot,
  clock_confirmed,
  is_foreign,
  body: text,
}: KeptRow): Entry | undefined => {
  const body = is_foreign ? undefined : bodyFromJson(text);
  return body && { seq, stamp: { wall, mono, boot, clock: clock_confirmed ? "confirmed" : "unknown" }, body };
};

/** A body that no longer reads is some other text: its hash will tell. */
export const keptLink = ({ seq, wall, mono, boot, clock_confirmed, is_foreign, body }: KeptRow): ChainLink => {
  const stamp = { wall, mono, boot, clock: clock_confirmed ? ("confirmed" as const) : ("unknown" as const) };
  if (is_foreign) return { seq, stamp, text: foreignOf(body) };
  const known = bodyFromJson(body);
  return known?.kind === "reading" ? { seq, stamp, body: known } : { seq, stamp, text: body };
};

const foreignOf = (body: string): string => {
  try {
    return String(JSON.parse(body));
  } catch {
    return body;
  }
};
