/**
 * Where messages wait for a codec that answers from another thread. Each device has a line: what came later from it, whatever it
 * is, goes behind. A message that still waits when a group is committed is parked in the same transaction, as it came, so that
 * its acknowledgement never waits for a codec, and neither do other devices.
 */
import type { Reading } from "../cloud-sync/protocol/entry.ts";
import type { Parked } from "./parked.ts";
import type { ChirpStackEvent, Delivery } from "./words.ts";

export interface Taken {
  readonly delivery: Delivery;
  readonly event: ChirpStackEvent;
  readonly reading: Reading | undefined;
  /** Where it is parked: the broker has its acknowledgement already. */
  readonly row?: number;
}

export interface WaitingRoomParts {
  readonly parked: Parked;
  /** Called in the order of each device's line. */
  readonly release: (one: Taken) => void;
  /** A message waits whose codec is slow: it is to be parked with the next group. */
  readonly nudge: () => void;
}

export interface WaitingRoom {
  /** Whether something of this device waits. */
  holds(devEui: string): boolean;
  /** Waits at the end of its device's line until `reading` is there; `reading` never rejects. */
  enter(one: Omit<Taken, "reading">, reading: Promise<Reading> | Reading | undefined): void;
  /** Inside the group's transaction: parks all that waits and is not parked yet. */
  park(): void;
  committed(): void;
  /** The transaction was undone and will be tried again. */
  undone(): void;
  /** The transaction was given up: the broker delivers again what was not parked before. */
  forgetUnparked(): void;
  readonly waiting: number;
  readonly unparked: number;
  /** Answers that come later find nobody; what is parked is found again at the next start. */
  stop(): void;
}

/** An answer usually comes within this: then a message is written once, as a reading. */
const PARK_AFTER_MS = 50;

interface Place {
  readonly one: Omit<Taken, "reading">;
  row: number | undefined;
  answer: { readonly reading: Reading | undefined } | undefined;
}

export const createWaitingRoom = ({ parked, release, nudge }: WaitingRoomParts): WaitingRoom => {
  const lines = new Map<string, Place[]>();
  const unparked = new Set<Place>();
  let rows: { readonly place: Place; readonly row: number }[] = [];
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const advance = (devEui: string): void => {
    const line = lines.get(devEui);
    if (line === undefined) return;
    let ready = 0;
    while (ready < line.length && line[ready]!.answer !== undefined) ready += 1;
    const released = line.splice(0, ready);
    waiting -= released.length;
    if (line.length === 0) lines.delete(devEui);
    for (const place of released) {
      unparked.delete(place);
      release({ ...place.one, ...place.answer!, ...(place.row === undefined ? {} : { row: place.row }) });
    }
  };

  const answered = (place: Place, reading: Reading | undefined): void => {
    if (stopped) return;
    place.answer = { reading };
    advance(place.one.event.devEui);
  };

  return {
    holds: (devEui) => lines.has(devEui),
    enter(one, reading) {
      const place: Place = { one, row: one.row, answer: undefined };
      const line = lines.get(one.event.devEui);
      if (line === undefined) lines.set(one.event.devEui, [place]);
      else line.push(place);
      waiting += 1;
      if (place.row === undefined) {
        unparked.add(place);
        timer ??= setTimeout(() => {
          timer = undefined;
          if (unparked.size > 0) nudge();
        }, PARK_AFTER_MS);
      }
      if (reading instanceof Promise) void reading.then((answer) => answered(place, answer));
      else answered(place, reading);
    },
    park() {
      for (const place of unparked) rows.push({ place, row: parked.put(place.one.delivery) });
    },
    committed() {
      for (const { place, row } of rows) {
        place.row = row;
        unparked.delete(place);
      }
      rows = [];
    },
    undone() {
      rows = [];
    },
    forgetUnparked() {
      rows = [];
      const touched = new Set<string>();
      for (const place of unparked) {
        const { devEui } = place.one.event;
        const line = lines.get(devEui)!;
        line.splice(line.indexOf(place), 1);
        if (line.length === 0) lines.delete(devEui);
        touched.add(devEui);
      }
      waiting -= unparked.size;
      unparked.clear();
      for (const devEui of touched) advance(devEui);
    },
    get waiting() {
      return waiting;
    },
    get unparked() {
      return unparked.size;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
