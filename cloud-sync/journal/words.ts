/**
 * The dictionary of the journal: what repeats in most rows is stored once and named by a small number. Words are only added;
 * a transaction that is undone takes its words with it.
 */
import type { Database } from "better-sqlite3";
import { exponentOf, toScaled } from "../protocol/decimal.ts";
import type { ClockQuality, Measurement, Reading, Value } from "../protocol/entry.ts";
import { JournalError } from "./faults.ts";

/** How a column of values is stored: a scaled integer with that decimal exponent, else one of these. */
export const EXACT = 32;
export const TRUTH = 33;
export const TEXT = 34;

/** name, unit, kind. */
export type Column = readonly [string, string, number];

export interface Series {
  readonly id: number;
  readonly device: string;
  readonly placement: Pick<Reading, "asset" | "commune" | "codec">;
  readonly columns: readonly Column[];
}

/** A stretch of time in which wall and monotonic clock kept their distance. */
export interface ClockSegment {
  readonly id: number;
  readonly boot: number;
  readonly clock: ClockQuality;
  readonly wall: number;
  /** wall − mono, ms. */
  readonly lead: number;
}

type Stored =
  | { readonly text: string }
  | { readonly series: readonly [string, string | null, string | null, string | null, ...Column[]] }
  | { readonly clock: readonly [number, ClockQuality, number, number] };

/** Foreign codecs may invent names without end: beyond these, rows carry their words themselves. */
const WORDS_MAX = 200_000;
const SERIES_PER_DEVICE_MAX = 64;

function columnFits(kind: number, value: Value): boolean {
  if (typeof value === "boolean") return kind === TRUTH;
  if (typeof value === "string") return kind === TEXT;
  if (kind < EXACT) return toScaled(value, kind) !== undefined;
  return kind === EXACT && exponentOf(value) === undefined;
}

const isNamedAlike = (columns: readonly Column[], measurements: readonly Measurement[]): boolean =>
  columns.length === measurements.length &&
  columns.every(([name, unit], index) => name === measurements[index]!.name && unit === measurements[index]!.unit);

function kindOf(value: Value, known: number): number {
  if (typeof value === "boolean") return TRUTH;
  if (typeof value === "string") return TEXT;
  const needed = exponentOf(value);
  if (needed === undefined) return EXACT;
  // The finest step seen so far, so that 25, 25.5 and 25.75 end up in one series.
  const finest = Math.max(needed, known);
  return toScaled(value, finest) === undefined ? needed : finest;
}

export type Words = ReturnType<typeof loadWords>;

export function loadWords(db: Database) {
  const insert = db.prepare("INSERT INTO journal_word (id, word) VALUES (?, ?)");
  const texts = new Map<string, number>();
  const byDevice = new Map<string, Series[]>();
  const byId: (string | Series | ClockSegment | undefined)[] = [];
  let lastClock: ClockSegment | undefined;
  let nextId = 1;
  /** Where to go back to when the running transaction is undone. */
  let mark = { nextId, lastClock };

  function learn(id: number, stored: Stored): string | Series | ClockSegment {
    nextId = id + 1;
    if ("text" in stored) {
      texts.set(stored.text, id);
      byId[id] = stored.text;
      return stored.text;
    }
    if ("clock" in stored) {
      const [boot, clock, wall, lead] = stored.clock;
      lastClock = { id, boot, clock, wall, lead };
      byId[id] = lastClock;
      return lastClock;
    }
    const [device, asset, commune, codec, ...columns] = stored.series;
    const placement = {
      ...(asset === null ? {} : { asset }),
      ...(commune === null ? {} : { commune }),
      ...(codec === null ? {} : { codec }),
    };
    const series: Series = { id, device, placement, columns };
    const siblings = byDevice.get(device);
    if (siblings === undefined) byDevice.set(device, [series]);
    else siblings.push(series);
    byId[id] = series;
    return series;
  }

  function add(stored: Stored): string | Series | ClockSegment {
    const id = nextId;
    insert.run(id, JSON.stringify(stored));
    return learn(id, stored);
  }

  const isFull = (): boolean => nextId > WORDS_MAX;

  function unlearn(id: number): void {
    const word = byId[id];
    if (typeof word === "string") texts.delete(word);
    else if (word !== undefined && "columns" in word) byDevice.get(word.device)?.pop();
    byId.length = id;
  }

  for (const { id, word } of db
    .prepare<[], { id: number; word: string }>("SELECT * FROM journal_word ORDER BY id")
    .all()) {
    learn(id, JSON.parse(word) as Stored);
  }

  return {
    begin(): void {
      mark = { nextId, lastClock };
    },
    undo(): void {
      for (let id = nextId - 1; id >= mark.nextId; id--) unlearn(id);
      ({ nextId, lastClock } = mark);
    },
    /** Undefined when the dictionary is full. */
    text(text: string): number | undefined {
      const known = texts.get(text);
      if (known !== undefined || isFull()) return known;
      const id = nextId;
      add({ text });
      return id;
    },
    /** The series whose columns keep these measurements exactly; undefined when the dictionary is full. */
    series(reading: Reading, measurements: readonly Measurement[]): Series | undefined {
      const { device, asset, commune, codec } = reading;
      const siblings = byDevice.get(device) ?? [];
      const alike = siblings.filter(
        ({ placement, columns }) =>
          placement.asset === asset &&
          placement.commune === commune &&
          placement.codec === codec &&
          isNamedAlike(columns, measurements),
      );
      for (const series of alike) {
        if (series.columns.every(([, , kind], index) => columnFits(kind, measurements[index]!.value))) return series;
      }
      if (isFull() || siblings.length >= SERIES_PER_DEVICE_MAX) return undefined;
      const columns = measurements.map(({ name, unit, value }, index): Column => {
        const finest = Math.max(0, ...alike.map((series) => series.columns[index]![2]).filter((kind) => kind < EXACT));
        return [name, unit, kindOf(value, finest)];
      });
      return add({ series: [device, asset ?? null, commune ?? null, codec ?? null, ...columns] }) as Series;
    },
    /** A segment near these clocks: the drift from it fits two bytes. */
    clock(boot: number, clock: ClockQuality, wall: number, lead: number): ClockSegment {
      const near = lastClock;
      if (near !== undefined && near.boot === boot && near.clock === clock && Math.abs(lead - near.lead) < 8192) {
        return near;
      }
      return add({ clock: [boot, clock, wall, lead] }) as ClockSegment;
    },
    textOf(id: number): string {
      const word = byId[id];
      if (typeof word !== "string") throw new JournalError("damaged-entry", `word ${id} is no text`);
      return word;
    },
    seriesOf(id: number): Series {
      const word = byId[id];
      if (typeof word !== "object" || !("columns" in word))
        throw new JournalError("damaged-entry", `word ${id} is no series`);
      return word;
    },
    clockOf(id: number): ClockSegment {
      const word = byId[id];
      if (typeof word !== "object" || !("lead" in word))
        throw new JournalError("damaged-entry", `word ${id} is no clock`);
      return word;
    },
  };
}
