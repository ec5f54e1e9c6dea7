/**
 * The running hash: h(n) = SHA-256(h(n−1) ‖ canonical bytes of entry n), h(0) = 32 zero bytes. Box and region compute it from
 * the entry alone, so a batch proves that it continues what was received, and two histories of one box cannot be mixed up.
 *
 * Canonical bytes (little-endian; f64 = 8 bytes; text = varint length in bytes + UTF-8, bytes likewise):
 *   kind u8 (0 reading, 1 any other) · seq f64 · wall f64 · mono f64 · boot f64 · clock u8 (1 confirmed), then
 *   reading: presence u8 (1 asset, 2 commune, 4 codec, 8 radio, 16 extras) · device text · [asset][commune][codec text] ·
 *     at f64 · receivedAt f64 · fCnt f64 · fPort f64 · frame bytes · [rssi f64 · snr f64 · gateway text · gateways f64 · dr f64] ·
 *     measurement count varint · each: name text · unit text · type u8 (0 number, 1 text, 2 false, 3 true) · [f64 or text] ·
 *     [extras: JSON text of notes, history, fault]
 *   other: the JSON text of the body.
 * A disk in the field holds hashes made by this: it may be followed by a second version, never be changed.
 */
import { hash } from "node:crypto";
import { bodyToJson, extrasToJson } from "./body-json.ts";
import { ByteWriter } from "./bytes.ts";
import type { Entry, Radio, Reading, Stamp, Value } from "./entry.ts";
import { type Label, labelOf, PlainReading, PRESENT, presenceOf } from "./plain-reading.ts";
import { stencilOf, VALUE_TYPE } from "./stencil.ts";

export const HASH_BYTES = 32;
/** The running hash before the first entry of an epoch. */
export const GENESIS: Uint8Array = new Uint8Array(HASH_BYTES);

/** An entry, or one whose body could not be understood and is still the text it came as. */
export type ChainLink = Entry | { readonly seq: number; readonly stamp: Stamp; readonly text: string };

export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const READING = 0;
const OTHER = 1;

const scratch = new ByteWriter(4096);

/** Names are few and come with every reading. A foreign codec may invent them without end: then they are forgotten. */
const labels = new Map<string, Label>();
const LABELS_MAX = 1_024;

function labelFor(name: string, unit: string): Label {
  const known = labels.get(name);
  if (known?.unit === unit) return known;
  if (labels.size >= LABELS_MAX) labels.clear();
  const label = labelOf(name, unit);
  labels.set(name, label);
  return label;
}

function writeMeasurement(label: Label, value: Value): void {
  scratch.raw(label.bytes);
  if (typeof value === "number") {
    scratch.u8(VALUE_TYPE.number);
    scratch.f64(value);
  } else if (typeof value === "string") {
    scratch.u8(VALUE_TYPE.text);
    scratch.text(value);
  } else scratch.u8(value ? VALUE_TYPE.yes : VALUE_TYPE.no);
}

function writeHead(kind: number, seq: number, { wall, mono, boot, clock }: Stamp): void {
  scratch.u8(kind);
  scratch.f64(seq);
  scratch.f64(wall);
  scratch.f64(mono);
  scratch.f64(boot);
  scratch.u8(clock === "confirmed" ? 1 : 0);
}

type Counters = Pick<Reading, "at" | "receivedAt" | "fCnt" | "fPort">;

function writeCounters({ at, receivedAt, fCnt, fPort }: Counters): void {
  scratch.f64(at);
  scratch.f64(receivedAt);
  scratch.f64(fCnt);
  scratch.f64(fPort);
}

function writeRadio({ rssi, snr, gateway, gateways, dr }: Radio): void {
  scratch.f64(rssi);
  scratch.f64(snr);
  scratch.text(gateway);
  scratch.f64(gateways);
  scratch.f64(dr);
}

function writeReading(reading: Reading): void {
  const { device, asset, commune, codec, radio, measurements } = reading;
  const extras = extrasToJson(reading);
  scratch.u8(
    presenceOf(asset, commune, codec) |
      (radio === undefined ? 0 : PRESENT.radio) |
      (extras === "" ? 0 : PRESENT.extras),
  );
  scratch.text(device);
  if (asset !== undefined) scratch.text(asset);
  if (commune !== undefined) scratch.text(commune);
  if (codec !== undefined) scratch.text(codec);
  writeCounters(reading);
  scratch.bytes(reading.frame);
  if (radio !== undefined) writeRadio(radio);
  scratch.varint(measurements.length);
  for (const { name, unit, value } of measurements) writeMeasurement(labelFor(name, unit), value);
  if (extras !== "") scratch.text(extras);
}

function writePlain(reading: PlainReading): void {
  const { source, isHeard, labels, values, frames, frameFrom, frameTo } = reading;
  writeHead(READING, reading.seq, reading);
  scratch.u8(source.presence | (isHeard ? PRESENT.radio : 0));
  scratch.raw(source.bytes);
  writeCounters(reading);
  scratch.varint(frameTo - frameFrom);
  scratch.slice(frames, frameFrom, frameTo);
  if (isHeard) writeRadio(reading);
  if (stencilOf(labels, values)?.write(scratch, values) === true) return;
  scratch.varint(labels.length);
  for (let index = 0; index < labels.length; index++) writeMeasurement(labels[index]!, values[index]!);
}

function writeLink(link: ChainLink): void {
  const isReading = "body" in link && link.body.kind === "reading";
  writeHead(isReading ? READING : OTHER, link.seq, link.stamp);
  if ("text" in link) scratch.text(link.text);
  else if (link.body.kind === "reading") writeReading(link.body);
  else scratch.text(bodyToJson(link.body));
}

/** A running hash that follows entry after entry. */
export class RunningHash {
  /** Bytes as a latin-1 text: a digest comes so several times as fast as in a Buffer. */
  private text: string;

  constructor(hash: Uint8Array) {
    this.text = Buffer.from(hash).toString("latin1");
  }

  step(link: ChainLink | PlainReading): void {
    scratch.length = 0;
    scratch.latin1(this.text);
    if (link instanceof PlainReading) writePlain(link);
    else writeLink(link);
    this.text = hash("sha256", scratch.written(), "binary");
  }

  /** Its first two bytes, little-endian: quicker than all of it. */
  get start(): number {
    return this.text.charCodeAt(0) | (this.text.charCodeAt(1) << 8);
  }

  get hash(): Uint8Array {
    return new Uint8Array(Buffer.from(this.text, "latin1"));
  }
}

/** The running hash after all of `links`, which follow each other; `previous` is the one before them. */
export function runChain(previous: Uint8Array, links: Iterable<ChainLink>): Uint8Array {
  const running = new RunningHash(previous);
  for (const link of links) running.step(link);
  return running.hash;
}

export const chainStep = (previous: Uint8Array, link: ChainLink): Uint8Array => runChain(previous, [link]);
