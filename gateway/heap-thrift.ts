/**
 * What V8 is told about the heap of a process that lives for months on a small box.
 *
 * Left alone it lets the heap double before it collects what is dead, and gives the room of new objects as much as a busy minute
 * wanted, for ever. Both are cheap in CPU and dear in memory; so each is left as it is while it pays, and no longer.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** So many entries that wait are a long past: a few batches. */
const PAST_ENTRIES = 20_000;
/** V8's own judgement. */
const USUAL = 0;
const SOON = 50;

/** Those who make much garbage just now. */
const wanting = new Set<object>();

/**
 * Sending a long past, or reading it at the start, makes so much garbage that the process would be 50 MB larger for it. Collecting sooner
 * costs every uplink a sixth more CPU, so it is done only meanwhile. To be told how many entries wait: with every batch.
 */
export const createHeapThrift = (setFlag: (flag: string) => void = setFlagsFromString): ((waiting: number) => void) => {
  const me = {};
  return (waiting) => {
    const wasWanted = wanting.size > 0;
    if (waiting > PAST_ENTRIES) wanting.add(me);
    else wanting.delete(me);
    const isWanted = wanting.size > 0;
    if (isWanted !== wasWanted) setFlag(`--heap-growing-percent=${isWanted ? SOON : USUAL}`);
  };
};

/** The room of new objects. */
export interface YoungHeap {
  bytes(): number;
  /** To several times what it is. */
  grow(): void;
  /** Collects all that is dead and gives the room back: stops the process for some 0.1 s. */
  giveBack(): void;
}

/** To 8 MB in each of the two halves: beyond that an uplink hardly gets cheaper. */
const GROWTH = 8;
/** More live objects than fit the room as it is, so that V8 finds it too small. */
const LIVE_OBJECTS = 12_000;

/** V8 takes the room for new objects from its flags once, at the start; later only what it finds too small grows, by this factor. */
export const keepYoungHeapSmall = (): void => setFlagsFromString("--semi-space-growth-factor=1");

/** Several threads that collect together take a sixth of the processor only to share the work out. */
const collectAlone = (): void => setFlagsFromString("--no-parallel-scavenge");

export const openYoungHeap = (): YoungHeap => {
  collectAlone();
  let collector: ((how: object) => void) | undefined;
  const collect = (how: object): void => {
    if (collector === undefined) {
      setFlagsFromString("--expose-gc");
      collector = runInNewContext("gc") as (how: object) => void;
    }
    collector({ execution: "sync", ...how });
  };
  return {
    bytes: () => getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")!.space_size,
    grow() {
      setFlagsFromString(`--semi-space-growth-factor=${GROWTH}`);
      const live = Array.from({ length: LIVE_OBJECTS }, (_, index) => [index, index, index]);
      collect({ type: "minor" });
      live.length = 0;
      keepYoungHeapSmall();
    },
    // Of V8's ways to collect, the one that shrinks it.
    giveBack: () => collect({ type: "major", flavor: "last-resort" }),
  };
};

const MB = 1024 * 1024;
/** What a start leaves is below. */
const GROWN_BYTES = 4 * MB;
/** Uplinks a second from which on the processor is what is scarce: a region of villages has fewer, a backlog of the broker's more. */
const BUSY_PER_SECOND = 100;
const CALM_PER_SECOND = 20;
const CALM_MS = 60_000;

/** Under load an uplink costs a fifth less CPU with more room for new objects; in the calm after it the room is given back. */
export const createHeapRoom = (heap: YoungHeap = openYoungHeap()): ((mono: number, readings: number) => void) => {
  let before: { readonly mono: number; readonly readings: number } | undefined;
  let calmSince: number | undefined;
  /** What the start took is given back too. */
  let isDue = true;
  return (mono, readings) => {
    calmSince ??= mono;
    const seconds = before === undefined ? 0 : (mono - before.mono) / 1_000;
    const perSecond = before === undefined || seconds <= 0 ? 0 : (readings - before.readings) / seconds;
    before = { mono, readings };
    if (perSecond >= CALM_PER_SECOND) calmSince = mono;
    if (perSecond >= BUSY_PER_SECOND && heap.bytes() < GROWN_BYTES) heap.grow();
    if (mono - calmSince < CALM_MS) return;
    calmSince = mono;
    if (!isDue && heap.bytes() < GROWN_BYTES) return;
    isDue = false;
    heap.giveBack();
  };
};
