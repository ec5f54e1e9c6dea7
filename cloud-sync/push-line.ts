/** The way to a destination as a push uses it: one request, how long its answer is waited for, and what the answers tell of clock and speed. */
import { type BatchSize, createBatchSize } from "./batch-size.ts";
import { createClockOffset } from "./clock-offset.ts";
import { BATCH_HEADERS } from "./protocol/body.ts";
import type { BatchReply } from "./protocol/entry.ts";
import type { Result } from "./protocol/faults.ts";
import { parseReply } from "./protocol/reply.ts";
import type { PushOptions, PushSettings, PushStatus } from "./push-words.ts";
import { inTime } from "./timers.ts";
import type { TransportReply } from "./transport.ts";

/** A large batch on a poor line is given longer. */
const SLOWEST_BYTES_PER_MS = 4;

export class PushLine {
  /** How many entries the next batch takes. */
  readonly size: BatchSize;
  /** When a batch went last, by `mono`. */
  lastSentAt = Number.NEGATIVE_INFINITY;
  sent: PushStatus["sent"] = { batches: 0, entries: 0, bytes: 0 };
  private readonly options: PushOptions;
  private readonly settings: PushSettings;
  private readonly isUp: () => boolean;
  private readonly path: string;
  private readonly clockOffset = createClockOffset();
  private readonly cancel = new AbortController();

  constructor(options: PushOptions, settings: PushSettings, isUp: () => boolean) {
    this.options = options;
    this.settings = settings;
    this.isUp = isUp;
    this.path = `/v1/boxes/${encodeURIComponent(options.box)}/batches`;
    this.size = createBatchSize(settings);
  }

  /** The destination's clock less the box's, ms; undefined before it has said the time. */
  clockOffsetMs(): number | undefined {
    return this.clockOffset.estimate()?.offsetMs;
  }

  /** What a batch was made of is not held here while its answer is waited for. */
  async exchange(packed: Promise<Uint8Array>, count: number, givenUp: AbortSignal): Promise<Result<BatchReply>> {
    const { timers } = this.options;
    const body = await packed;
    const [from, sentAt] = [timers.mono(), timers.wall()];
    this.lastSentAt = from;
    const reply = await this.request(this.path, body, count, givenUp);
    const roundTripMs = timers.mono() - from;
    const parsed = parseReply(reply.status, reply.headers, reply.body);
    if (parsed.ok && "serverTime" in parsed.value) {
      this.clockOffset.add({ sentAt, roundTripMs, serverTime: parsed.value.serverTime });
    }
    if (parsed.ok && parsed.value.status === 200) this.size.answered(count, roundTripMs);
    return parsed;
  }

  async request(path: string, body: Uint8Array, entries: number, givenUp?: AbortSignal): Promise<TransportReply> {
    const { requestTimeoutMs, silenceMs } = this.settings;
    const cancelled = givenUp === undefined ? this.cancel.signal : AbortSignal.any([this.cancel.signal, givenUp]);
    // A line that was up may be dead without a word. One that is still to be made may wait at a region that all boxes come back to.
    const replyMs = this.isUp() ? requestTimeoutMs : silenceMs;
    const patienceMs = Math.min(silenceMs, replyMs + body.length / SLOWEST_BYTES_PER_MS);
    cancelled.throwIfAborted();
    const { sent } = this;
    this.sent = { batches: sent.batches + 1, entries: sent.entries + entries, bytes: sent.bytes + body.length };
    const request = { method: "POST", path, headers: BATCH_HEADERS, body } as const;
    return inTime(this.options.timers, patienceMs, cancelled, (signal) => this.options.transport(request, signal));
  }

  /** Nothing is waited for any more, nor sent. */
  stop(): void {
    this.cancel.abort(new Error("stopped"));
  }
}
