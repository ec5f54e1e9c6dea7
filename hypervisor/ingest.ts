/** From the body of a request to its reply. What the reply says is committed. */
import type { Logger } from "pino";
import { isSound } from "../cloud-sync/protocol/admit.ts";
import { BATCH_LIMITS, type DecodedBatch } from "../cloud-sync/protocol/batch.ts";
import { type PackedBody, unpackBody } from "../cloud-sync/protocol/body.ts";
import type { BatchReply } from "../cloud-sync/protocol/entry.ts";
import type { Result } from "../cloud-sync/protocol/faults.ts";
import { HypervisorFault } from "./faults.ts";
import { createPlaces } from "./places.ts";
import { createSlots } from "./slots.ts";
import type { Caller } from "./store/senders.ts";
import type { Store } from "./store/store.ts";

export interface IngestParts {
  readonly store: Pick<Store, "acceptBatch" | "acceptLatest"> & Partial<Pick<Store, "lookThrough">>;
  readonly now: () => number;
  readonly log: Logger;
  /** Off this thread by default; `unpackBodySync` for driven tests. */
  readonly unpack?: (body: PackedBody) => Promise<Result<DecodedBatch>> | Result<DecodedBatch>;
  readonly timers?: IngestTimers;
}

/** Time as far as one batch waits for another; a driven test brings its own. */
export interface IngestTimers {
  /** ms, never stepped. */
  mono(): number;
  /** Calls back once; the returned function forgets it. */
  after(ms: number, then: () => void): () => void;
}

