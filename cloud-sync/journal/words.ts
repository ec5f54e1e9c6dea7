/**
 * The dictionary of the journal: what repeats in most rows is named by a small number. Words are only added; a transaction that is
 * undone takes its words with it. One word stands behind thousands of rows: each is stored twice, on different pages, with a
 * checksum. A number is never given again, lest entries that named the lost word be read with another: where words are lost,
 * the next number is found among those that entries name (`passNamed`).
 */
import type { Database } from "better-sqlite3";
import type { ClockQuality, Measurement, Reading, Stamp, Value } from "../protocol/entry.ts";
import { type Label, labelOf, type Source, sourceOf } from "../protocol/plain-reading.ts";
import { stepKindOf, toSteps } from "../protocol/steps.ts";
import { JournalError } from "./faults.ts";
import { isCorrupt, sumOf } from "./seal.ts";

/** How a column of values is stored: whole numbers of that kind of step (protocol/steps.ts), else one of these. */
export const EXACT = 32;
export const TRUTH = 33;
export const TEXT = 34;

/** name, unit, kind. */
export type Column = readonly [string, string, number];

/** Measurements that appear together. */
export interface Shape {
  readonly id: number;
  readonly columns: readonly Column[];
  /** Made when first asked for (`labelsBy`). */
  labels?: readonly Label[] | undefined;
}

/** One device at one asset, read by one codec, with one shape. */
export interface Series {
  readonly id: number;
  readonly device: string;
  readonly placement: Pick<Reading, "asset" | "commune" | "codec">;
  readonly shape: Shape;
  /** Made when first asked for (`sourceBy`): a box knows thousands, and at its start needs none. */
  source?: Source | undefined;
}

/** A stretch of time: wall and monotonic clock keep their distance, and neither has gone far. */
export interface ClockSegment {
  readonly id: number;
  readonly boot: number;
  readonly clock: ClockQuality;
  readonly wall: number;
  /** wall − mono, ms. */
  readonly lead: number;
}

type Word = string | Shape | Series | ClockSegment;

/** A word as the dictionary's table keeps it, as JSON. */
type Stored =
  | { readonly text: string }
  | { readonly shape: readonly Column[] }
  | { readonly series: readonly [string, string | null, string | null, string | null, number] }
  | { readonly clock: readonly [number, ClockQuality, number, number] };

/** What a row's numbers stand for. */
export type Dictionary = Pick<Words, "textOf" | "shapeOf" | "seriesOf" | "clockOf">;

/** Foreign codecs may invent names without end: beyond these, rows carry their words themselves. */
const WORDS_MAX = 200_000;
const TABLES = ["journal_word", "journal_word_copy"] as const;
const LOST_BEFORE = "words lost before";
const SHAPES_ALIKE_MAX = 64;
const SERIES_PER_DEVICE_MAX = 256;
const NO_SERIES: readonly Series[] = [];

/** From its start, a drift of ±8 s fits two bytes and ±1.5 days fit four. */
export const LEAD_DRIFT_MAX_MS = 2 ** 13;
const SEGMENT_MAX_MS = 2 ** 27;

export function sourceBy(series: Series): Source {
  const { device, placement } = series;
  series.source ??= sourceOf(device, placement.asset, placement.commune, placement.codec);
  return series.source;
}

export function labelsBy(shape: Shape): readonly Label[] {
  shape.labels ??= shape.columns.map(([name, unit]) => labelOf(name, unit));
  return shape.labels;
}

/** Whether that kind of column keeps the value exactly. */
export function columnFits(kind: number, value: Value): boolean {
  if (typeof value === "boolean") return kind === TRUTH;
  if (typeof value === "string") return kind === TEXT && value.isWellFormed();
  if (kind < EXACT) return toSteps(value, kind) !== undefined;
  return kind === EXACT && stepKindOf(value) === undefined;
}

function isNamedAlike(columns: readonly Column[], measurements: readonly Measurement[]): boolean {
  if (columns.length !== measurements.length) return false;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    const measurement = measurements[index]!;
    if (column[0] !== measurement.name || column[1] !== measurement.unit) return false;
  }
  return true;
}

