/** `Batch` ↔ the message of batch.proto, binary and canonical JSON. */
import { create, type DescMessage, fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import { bodyFromJson, bodyToJson } from "./body-json.ts";
import { ByteWriter } from "./bytes.ts";
import { GENESIS, HASH_BYTES } from "./chain.ts";
import type { Batch, Entry, EntryBody, Hole } from "./entry.ts";
import { EntryTable, type Other, type Unusable } from "./entry-table.ts";
import { type Result, refuse, WireError } from "./faults.ts";
import {
  type Batch as Message,
  BatchSchema as MessageSchema,
  type Readings,
  ReadingsSchema,
  type Stamps,
  StampsSchema,
} from "./generated/batch_pb.ts";
import { healthFromMessage, healthToMessage } from "./health.ts";
import { expectLength, wholeOf } from "./numbers.ts";
import { PlainReading, readingOf } from "./plain-reading.ts";
import type { ReadingTable } from "./reading-table.ts";
import { readReadings } from "./readings-read.ts";
import { ReadingColumns } from "./readings-write.ts";
import { readStamps, StampColumns } from "./stamps.ts";
import { createStringTable } from "./strings.ts";
import { takenOffFromMessage, takenOffToMessage } from "./taken-off.ts";
import { asMessage, type Columns, joined, partsOf, readColumns, type Stretch } from "./wire-read.ts";
import { writeBytes } from "./wire-write.ts";

/** The version written here; this side also reads the one before it. Version 2 knows holes. */
export const PROTOCOL = 2;
/** The oldest version whose readers understand what is written here without holes. */
export const PROTOCOL_MIN = 1;
const PROTOCOL_OF_HOLES = 2;
/** As a journal draws them and a region keeps them. */
export const EPOCH_MAX = 2 ** 31 - 1;
/** Number and length of two fields. */
const FIELD_HEADS_BYTES = 20;

export interface BatchLimits {
  /** Entries in one batch. */
  readonly entriesMax: number;
  /** Bytes of the message, after unpacking. */
  readonly bytesMax: number;
}

export const BATCH_LIMITS: BatchLimits = { entriesMax: 20_000, bytesMax: 4 * 1024 * 1024 };

export interface DecodedBatch extends Batch {
  /** The last number, of an entry or a hole; firstSeq − 1 for a batch with neither. */
  readonly lastSeq: number;
  readonly gone: readonly Hole[];
  /** In order of seq; these numbers are missing from `entries`. */
  readonly unusable: readonly Unusable[];
  /** The same entries as they came; absent where somebody else put them together. */
  readonly table?: EntryTable;
}

/** The entries of a batch as columns: none of them is needed any more once it was added. */
export class BatchColumns {
  private readonly table = createStringTable();
  private readonly stamps = new StampColumns();
  private readonly readings = new ReadingColumns(this.table);
  private readonly rowPosition: number[] = [];
  private readonly row: string[] = [];
  private previous = 0;

  get count(): number {
    return this.stamps.count;
  }

  /** In order of seq. */
  add(entry: Entry | PlainReading): void {
    if (entry instanceof PlainReading) this.addPlain(entry);
    else this.addEntry(entry);
  }

  private addEntry({ stamp, body }: Entry): void {
    const position = this.count;
    this.stamps.add(stamp);
    if (body.kind !== "reading" || !this.readings.add(position, stamp.wall, body)) this.addRow(position, body);
  }

  /**
   * A reading in parts, as a row of the journal holds it: texts are well-formed, and all numbers beside the values are
   * ordinary (ordinary.ts). Nothing of it is kept.
   */
  private addPlain(reading: PlainReading): void {
    const position = this.count;
    this.stamps.add(reading);
    if (!this.readings.addPlain(position, reading)) this.addRow(position, readingOf(reading));
  }

  private addRow(position: number, body: EntryBody): void {
    this.rowPosition.push(position - this.previous);
    this.row.push(bodyToJson(body));
    this.previous = position;
  }

  /** Nothing can be added any more. */
  write() {
    const readings = this.readings.write();
    const { count, rowPosition, row, table } = this;
    return { stamps: this.stamps.write(), readings, rest: { count, rowPosition, row, strings: table.strings } };
  }
}

/** A batch whose entries were made columns as they were read. */
export type GatheredBatch = Omit<Batch, "entries"> & { readonly columns: BatchColumns };

function columnsOf(entries: readonly Entry[]): BatchColumns {
  const columns = new BatchColumns();
  for (const entry of entries) columns.add(entry);
  return columns;
}

/** What of the message is no column of stamps or readings. */
function headOf(batch: Batch | GatheredBatch, rest: ReturnType<BatchColumns["write"]>["rest"]): Message {
  const holes = holesOf(batch);
  return create(MessageSchema, {
    protocol: PROTOCOL,
    protocolMin: holes.after.length > 0 ? PROTOCOL_OF_HOLES : PROTOCOL_MIN,
    box: batch.box,
    epoch: BigInt(batch.epoch),
    firstSeq: BigInt(batch.firstSeq),
    hashBefore: new Uint8Array(batch.hashBefore),
    hashAfter: new Uint8Array(batch.hashAfter),
    sentAt: BigInt(Math.round(batch.sentAt)),
    health: healthToMessage(batch.health),
    disputed: batch.disputed === true,
    claimant: BigInt(batch.claimant ?? 0),
    ...(batch.takenOff === undefined ? {} : { takenOff: takenOffToMessage(batch.takenOff) }),
    goneAfter: holes.after,
    goneCount: holes.count,
    goneHash: holes.hash,
    ...rest,
  });
}

/** Where the holes of a batch lie among its entries, and how long each is. */
function holesOf({ firstSeq, gone = [] }: Pick<Batch, "firstSeq" | "gone">) {
  const hash = gone.map(({ hashAfter }) => new Uint8Array(hashAfter ?? []));
  const after: number[] = [];
  const count: bigint[] = [];
  let before = 0;
  let holes = 0;
  for (const { from, to } of gone) {
    const entries = from - firstSeq - holes;
    after.push(entries - before);
    count.push(BigInt(to - from + 1));
    before = entries;
    holes += to - from + 1;
  }
  return { after, count, hash: hash.every(({ length }) => length === 0) ? [] : hash };
}

function readHoles(message: Message): { gone: Hole[]; lastSeq: number } {
  const { goneAfter, goneCount, goneHash, count, firstSeq } = message;
  expectLength(goneAfter.length, goneCount.length, "gone");
  if (goneHash.length > 0) expectLength(goneHash.length, goneCount.length, "gone");
  const gone: Hole[] = [];
  let next = wholeOf(firstSeq);
  let before = 0;
  goneAfter.forEach((difference, index) => {
    const length = wholeOf(goneCount[index]!);
    before += difference;
    if (length < 1 || before > count || (index > 0 && difference === 0)) {
      throw new WireError("inconsistent", "a hole without numbers, or beyond the entries");
    }
    const from = next + difference;
    const hash = goneHash[index] ?? new Uint8Array();
    gone.push({
      from,
      to: wholeOf(BigInt(from) + BigInt(length) - 1n),
      ...(hash.length === 0 ? {} : { hashAfter: readHash(hash) }),
    });
    next = from + length;
  });
  const lastSeq = next + (count - before) - 1;
  wholeOf(BigInt(lastSeq) + 1n);
  return { gone, lastSeq };
}

/** `batch.entries` and `batch.gone` together must be consecutive from `firstSeq`, with whole-numbered stamps. */
export function encodeBatch(batch: Batch | GatheredBatch): Uint8Array {
  const { stamps, readings, rest } = ("columns" in batch ? batch.columns : columnsOf(batch.entries)).write();
  const head = toBinary(MessageSchema, headOf(batch, rest));
  const out = new ByteWriter(head.length + stamps.length + (readings?.length ?? 0) + FIELD_HEADS_BYTES);
  // A reader takes fields in any order.
  out.raw(head);
  writeBytes(out, MessageSchema.field.stamps, stamps);
  if (readings !== undefined) writeBytes(out, MessageSchema.field.readings, readings);
  const { buffer, byteOffset, byteLength } = out.written();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The same message as canonical JSON of protobuf, for people: without what only a receiver reckons with. */
export const batchToJson = ({ takenOff: _, ...batch }: Batch): string =>
  toJsonString(MessageSchema, fromBinary(MessageSchema, encodeBatch(batch)));

/** A message whose columns stand beside it. */
interface Parsed {
  readonly head: Message;
  readonly stamps: Columns<Stamps> | undefined;
  readonly readings: Columns<Readings> | undefined;
}

/** Bytes of a peer, already unpacked. Never throws; work and memory are bounded by the limits. */
export function decodeBatch(bytes: Uint8Array, limits: BatchLimits = BATCH_LIMITS): Result<DecodedBatch> {
  if (bytes.length > limits.bytesMax) return refuse("too-large", `${bytes.length} bytes`);
  // A Buffer would hand out Buffers, whose slices keep the whole body alive.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decoded("not-protobuf", limits, () => parseBinary(plain));
}

/** Text of a peer. Never throws. */
export function batchFromJson(text: string, limits: BatchLimits = BATCH_LIMITS): Result<DecodedBatch> {
  if (text.length > limits.bytesMax) return refuse("too-large", `${text.length} characters`);
  return decoded("not-json", limits, () =>
    parseBinary(toBinary(MessageSchema, fromJsonString(MessageSchema, text, { ignoreUnknownFields: true }))),
  );
}

function parseBinary(bytes: Uint8Array): Parsed {
  const { stamps, readings } = MessageSchema.field;
  const columns = new Map<number, Stretch[]>([stamps, readings].map(({ number }) => [number, []]));
  const others: { from: number; to: number }[] = [];
  for (const part of partsOf(bytes)) {
    const own = columns.get(part.number);
    const last = others.at(-1);
    if (own !== undefined) own.push(asMessage(part));
    else if (last?.to === part.whole) last.to = part.to;
    else others.push({ from: part.whole, to: part.to });
  }
  const read = <D extends DescMessage>(schema: D, { number }: { readonly number: number }) => {
    const own = columns.get(number)!;
    return own.length === 0 ? undefined : readColumns(schema, joined(bytes, own));
  };
  return {
    head: fromBinary(MessageSchema, joined(bytes, others), { readUnknownFields: false }),
    stamps: read(StampsSchema, stamps),
    readings: read(ReadingsSchema, readings),
  };
}

function decoded(code: "not-protobuf" | "not-json", limits: BatchLimits, parse: () => Parsed): Result<DecodedBatch> {
  let parsed: Parsed;
  try {
    parsed = parse();
  } catch (error) {
    if (error instanceof WireError) return refuse(error.code, error.message);
    return refuse(code, error instanceof Error ? error.message : String(error));
  }
  try {
    return { ok: true, value: fromMessage(parsed, limits) };
  } catch (error) {
    if (error instanceof WireError) return refuse(error.code, error.message);
    throw error;
  }
}

function fromMessage({ head: message, stamps: times, readings: columns }: Parsed, limits: BatchLimits): DecodedBatch {
  if (message.protocol < 1 || message.protocolMin > PROTOCOL) {
    throw new WireError("wrong-version", `theirs ${message.protocolMin} to ${message.protocol}, ours ${PROTOCOL}`);
  }
  const { count } = message;
  if (count > limits.entriesMax) throw new WireError("too-large", `${count} entries`);
  const epoch = wholeOf(message.epoch);
  if (epoch > EPOCH_MAX) throw new WireError("inconsistent", "an epoch is a number of 31 bits");
  const firstSeq = wholeOf(message.firstSeq);
  if (firstSeq < 1) throw new WireError("inconsistent", "entries are counted from 1");
  const { gone, lastSeq } = readHoles(message);
  const stamps = readStamps(times, count);
  const readings = columns && readReadings(columns, message.strings, stamps.walls);
  const others = readOthers(message, readings, count);
  const batch = {
    box: message.box,
    epoch,
    firstSeq,
    lastSeq,
    gone,
    hashBefore: readHash(message.hashBefore),
    hashAfter: readHash(message.hashAfter),
    sentAt: wholeOf(message.sentAt),
    health: healthFromMessage(message.health),
    ...(message.disputed ? { disputed: true as const } : {}),
    ...(message.claimant === 0n ? {} : { claimant: wholeOf(message.claimant) }),
    ...(message.takenOff === undefined ? {} : { takenOff: takenOffFromMessage(message.takenOff) }),
  };
  return withEntries(batch, new EntryTable({ firstSeq, gone, stamps, readings, others }));
}

/** Each position must be taken once: by a reading or by another entry. */
function readOthers(message: Message, readings: ReadingTable | undefined, count: number): ReadonlyMap<number, Other> {
  const taken = new Uint8Array(count);
  let filled = 0;
  const take = (position: number): void => {
    if (taken[position] !== 0) {
      throw new WireError("inconsistent", `position ${position} is taken or beyond the batch`);
    }
    taken[position] = 1;
    filled++;
  };
  for (let index = 0; index < (readings?.count ?? 0); index++) take(readings!.columns.position[index]!);
  expectLength(message.rowPosition.length, message.row.length, "row");
  const others = new Map<number, Other>();
  let position = 0;
  message.row.forEach((text, index) => {
    position += message.rowPosition[index]!;
    take(position);
    const body = bodyFromJson(text);
    others.set(position, body === undefined ? { text } : { body });
  });
  expectLength(filled, count, "entries");
  return others;
}

/**
 * The batch with its entries as they are asked for. `table` is not enumerable: who makes another batch of this one, with other entries,
 * does not take it along.
 */
function withEntries(batch: Omit<DecodedBatch, "entries" | "unusable" | "table">, table: EntryTable): DecodedBatch {
  let entries: readonly Entry[] | undefined;
  const whole = {
    ...batch,
    get entries() {
      entries ??= table.entries();
      return entries;
    },
    unusable: table.unusable(),
  };
  return Object.defineProperty(whole, "table", { value: table });
}

/** A sender without a journal (a person with curl) may leave the hashes out. */
function readHash(hash: Uint8Array): Uint8Array {
  if (hash.length === 0) return GENESIS;
  expectLength(hash.length, HASH_BYTES, "hash");
  return hash.slice();
}
