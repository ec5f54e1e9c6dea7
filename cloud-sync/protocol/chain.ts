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
import type { Entry, Measurement, Reading, Stamp } from "./entry.ts";

export const HASH_BYTES = 32;
/** The running hash before the first entry of an epoch. */
export const GENESIS: Uint8Array = new Uint8Array(HASH_BYTES);

/** An entry, or one whose body could not be understood and is still the text it came as. */
export type ChainLink = Entry | { readonly seq: number; readonly stamp: Stamp; readonly text: string };

export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const scratch = new ByteWriter(4096);

interface Label {
  readonly unit: string;
  /** Name and unit as canonical bytes. */
  readonly bytes: Uint8Array;
}

/** Names are few and come with every reading. A foreign codec may invent them without end: then they are forgotten. */
const labels = new Map<string, Label>();
const LABELS_MAX = 1_024;

function writeLabel(name: string, unit: string): void {
  const known = labels.get(name);
  if (known?.unit === unit) {
    scratch.raw(known.bytes);
    return;
  }
  const from = scratch.length;
  scratch.text(name);
  scratch.text(unit);
  if (labels.size >= LABELS_MAX) labels.clear();
  labels.set(name, { unit, bytes: new Uint8Array(scratch.written(from)) });
}

function writeMeasurements(measurements: readonly Measurement[]): void {
  scratch.varint(measurements.length);
  for (const { name, unit, value } of measurements) {
    writeLabel(name, unit);
    if (typeof value === "number") {
      scratch.u8(0);
      scratch.f64(value);
    } else if (typeof value === "string") {
      scratch.u8(1);
      scratch.text(value);
    } else scratch.u8(value ? 3 : 2);
  }
}

function writeReading(reading: Reading): void {
  const { asset, commune, codec, radio } = reading;
  const extras = extrasToJson(reading);
  const presence =
    (asset === undefined ? 0 : 1) |
    (commune === undefined ? 0 : 2) |
    (codec === undefined ? 0 : 4) |
    (radio === undefined ? 0 : 8) |
    (extras === "" ? 0 : 16);
  scratch.u8(presence);
  scratch.text(reading.device);
  if (asset !== undefined) scratch.text(asset);
  if (commune !== undefined) scratch.text(commune);
  if (codec !== undefined) scratch.text(codec);
  scratch.f64(reading.at);
  scratch.f64(reading.receivedAt);
  scratch.f64(reading.fCnt);
  scratch.f64(reading.fPort);
  scratch.bytes(reading.frame);
  if (radio !== undefined) {
    scratch.f64(radio.rssi);
    scratch.f64(radio.snr);
    scratch.text(radio.gateway);
    scratch.f64(radio.gateways);
    scratch.f64(radio.dr);
  }
  writeMeasurements(reading.measurements);
  if (extras !== "") scratch.text(extras);
}

function writeLink(previous: string, link: ChainLink): void {
  const isReading = "body" in link && link.body.kind === "reading";
  scratch.length = 0;
  scratch.latin1(previous);
  scratch.u8(isReading ? 0 : 1);
  scratch.f64(link.seq);
  scratch.f64(link.stamp.wall);
  scratch.f64(link.stamp.mono);
  scratch.f64(link.stamp.boot);
  scratch.u8(link.stamp.clock === "confirmed" ? 1 : 0);
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

  step(link: ChainLink): void {
    writeLink(this.text, link);
    this.text = hash("sha256", scratch.written(), "binary");
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
