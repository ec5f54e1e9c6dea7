/** Batches as a box would send them, with a true running hash. */

import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import { GENESIS, runChain } from "../../cloud-sync/protocol/chain.ts";
import type { BoxHealth, Entry, EntryBody, Reading, TakenOff } from "../../cloud-sync/protocol/entry.ts";
import { markOf } from "../../cloud-sync/protocol/taken-off.ts";

export const health: BoxHealth = {
  lastSeq: 0,
  oldestSeq: 1,
  journalBytes: 4096,
  freeBytes: 1e9,
  firstHop: { lossless: true, reasons: [] },
  brokerConnected: true,
  devices: 1,
  unregistered: 0,
  duplicates: 0,
  version: "0.1.0",
};

export const entryOf = (seq: number, body: EntryBody): Entry => ({
  seq,
  stamp: { wall: body.at, mono: seq * 10, boot: 1, clock: "confirmed" },
  body,
});

export const readingOf = (changes: Partial<Reading> = {}): Reading => ({
  kind: "reading",
  device: "24e124713b492281",
  asset: "container:88383:001",
  commune: "88383",
  codec: "milesight-em400@1",
  at: 1_760_000_000_123,
  receivedAt: 1_760_000_000_123,
  fCnt: 7,
  fPort: 85,
  frame: Uint8Array.from([1, 0x75, 0x5c]),
  radio: { rssi: -97, snr: 9.25, gateway: "7276ff002e062cf2", gateways: 2, dr: 5 },
  measurements: [
    { name: "battery.level", value: 92, unit: "%" },
    { name: "temperature", value: 25.7, unit: "Cel" },
    { name: "position.tilted", value: true, unit: "bool" },
    { name: "label", value: 'a "b" \\ {c},\n é', unit: "1" },
  ],
  history: [],
  notes: [],
  ...changes,
});

/** A box's journal in memory: what it appends, and batches of any run of it. */
export class Journal {
  readonly box: string;
  readonly epoch: number;
  readonly #entries: Entry[] = [];
  readonly #hashes: Uint8Array[] = [GENESIS];

  constructor(box: string, epoch = 1) {
    this.box = box;
    this.epoch = epoch;
  }

  append(...bodies: EntryBody[]): void {
    for (const body of bodies) {
      const entry = entryOf(this.#entries.length + 1, body);
      this.#entries.push(entry);
      this.#hashes.push(runChain(this.#hashes[this.#hashes.length - 1]!, [entry]));
    }
  }

  /** The same up to an entry, in another life. */
  copy(lastSeq = this.lastSeq): Journal {
    const copy = new Journal(this.box, this.epoch);
    copy.append(...this.#entries.slice(0, lastSeq).map(({ body }) => body));
    return copy;
  }

  /** As a box that took off all up to `last` says it. */
  takenOff(last: number): TakenOff {
    return {
      last,
      marks: new Uint8Array(new Uint16Array(this.#hashes.slice(1, last + 1).map(markOf)).buffer),
    };
  }

  bodies(): readonly EntryBody[] {
    return this.#entries.map(({ body }) => body);
  }

  get lastSeq(): number {
    return this.#entries.length;
  }

  /** Entries `first` to `last`; none: a heartbeat at the end. */
  batch(first = this.lastSeq + 1, last = this.lastSeq, changes: Partial<DecodedBatch> = {}): DecodedBatch {
    return {
      box: this.box,
      epoch: this.epoch,
      firstSeq: first,
      lastSeq: last,
      entries: this.#entries.slice(first - 1, last),
      gone: [],
      unusable: [],
      hashBefore: this.#hashes[first - 1]!,
      hashAfter: this.#hashes[last]!,
      sentAt: 1_760_000_100_000,
      health: { ...health, lastSeq: this.lastSeq },
      ...changes,
    };
  }
}