const isPlacedAlike = (one: Series["placement"], other: Series["placement"]): boolean =>
  one.asset === other.asset && one.commune === other.commune && one.codec === other.codec;

/** Whether the series is of this device, place, codec and these names; its shape may still not keep every value exactly. */
export const isNamedBy = ({ placement, shape }: Series, { asset, commune, codec, measurements }: Reading): boolean =>
  placement.asset === asset &&
  placement.commune === commune &&
  placement.codec === codec &&
  isNamedAlike(shape.columns, measurements);

/** Whether the shape keeps all of these exactly. */
function fits({ columns }: Shape, measurements: readonly Measurement[]): boolean {
  if (!isNamedAlike(columns, measurements)) return false;
  for (let index = 0; index < columns.length; index++) {
    if (!columnFits(columns[index]![2], measurements[index]!.value)) return false;
  }
  return true;
}

/** `known` is the finest kind seen so far, so that 25, 25.5 and 25.75 end up in one shape. */
function kindOf(value: Value, known: number): number {
  if (typeof value === "boolean") return TRUTH;
  if (typeof value === "string") return TEXT;
  const needed = stepKindOf(value);
  if (needed === undefined) return EXACT;
  const finest = Math.max(needed, known);
  return toSteps(value, finest) === undefined ? needed : finest;
}

const namesOf = (named: readonly (readonly [string, string])[]): string =>
  named.map(([name, unit]) => `${name}\u0000${unit}`).join("\u0001");

export class Words {
  private readonly db: Database;
  private readonly insert;
  private readonly insertCopy;
  private readonly byId: (Word | undefined)[] = [];
  private readonly texts = new Map<string, number>();
  private readonly shapesAlike = new Map<string, Shape[]>();
  private readonly seriesOfDevice = new Map<string, Series[]>();
  private segment: ClockSegment | undefined;
  /** Older measurements of one reading mostly have one shape. */
  private lastShape: Shape | undefined;
  private nextId = 1;
  /** Numbers whose words stand there and are whole in neither copy. */
  private lost: readonly number[];
  /** Where to go back to when the running transaction is undone. */
  private mark: { readonly nextId: number; readonly segment: ClockSegment | undefined } = {
    nextId: 1,
    segment: undefined,
  };

  constructor(db: Database) {
    this.db = db;
    // What stands there under a new number is damaged: it must not hold writing up.
    this.insert = db.prepare("INSERT OR REPLACE INTO journal_word (id, word, sum) VALUES (?, ?, ?)");
    this.insertCopy = db.prepare("INSERT OR REPLACE INTO journal_word_copy (id, word, sum) VALUES (?, ?, ?)");
    const { words, lost } = readBoth(db);
    this.lost = lost;
    for (const [id, word] of words) this.recall(id, word);
  }

  get areLost(): boolean {
    return this.lost.length > 0;
  }

  /** Of the next word. */
  get next(): number {
    return this.nextId;
  }

  /**
   * Entries name numbers up to this one. A word behind it, which none of them names, keeps that in mind: the next start would begin
   * after the last whole word again. Inside a transaction.
   */
  passNamed(named: number): void {
    if (named < this.nextId) return;
    this.nextId = named + 1;
    this.add({ text: `${LOST_BEFORE} ${this.nextId}` });
  }

  /** Takes off what is left of lost words. Inside a transaction. */
  forgetLost(): void {
    const { db } = this;
    for (const table of TABLES) {
      const remove = db.prepare<[number]>(`DELETE FROM ${table} WHERE id = ?`);
      for (const id of this.lost) if (this.byId[id] === undefined) remove.run(id);
    }
    this.lost = [];
  }

  /** A word whose parts are lost is lost with them; so are the rows that need it, one by one. */
  private recall(id: number, word: string): void {
    try {
      this.learn(id, JSON.parse(word) as Stored);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.nextId = id + 1;
    }
  }

