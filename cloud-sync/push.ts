/**
 * Sends the journal to one destination, in order, and keeps its cursor. The cursor moves only to what the destination has said
 * is durable; whatever else happens, the entries stay in the journal and are sent again.
 */
import { createBackoff, spread } from "./backoff.ts";
import { createBatchSize } from "./batch-size.ts";
import { createClockOffset } from "./clock-offset.ts";
import { JournalError } from "./journal/faults.ts";
import type { Run } from "./journal/journal.ts";
import { BATCH_HEADERS, packBody } from "./protocol/body.ts";
import type { Batch, BatchReply, Entry } from "./protocol/entry.ts";
import type { Result } from "./protocol/faults.ts";
import { parseReply } from "./protocol/reply.ts";
import { type Incident, judge, type Verdict } from "./push-verdict.ts";
import {
  PUSH_SETTINGS,
  type Push,
  type PushEvent,
  type PushOptions,
  type PushSettings,
  type PushStatus,
} from "./push-words.ts";
import { createSleeper, untilAborted } from "./timers.ts";

export type { Incident, Push, PushEvent, PushOptions, PushSettings, PushStatus };

type Waker = "news" | "urgent" | "resume" | "stop";

/** Node fires longer timers at once. */
const FOREVER_MS = 2 ** 31 - 1;