const systemTimers: IngestTimers = {
  mono: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

type Refusal =
  | Extract<BatchReply, { status: 413 | 422 }>
  | { readonly status: 503; readonly retryAfterSeconds: number };

const never = (): boolean => false;

const COME_BACK: Refusal = { status: 503, retryAfterSeconds: 5 };

/** 204: taken. Any other is no reason to come again: the history brings it too. */
export type LatestReply = { readonly status: 204 } | Refusal;

export interface Ingest {
  /**
   * @param box who sends it, proved by its certificate.
   * @param isGone asked when its turn has come: nothing is done for who waits no more.
   * @param from what the sender's connection shows; absent: carried here.
   * @throws HypervisorFault `box-unknown`, `box-name-mismatch`
   */
  receive(box: string, body: PackedBody, isGone?: () => boolean, from?: Caller): Promise<BatchReply>;
  /**
   * The newest value of each quantity, ahead of its history.
   * @throws HypervisorFault `box-unknown`, `box-name-mismatch`
   */
  receiveLatest(box: string, body: PackedBody, isGone?: () => boolean): Promise<LatestReply>;
  /** From now on asks boxes to come back, those that wait too; resolves when no batch is under way. */
  stop(): Promise<void>;
}

/** Batches worked on at once. Each may hold `BATCH_LIMITS.bytesMax` unpacked. */
const WORKED_ON_MAX = 64;
/**
 * When one has waited so long for its turn, who comes then is asked to come back instead: well below a box's patience of 20 s, after
 * which it would have waited for nothing.
 */
const WAIT_MAX_MS = 10_000;
/** Bodies held, as they came, of those that wait and those that are worked on. */
const HELD_BYTES_MAX = 128 * 1024 * 1024;
/** Of one box at once: it has two or three under way. Whoever has stolen one takes no more places than that. */
const OF_ONE_MAX = 8;
/** Several batches of a box are under way at once; one that overtook those before it waits so long for them. */
const GAP_PATIENCE_MS = 5_000;
/** Its predecessor may also arrive at another replica. */
const GAP_LOOK_MS = 250;

/** One batch of a box after another, and news for those that came too early. */
const createTurns = (timers: IngestTimers) => {
  const last = new Map<string, Promise<unknown>>();
  const early = new Map<string, Set<() => void>>();
  return {
    async inTurn<T>(box: string, work: () => Promise<T>): Promise<T> {
      const before = last.get(box);
      const mine = (before ?? Promise.resolve()).then(work);
      const settled = mine.catch(() => {});
      last.set(box, settled);
      try {
        return await mine;
      } finally {
        if (last.get(box) === settled) last.delete(box);
      }
    },
    /** Something of the box became durable: who came too early may look again. Who only looked wakes nobody. */
    moved(box: string): void {
      for (const wake of early.get(box) ?? []) wake();
    },
    /** Resolves when something of the box became durable, or after a moment. */
    nextOf: (box: string): Promise<void> =>
      new Promise((resolve) => {
        const waiting = early.get(box) ?? new Set();
        early.set(box, waiting);
        const wake = () => {
          forget();
          waiting.delete(wake);
          if (waiting.size === 0) early.delete(box);
          resolve();
        };
        const forget = timers.after(GAP_LOOK_MS, wake);
        waiting.add(wake);
      }),
  };
};

export const createIngest = ({ store, now, log, unpack = unpackBody, timers = systemTimers }: IngestParts): Ingest => {
  const underWay = new Set<Promise<unknown>>();
  const turns = createTurns(timers);
  const slots = createSlots(() => timers.mono());
  const places = createPlaces(WORKED_ON_MAX, () => timers.mono());
  let held = 0;
  const ofBox = new Map<string, number>();
  let stopping = false;

  const accept = async (batch: DecodedBatch, from: Caller | undefined): Promise<BatchReply> => {
    const { box, firstSeq } = batch;
    store.lookThrough?.(batch);
    const attempt = () => turns.inTurn(box, () => store.acceptBatch(batch, now(), from));
    const givenUpAt = timers.mono() + GAP_PATIENCE_MS;
    for (;;) {
      const reply = await attempt();
      if (reply.status === 200) turns.moved(box);
      const overtook = reply.status === 409 && reply.expectedSeq < firstSeq && !stopping;
      if (!overtook || timers.mono() > givenUpAt) return reply;
      await turns.nextOf(box);
    }
  };

  const read = async (box: string, body: PackedBody): Promise<DecodedBatch | Refusal> => {
    const unpacked = await unpack(body);
    if (!unpacked.ok) {
      const { code, message } = unpacked.fault;
      if (code === "too-large") return { status: 413, bytesMax: BATCH_LIMITS.bytesMax };
      return { status: 422, message: `${code}: ${message}` };
    }
    const batch = unpacked.value;
    if (batch.box !== box) throw new HypervisorFault("box-name-mismatch", { certificate: box, box: batch.box });
    return batch;
  };

  /** Nothing was committed when `work` fails; the box keeps the entries and comes back. */
  const stored = async <T>(batch: DecodedBatch, work: () => Promise<T>): Promise<T | Refusal> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof HypervisorFault) throw error;
      log.error({ err: error, box: batch.box, firstSeq: batch.firstSeq }, "batch not stored");
      return COME_BACK;
    }
  };

  const receive = async (box: string, body: PackedBody, from: Caller | undefined): Promise<BatchReply> => {
    const batch = await read(box, body);
    if ("status" in batch) return batch;
    if (!isSound(batch)) return { status: 422, message: "the entries do not lead from hashBefore to hashAfter" };
    return stored(batch, () => accept(batch, from));
  };

  const receiveLatest = async (box: string, body: PackedBody): Promise<LatestReply> => {
    const batch = await read(box, body);
    if ("status" in batch) return batch;
    return stored(batch, async () => {
      await store.acceptLatest(batch, now());
      return { status: 204 };
    });
  };

  /** To send a box away and have it back costs more than to let it wait. */
  const inTurn = async <Reply>(
    box: string,
    { body }: PackedBody,
    isGone: () => boolean,
    work: () => Promise<Reply>,
  ): Promise<Reply | Refusal> => {
    if (stopping) return COME_BACK;
    const others = ofBox.get(box) ?? 0;
    if (others >= OF_ONE_MAX) return COME_BACK;
    if (places.waitedMs() > WAIT_MAX_MS || held + body.length > HELD_BYTES_MAX)
      return { status: 503, retryAfterSeconds: slots.next() };
    held += body.length;
    ofBox.set(box, others + 1);
    const mine = places.take<Reply | Refusal>(async () => (stopping || isGone() ? COME_BACK : work()));
    const settled = mine.catch(() => {});
    underWay.add(settled);
    try {
      return await mine;
    } finally {
      held -= body.length;
      underWay.delete(settled);
      const left = (ofBox.get(box) ?? 1) - 1;
      if (left > 0) ofBox.set(box, left);
      else ofBox.delete(box);
    }
  };

  return {
    receive: (box, body, isGone = never, from = undefined) => inTurn(box, body, isGone, () => receive(box, body, from)),
    receiveLatest: (box, body, isGone = never) => inTurn(box, body, isGone, () => receiveLatest(box, body)),
    async stop() {
      stopping = true;
      await Promise.all(underWay);
    },
  };
};