  begin(): void {
    this.mark = { nextId: this.nextId, segment: this.segment };
  }

  undo(): void {
    for (let id = this.nextId - 1; id >= this.mark.nextId; id--) this.unlearn(id);
    this.nextId = this.mark.nextId;
    this.segment = this.mark.segment;
    this.lastShape = undefined;
  }

  /** Undefined when the dictionary is full, or the text would not come back from UTF-8. */
  text(text: string): number | undefined {
    const known = this.texts.get(text);
    if (known !== undefined || this.isFull() || !text.isWellFormed()) return known;
    this.add({ text });
    return this.nextId - 1;
  }

  /** The shape that keeps these measurements exactly; undefined when the dictionary is full. */
  shape(measurements: readonly Measurement[]): Shape | undefined {
    if (this.lastShape !== undefined && fits(this.lastShape, measurements)) return this.lastShape;
    this.lastShape = this.findShape(measurements);
    return this.lastShape;
  }

  private findShape(measurements: readonly Measurement[]): Shape | undefined {
    const alike = this.shapesAlike.get(namesOf(measurements.map(({ name, unit }) => [name, unit]))) ?? [];
    const known = alike.find((shape) => fits(shape, measurements));
    if (known !== undefined) return known;
    if (this.isFull() || alike.length >= SHAPES_ALIKE_MAX) return undefined;
    const columns = measurements.map(({ name, unit, value }, index): Column => {
      const kinds = alike.map((shape) => shape.columns[index]![2]).filter((kind) => kind < EXACT);
      return [name, unit, kindOf(value, Math.max(0, ...kinds))];
    });
    return this.add({ shape: columns }) as Shape;
  }

  /** All series of a device, in the order they were learnt. */
  seriesBy(device: string): readonly Series[] {
    return this.seriesOfDevice.get(device) ?? NO_SERIES;
  }

  /** Of texts that are well-formed; undefined when the dictionary is full. */
  newSeries(reading: Reading): Series | undefined {
    const { device, asset = null, commune = null, codec = null } = reading;
    const shape = this.shape(reading.measurements);
    const siblings = this.seriesOfDevice.get(device)?.length ?? 0;
    if (shape === undefined || this.isFull() || siblings >= SERIES_PER_DEVICE_MAX) return undefined;
    return this.add({ series: [device, asset, commune, codec, shape.id] }) as Series;
  }

  clock({ boot, clock, wall, mono }: Stamp): ClockSegment {
    const near = this.segment;
    const lead = wall - mono;
    const isNear =
      near !== undefined &&
      near.boot === boot &&
      near.clock === clock &&
      Math.abs(lead - near.lead) < LEAD_DRIFT_MAX_MS &&
      Math.abs(wall - near.wall) < SEGMENT_MAX_MS;
    return isNear ? near : (this.add({ clock: [boot, clock, wall, lead] }) as ClockSegment);
  }

  textOf(id: number): string {
    const word = this.byId[id];
    if (typeof word === "string") return word;
    throw new JournalError("damaged-entry", `word ${id} is no text`);
  }

  shapeOf(id: number): Shape {
    const word = this.byId[id];
    if (typeof word === "object" && "columns" in word) return word;
    throw new JournalError("damaged-entry", `word ${id} is no shape`);
  }

  seriesOf(id: number): Series {
    const word = this.byId[id];
    if (typeof word === "object" && "shape" in word) return word;
    throw new JournalError("damaged-entry", `word ${id} is no series`);
  }

  clockOf(id: number): ClockSegment {
    const word = this.byId[id];
    if (typeof word === "object" && "lead" in word) return word;
    throw new JournalError("damaged-entry", `word ${id} is no clock`);
  }

  /** All stretches of the clock, in the order of the rows that name them. */
  clocks(): ClockSegment[] {
    return this.byId.filter((word): word is ClockSegment => typeof word === "object" && "lead" in word);
  }

  private isFull(): boolean {
    return this.nextId > WORDS_MAX;
  }