const isUrgent = ({ body }: Entry): boolean => body.kind === "alarm" || body.kind === "outcome";
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
/** Trouble of disk and journal is of the world: it is reported and tried again. */
const isJournalTrouble = (error: unknown): boolean =>
  error instanceof JournalError ||
  (error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_"));
/** Errors that no transport makes. */
const isMistake = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;

export const createPush = (options: PushOptions): Push => new JournalPush(options);

class JournalPush implements Push {
  readonly done: Promise<void>;
  private readonly options: PushOptions;
  private readonly settings: PushSettings;
  private readonly path: string;
  private readonly sleeper;
  private readonly backoff;
  private readonly size;
  private readonly clockOffset = createClockOffset();
  private readonly finished = Promise.withResolvers<void>();
  private readonly cancel = new AbortController();
  private readonly stopListening: () => void;
  private cursorSeq: number;
  private urgent = false;
  private started = false;
  private stopping = false;
  private connected = false;
  private lastReplyAt: number | undefined;
  private lastError: PushStatus["lastError"];
  private incident: Incident | undefined;
  private stoppedForEpoch: number | undefined;
  private quarantined = 0;
  private lastSentAt = Number.NEGATIVE_INFINITY;

  constructor(options: PushOptions) {
    const settings = { ...PUSH_SETTINGS, ...options.settings };
    const { backoffFirstMs: firstMs, backoffCeilingMs: ceilingMs, entriesMax, slowMs } = settings;
    this.options = options;
    this.settings = settings;
    this.done = this.finished.promise;
    this.path = `/v1/boxes/${encodeURIComponent(options.box)}/batches`;
    this.sleeper = createSleeper<Waker>(options.timers);
    this.backoff = createBackoff({ firstMs, ceilingMs }, options.random);
    this.size = createBatchSize({ entriesMax, slowMs });
    this.cursorSeq = options.journal.cursor(options.destination).seq;
    this.stopListening = options.journal.onTail((entries) => this.hear(entries));
  }

  start(): void {
    if (this.started) throw new Error("push was started before");
    this.started = true;
    this.loop().then(this.finished.resolve, this.finished.reject);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.stopListening();
    this.cancel.abort(new Error("stopped"));
    this.sleeper.wake("stop");
    if (this.started) await this.done;
  }

  resume(): void {
    this.stoppedForEpoch = undefined;
    this.sleeper.wake("resume");
  }

  status(): PushStatus {
    const { connected, lastReplyAt, lastError, incident, stoppedForEpoch, quarantined, cursorSeq } = this;
    const offset = this.clockOffset.estimate();
    return {
      connected,
      ...(lastReplyAt === undefined ? {} : { lastReplyAt }),
      ...(lastError === undefined ? {} : { lastError }),
      ...(incident === undefined ? {} : { incident }),
      ...(stoppedForEpoch === undefined ? {} : { stoppedForEpoch }),
      durableSeq: cursorSeq,
      waiting: this.options.journal.lastSeq - cursorSeq,
      ...(offset === undefined ? {} : { clockOffsetMs: offset.offsetMs }),
      quarantined,
    };
  }

  private hear(entries: readonly Entry[]): void {
    this.sleeper.wake("news");
    if (!entries.some(isUrgent)) return;
    this.urgent = true;
    this.sleeper.wake("urgent");
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      await this.untilDue();
      if (this.stopping) return;
      const pauseMs = await this.step();
      if (pauseMs > 0 && !this.stopping) await this.sleeper.sleep(pauseMs, ["resume", "stop"]);
    }
  }

  /** Until there is something to send, and company for it, or a heartbeat is due. */
  private async untilDue(): Promise<void> {
    const { gatherMs, heartbeatMs } = this.settings;
    while (!this.stopping) {
      if (this.stoppedForEpoch !== undefined) {
        await this.sleeper.sleep(FOREVER_MS, ["resume", "stop"]);
        continue;
      }
      const waiting = this.options.journal.lastSeq - this.cursorSeq;
      if (waiting > 0) {
        const gathers = !this.urgent && waiting < this.size.entries && gatherMs > 0;
        if (gathers) await this.sleeper.sleep(gatherMs, ["urgent", "stop"]);
        return;
      }
      const rest = this.lastSentAt + heartbeatMs - this.options.timers.mono();
      if (rest <= 0) return;
      await this.sleeper.sleep(rest, ["news", "resume", "stop"]);
    }
  }

  /** One exchange; gives the pause after it, ms. */
  private async step(): Promise<number> {
    const { journal } = this.options;
    this.urgent = false;
    try {
      const run = journal.read(this.cursorSeq, { entries: this.size.entries, bytes: this.settings.bytesMax });
      const reply = await this.exchange(run);
      if (!reply.ok) return this.disconnect(reply.fault.message);
      this.connect();
      return this.follow(judge(reply.value, run, this.cursorSeq, journal), run.entries.length);
    } catch (error) {
      if (isJournalTrouble(error)) return this.raise({ code: "journal", message: messageOf(error) });
      if (this.stopping) return 0;
      if (isMistake(error)) throw error;
      this.size.lost();
      return this.disconnect(messageOf(error));
    }
  }

  private async exchange({ firstSeq, entries, hashBefore, hashAfter }: Run): Promise<Result<BatchReply>> {
    const { box, health, transport, timers, journal, pack = packBody } = this.options;
    const sentAt = timers.wall();
    const { epoch } = journal;
    const batch: Batch = { box, epoch, firstSeq, entries, hashBefore, hashAfter, sentAt, health: health() };
    const body = await pack(batch);
    const from = timers.mono();
    this.lastSentAt = from;
    const late = new AbortController();
    const forget = timers.after(this.settings.requestTimeoutMs, () => late.abort(new Error("no reply in time")));
    try {
      const signal = AbortSignal.any([this.cancel.signal, late.signal]);
      const request = { method: "POST", path: this.path, headers: BATCH_HEADERS, body } as const;
      const reply = await untilAborted(transport(request, signal), signal);
      const roundTripMs = timers.mono() - from;
      const parsed = parseReply(reply.status, reply.headers, reply.body);
      if (parsed.ok && "serverTime" in parsed.value) {
        this.clockOffset.add({ sentAt, roundTripMs, serverTime: parsed.value.serverTime });
      }
      if (parsed.ok && parsed.value.status === 200) this.size.answered(entries.length, roundTripMs);
      return parsed;
    } finally {
      forget();
    }
  }

  private follow(verdict: Verdict, sent: number): number {
    const { timers, random } = this.options;
    switch (verdict.do) {
      case "advance":
        this.moveTo(verdict.to);
        this.incident = undefined;
        this.backoff.reset();
        this.quarantined += verdict.quarantined.length;
        if (verdict.quarantined.length > 0) this.report({ is: "quarantined", seqs: verdict.quarantined });
        return 0;
      case "move":
        this.moveTo(verdict.to);
        return this.backoff.next();
      case "split":
        if (this.size.tooLarge(sent)) return 0;
        return this.raise({
          code: "entry-too-large",
          message: `entry ${this.cursorSeq + 1} is too large for the region`,
        });
      case "wait":
        return spread(verdict.ms, random);
      case "back-off":
        this.lastError = { message: verdict.message, at: timers.wall() };
        return this.backoff.next();
      case "stop":
        this.stoppedForEpoch = verdict.epoch;
        this.report({ is: "stopped", epoch: verdict.epoch });
        return 0;
      case "raise":
        return this.raise(verdict.incident);
    }
  }

  private moveTo(seq: number): void {
    if (seq < this.cursorSeq) this.report({ is: "rewound", from: this.cursorSeq, to: seq });
    if (seq === this.cursorSeq) return;
    this.cursorSeq = this.options.journal.moveCursor(this.options.destination, seq).seq;
  }

  private connect(): void {
    this.lastReplyAt = this.options.timers.wall();
    if (!this.connected) this.report({ is: "connected" });
    this.connected = true;
  }

  private disconnect(message: string): number {
    this.lastError = { message, at: this.options.timers.wall() };
    if (this.connected) this.report({ is: "disconnected", message });
    this.connected = false;
    return this.backoff.next();
  }

  private raise(incident: Incident): number {
    const known = this.incident;
    if (known?.code !== incident.code || known.message !== incident.message) this.report({ is: "incident", incident });
    this.incident = incident;
    this.lastError = { message: incident.message, at: this.options.timers.wall() };
    return spread(this.settings.incidentPauseMs, this.options.random);
  }

  private report(event: PushEvent): void {
    this.options.report?.(event);
  }
}
