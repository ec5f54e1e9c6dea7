/**
 * The daily comparison, the box's side: tells the region what the journal holds, range by range, and sends again what the region
 * finds different or missing. One exchange after the other, beside the push; whatever fails is asked for again by the region.
 */
import { setImmediate } from "node:timers/promises";
import type { Journal } from "./journal/journal.ts";
import { BATCH_HEADERS, packBody } from "./protocol/body.ts";
import {
  type Digest,
  type DigestReply,
  parseDigestReply,
  printDigest,
  RANGES_MAX,
  rangesBetween,
} from "./protocol/digest.ts";
import type { Batch, BoxHealth, Gone } from "./protocol/entry.ts";
import { type Timers, untilAborted } from "./timers.ts";
import type { Transport, TransportReply } from "./transport.ts";

export interface CompareOptions {
  readonly journal: Pick<Journal, "cursor" | "digest" | "epoch" | "held" | "oldestSeq">;
  readonly destination: string;
  readonly box: string;
  readonly transport: Transport;
  readonly health: () => BoxHealth;
  readonly timers: Pick<Timers, "wall" | "after">;
  readonly pack?: (batch: Batch) => Promise<Uint8Array> | Uint8Array;
  readonly report?: (event: CompareEvent) => void;
  /** Lets other work pass between two ranges. */
  readonly turn?: () => Promise<unknown>;
}

export type CompareEvent =
  | { readonly is: "compared"; readonly ranges: number; readonly again: number }
  | { readonly is: "not-compared"; readonly message: string };

export interface Comparer {
  /** The region wants it; while one runs this changes nothing. */
  wanted(): void;
  /** Resolves when none runs any more. */
  stop(): Promise<void>;
}

/** A region that is busy hashing is waited for. */
const PATIENCE_MS = 120_000;
/** After a failure it is left alone for so long, however often the region asks. */
const REST_MS = 60_000;
const JSON_HEADERS = { "content-type": "application/json" } as const;

export const createComparer = (options: CompareOptions): Comparer => {
  const {
    journal,
    destination,
    box,
    transport,
    health,
    timers,
    pack = packBody,
    report,
    turn = setImmediate,
  } = options;
  const cancel = new AbortController();
  let running: Promise<void> | undefined;
  let wakeUp: (() => void) | undefined;

  const post = async (
    what: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
  ): Promise<TransportReply> => {
    const late = new AbortController();
    const forget = timers.after(PATIENCE_MS, () => late.abort(new Error("no reply in time")));
    try {
      const signal = AbortSignal.any([cancel.signal, late.signal]);
      signal.throwIfAborted();
      const path = `/v1/boxes/${encodeURIComponent(box)}/${what}`;
      return await untilAborted(transport({ method: "POST", path, headers, body }, signal), signal);
    } finally {
      forget();
    }
  };

  const tell = async (cut: readonly Gone[]): Promise<DigestReply> => {
    const ranges: Digest["ranges"][number][] = [];
    for (const { from, to } of cut) {
      ranges.push(journal.digest(from, to));
      await turn();
    }
    const digest = { epoch: journal.epoch, oldestSeq: journal.oldestSeq, ranges };
    const { status, body } = await post("digest", JSON_HEADERS, Buffer.from(printDigest(digest)));
    const reply = parseDigestReply(status, body);
    if (!reply.ok) throw new Error(reply.fault.message);
    return reply.value;
  };

  /** What is to be sent again; of the range in which the epoch begins at the region, what it can hold of it. */
  const differing = async (cut: readonly Gone[]): Promise<readonly Gone[]> => {
    const { again, begins = 0 } = await tell(cut);
    const first = cut.find(({ from, to }) => from < begins && begins <= to);
    return first === undefined ? again : [...again, ...(await tell([{ from: begins, to: first.to }])).again];
  };

  const sendAgain = async ({ from, to }: Gone): Promise<void> => {
    const run = journal.held(Math.max(from, journal.oldestSeq), to);
    const batch: Batch = { ...run, box, epoch: journal.epoch, sentAt: timers.wall(), health: health() };
    const { status } = await post("again", BATCH_HEADERS, await pack(batch));
    if (status !== 204) throw new Error(`status ${status}`);
  };

  const compare = async (): Promise<void> => {
    const cursor = journal.cursor(destination);
    const cut = cursor.epoch === journal.epoch ? rangesBetween(journal.oldestSeq, cursor.seq) : [];
    let again = 0;
    for (let at = 0; at === 0 || at < cut.length; at += RANGES_MAX) {
      for (const range of await differing(cut.slice(at, at + RANGES_MAX))) {
        for (const part of rangesBetween(range.from, Math.min(range.to, cursor.seq))) {
          await sendAgain(part);
          again += 1;
        }
      }
    }
    report?.({ is: "compared", ranges: cut.length, again });
  };

  return {
    wanted() {
      if (running !== undefined || wakeUp !== undefined || cancel.signal.aborted) return;
      running = compare()
        .catch((error: unknown) => {
          if (cancel.signal.aborted) return;
          wakeUp = timers.after(REST_MS, () => {
            wakeUp = undefined;
          });
          report?.({ is: "not-compared", message: error instanceof Error ? error.message : String(error) });
        })
        .finally(() => {
          running = undefined;
        });
    },
    async stop() {
      cancel.abort(new Error("stopped"));
      await running;
      wakeUp?.();
    },
  };
};