  private add(stored: Stored): Word {
    const word = JSON.stringify(stored);
    const sum = sumOf(this.nextId, word);
    this.insert.run(this.nextId, word, sum);
    this.insertCopy.run(this.nextId, word, sum);
    return this.learn(this.nextId, stored);
  }

  private learn(id: number, stored: Stored): Word {
    const word = this.read(id, stored);
    this.nextId = id + 1;
    this.byId[id] = word;
    if (typeof word === "string") this.texts.set(word, id);
    else if ("columns" in word)
      append(this.shapesAlike, namesOf(word.columns.map(([name, unit]) => [name, unit])), word);
    else if ("shape" in word) append(this.seriesOfDevice, word.device, word);
    else this.segment = word;
    return word;
  }

  private read(id: number, stored: Stored): Word {
    if ("text" in stored) return stored.text;
    if ("shape" in stored) return { id, columns: stored.shape, labels: undefined };
    if ("clock" in stored) {
      const [boot, clock, wall, lead] = stored.clock;
      return { id, boot, clock, wall, lead };
    }
    const [device, asset, commune, codec, shape] = stored.series;
    const sibling = this.seriesOfDevice.get(device)?.at(-1);
    const placement = {
      ...(asset === null ? {} : { asset }),
      ...(commune === null ? {} : { commune }),
      ...(codec === null ? {} : { codec }),
    };
    const shaped = { id, shape: this.shapeOf(shape), source: undefined };
    // Texts and places of ten thousand devices: one for all series of each.
    if (sibling !== undefined && isPlacedAlike(sibling.placement, placement))
      return { ...shaped, device: sibling.device, placement: sibling.placement };
    return { ...shaped, device, placement };
  }

  /** The newest word: those learnt later are gone already. */
  private unlearn(id: number): void {
    const word = this.byId[id];
    if (typeof word === "string") this.texts.delete(word);
    else if (word !== undefined && "columns" in word) {
      this.shapesAlike.get(namesOf(word.columns.map(([name, unit]) => [name, unit])))?.pop();
    } else if (word !== undefined && "shape" in word) this.seriesOfDevice.get(word.device)?.pop();
    this.byId.length = id;
  }
}

/**
 * Every word that is whole in one of the two tables, in order; what only one of them has is written into the other. `lost`: numbers
 * that stand there and are whole in neither.
 */
function readBoth(db: Database): { readonly words: [number, string][]; readonly lost: number[] } {
  const found = new Map<number, string>();
  const bent = new Set<number>();
  const missing: (() => unknown)[] = [];
  let broken = 0;
  const whole = TABLES.map((table) => {
    const words = new Map<number, string>();
    const rows = db.prepare<[], { id: number; word: string; sum: number }>(`SELECT id, word, sum FROM ${table}`);
    try {
      for (const { id, word, sum } of rows.iterate())
        if (typeof word === "string" && sumOf(id, word) === sum) words.set(id, word);
        else bent.add(id);
    } catch (error) {
      // The copy has it; that the file is damaged shows at the next write at the latest. Where both are broken, rows that are whole
      // would be taken for lost ones: what reads page by page has to find their words first.
      if (!isCorrupt(error) || (++broken === TABLES.length && !db.readonly)) throw error;
    }
    return words;
  });
  whole.forEach((words, index) => {
    const other = whole[1 - index]!;
    const put = db.prepare(`INSERT OR REPLACE INTO ${TABLES[1 - index]} (id, word, sum) VALUES (?, ?, ?)`);
    for (const [id, word] of words) {
      found.set(id, word);
      if (!other.has(id)) missing.push(() => put.run(id, word, sumOf(id, word)));
    }
  });
  if (missing.length > 0 && !db.readonly) db.transaction(() => missing.forEach((write) => void write())).immediate();
  return { words: [...found].sort(([a], [b]) => a - b), lost: [...bent].filter((id) => !found.has(id)) };
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  // No longer than it must be: what is pushed to keeps room for many more.
  lists.set(key, (lists.get(key) ?? []).concat(item));
}
