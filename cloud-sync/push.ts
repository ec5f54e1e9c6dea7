/**
 * Sends the journal to one destination, in order, and keeps its cursor. The cursor moves only to what the destination has said
 * is durable; whatever else happens, the entries stay in the journal and are sent again.
 */
import { createBackoff, spread } from "./backoff.ts";
import { createDispute, heartbeatAt, isOfHistories } from "./dispute.ts";
import { packLatest } from "./latest.ts";
import { BatchColumns, type GatheredBatch } from "./protocol/batch.ts";
import { packBody } from "./protocol/body.ts";
import type { Batch, Entry } from "./protocol/entry.ts";
import { PushLine } from "./push-line.ts";
import { isJournalTrouble, isMistake, messageOf, passes } from "./push-trouble.ts";
import { type Flight, type Incident, isOurs, judge, type Sent, type Verdict } from "./push-verdict.ts";
import {
  PUSH_SETTINGS,
  type Push,
  type PushEvent,
  type PushOptions,
  type PushSettings,
  type PushStatus,
} from "./push-words.ts";
import { createSleeper } from "./timers.ts";

export type { Incident, Push, PushEvent, PushOptions, PushSettings, PushStatus };

type Waker = "news" | "urgent" | "tell" | "resume" | "stop";

export const createPush = (options: PushOptions): Push => new JournalPush(options);

class JournalPush implements Push {
  readonly done: Promise<void>;
  private readonly options: PushOptions;
  private readonly settings: PushSettings;
  private readonly line: PushLine;
  private readonly sleeper;
  private readonly backoff;
  private readonly finished = Promise.withResolvers<void>();
  private readonly stopListening: () => void;
  private cursorSeq: number;
  /** Up to there the region named our own hash; since the start of this process. */
  private provenSeq: number;
  private urgent = false;
  private untold = false;
  private started = false;
  private stopping = false;
  private connected = false;
  private lastReplyAt: number | undefined;
  private lastError: PushStatus["lastError"];
  private incident: Incident | undefined;
  private stoppedForEpoch: number | undefined;
  private quarantined = 0;
  /** Since the line was up last. */
  private latestDue = true;
  /** By the last answer: then it may also want to know what it once had. */
  private isAskedAgain = false;
  private readonly dispute = createDispute();

  constructor(options: PushOptions) {
    const settings = { ...PUSH_SETTINGS, ...options.settings };
    const { backoffFirstMs: firstMs, backoffCeilingMs: ceilingMs } = settings;
    this.options = options;
    this.settings = settings;
    this.done = this.finished.promise;
    this.line = new PushLine(options, settings, () => this.connected);
    this.sleeper = createSleeper<Waker>(options.timers);
    this.backoff = createBackoff({ firstMs, ceilingMs }, options.random);
    this.cursorSeq = options.journal.cursor(options.destination).seq;
    this.provenSeq = this.cursorSeq;
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
    this.line.stop();
    this.sleeper.wake("stop");
    if (this.started) await this.done;
  }

  resume(): void {
    this.stoppedForEpoch = undefined;
    this.sleeper.wake("resume");
  }

  tell(): void {
    this.untold = true;
    this.sleeper.wake("tell");
  }

  status(): PushStatus {
    const { connected, lastReplyAt, lastError, incident, stoppedForEpoch, quarantined, cursorSeq, line } = this;
    const clockOffsetMs = line.clockOffsetMs();
    return {
      connected,
      ...(lastReplyAt === undefined ? {} : { lastReplyAt }),
      ...(lastError === undefined ? {} : { lastError }),
      ...(incident === undefined ? {} : { incident }),
      ...(stoppedForEpoch === undefined ? {} : { stoppedForEpoch }),
      durableSeq: cursorSeq,
      waiting: this.options.journal.lastSeq - cursorSeq,
      ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
      quarantined,
      sent: line.sent,
    };
  }

  private hear(entries: readonly Entry[]): void {
    this.sleeper.wake("news");
    if (!entries.some(({ body }) => body.kind === "alarm" || body.kind === "outcome")) return;
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
    const { gatherMs, heartbeatMs, stoppedPauseMs } = this.settings;
    while (!this.stopping) {
      if (this.stoppedForEpoch !== undefined) {
        await this.sleeper.sleep(stoppedPauseMs, ["resume", "stop"]);
        return;
      }
      const waiting = this.options.journal.lastSeq - this.cursorSeq;
      if (waiting > 0) {
        const gathers = !this.urgent && waiting < this.line.size.entries && gatherMs > 0;
        if (gathers) await this.sleeper.sleep(gatherMs, ["urgent", "stop"]);
        return;
      }
      const rest = this.line.lastSentAt + heartbeatMs - this.options.timers.mono();
      if (rest <= 0 || this.untold) return;
      await this.sleeper.sleep(rest, ["news", "tell", "resume", "stop"]);
    }
  }

  /**
   * Batches one after another, several of them under way, until what waits may still wait for company or something is in the way. Their
   * replies count in the order of sending; gives the pause after the last, ms.
   */
  private async step(): Promise<number> {
    const { journal, random } = this.options;
    const { incidentPauseMs } = this.settings;
    const burst = new AbortController();
    const flights: Flight[] = [];
    this.urgent = false;
    this.untold = false;
    try {
      if (this.dispute.asks() && !(await this.isOurs(burst.signal))) return spread(incidentPauseMs, random);
      if (this.latestDue && journal.lastSeq - this.cursorSeq >= this.settings.latestFrom) await this.sendLatest();
      let sentSeq = this.cursorSeq;
      // What waited when this began has had its time for company, the rest of a long past too.
      const waitedSeq = journal.lastSeq;
      const isDue = (afterSeq: number): boolean => afterSeq < waitedSeq || this.fillsBatch(afterSeq);
      do {
        while (flights.length < this.inFlightMax() && (flights.length === 0 || isDue(sentSeq))) {
          const flight = this.launch(sentSeq, burst.signal);
          flights.push(flight);
          sentSeq = flight.sent.lastSeq;
        }
        const { sent, reply } = flights[0]!;
        const answer = await reply;
        if (!answer.ok) return this.disconnect(answer.fault.message);
        flights.shift();
        this.connect();
        this.isAskedAgain = answer.value.status === 409;
        if (answer.value.status === 200 && answer.value.digest) this.report({ is: "digest-wanted" });
        const { cursorSeq, provenSeq } = this;
        const verdict = judge(answer.value, sent, { cursorSeq, provenSeq }, journal);
        const pauseMs = this.follow(verdict, sent.count);
        // Of what was sent not all was taken: what followed it cannot be either.
        if (verdict.do !== "advance" || this.cursorSeq < sent.lastSeq) return pauseMs;
        sentSeq = Math.max(sentSeq, this.cursorSeq);
      } while (!this.stopping && (flights.length > 0 || isDue(this.cursorSeq)));
      return 0;
    } catch (error) {
      if (isJournalTrouble(error)) {
        const pauseMs = this.raise({ code: "journal", message: messageOf(error) });
        return passes(error) ? this.backoff.next() : pauseMs;
      }
      if (this.stopping) return 0;
      if (isMistake(error)) throw error;
      this.line.size.lost();
      return this.disconnect(messageOf(error));
    } finally {
      burst.abort(new Error("given up"));
      this.keepShowable(flights.map(({ sent }) => sent));
    }
  }

  /** The region may have stored them: whatever is shed until it says so, this box can then show that they were its own. */
  private keepShowable(unanswered: readonly Sent[]): void {
    this.written(() =>
      this.options.journal.keepHashes(unanswered.map(({ lastSeq: seq, hashAfter: hash }) => ({ seq, hash }))),
    );
  }

  /** What helps where it could be written. */
  private written(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isJournalTrouble(error)) throw error;
    }
  }

  // One until the region is known to hold something of this epoch: it takes the first batch it sees of one for its beginning. And in a
  // dispute: back from a backup it may take those that follow, and nobody here would wait for its word.
  private inFlightMax(): number {
    const { journal, destination } = this.options;
    const { seq, epoch } = journal.cursor(destination);
    return seq > 0 && epoch === journal.epoch && !this.dispute.is ? this.settings.inFlightMax : 1;
  }

  private async isOurs(signal: AbortSignal): Promise<boolean> {
    const { journal } = this.options;
    const place = heartbeatAt(journal, this.cursorSeq);
    if (place === undefined) return false;
    const answer = await this.line.exchange(this.packed({ ...place, columns: new BatchColumns() }, false), 0, signal);
    if (!answer.ok || !isOurs(answer.value, journal)) return false;
    this.dispute.end();
    return true;
  }

  private fillsBatch(afterSeq: number): boolean {
    return this.options.journal.lastSeq - afterSeq >= this.line.size.entries;
  }

  /** A region that knows no such request, or is busy, gets the history alone. */
  private async sendLatest(): Promise<void> {
    const { path, body, count } = await packLatest(this.options, this.cursorSeq);
    await this.line.request(path, body, count);
    this.latestDue = false;
  }

  private launch(afterSeq: number, signal: AbortSignal): Flight {
    const limits = { entries: this.line.size.entries, bytes: this.settings.bytesMax };
    const { into: columns, ...run } = this.options.journal.readInto(afterSeq, limits, () => new BatchColumns());
    const { firstSeq, lastSeq, count, gone, hashAfter } = run;
    const reply = this.line.exchange(this.packed({ ...run, columns }), count, signal);
    // It may be given up before anybody waits for it.
    reply.catch(() => {});
    const { cursorSeq } = this;
    return { sent: { firstSeq, lastSeq, cursorSeq, count: count + gone.length, hashAfter }, reply };
  }

  private async packed(
    run: Omit<GatheredBatch, "box" | "epoch" | "sentAt" | "health">,
    disputes = this.dispute.is,
  ): Promise<Uint8Array> {
    const { box, health, timers, journal, claimant, pack = packBody } = this.options;
    const claim = {
      ...(disputes ? { disputed: true as const } : {}),
      ...(claimant === undefined ? {} : { claimant: claimant.number }),
      ...this.takenOffBelow(run.firstSeq),
    };
    return pack({ box, epoch: journal.epoch, sentAt: timers.wall(), health: health(), ...claim, ...run });
  }

  /** That something was taken off below what is sent; what that was, up to 128 KiB, for a region that asks. */
  private takenOffBelow(firstSeq: number): Pick<Batch, "takenOff"> {
    const { journal } = this.options;
    const last = journal.oldestSeq - 1;
    if (last < 1 || firstSeq > last + 1) return {};
    const takenOff = this.isAskedAgain ? journal.takenOff() : { last, marks: new Uint8Array() };
    return takenOff === undefined ? {} : { takenOff };
  }

  private follow(verdict: Verdict, sent: number): number {
    const { timers, random } = this.options;
    // A region that takes it again has forgotten that another box had taken its place.
    if (verdict.do !== "stop") this.stoppedForEpoch = undefined;
    switch (verdict.do) {
      case "advance":
        this.moveTo(verdict.to, verdict.hash);
        if (!verdict.unproved) this.provenSeq = this.cursorSeq;
        this.incident = undefined;
        this.dispute.end();
        this.written(() => this.options.claimant?.forget());
        this.backoff.reset();
        this.quarantined += verdict.quarantined.length;
        if (verdict.quarantined.length > 0) this.report({ is: "quarantined", seqs: verdict.quarantined });
        return 0;
      case "move":
        this.moveTo(verdict.to);
        return this.backoff.next();
      case "declare": {
        const { from, to } = verdict;
        this.report({ is: "forgotten", from, to });
        this.moveTo(verdict.move);
        return this.backoff.next();
      }
      case "split":
        if (this.line.size.tooLarge(sent)) return 0;
        return this.raise({
          code: "entry-too-large",
          message: `entry ${this.cursorSeq + 1} is too large for the region`,
        });
      case "wait":
        return spread(verdict.ms, random);
      case "back-off":
        this.lastError = { message: verdict.message, at: timers.wall() };
        return this.backoff.next();
      case "adopt":
        if (this.options.adopts === false) return this.stopFor(verdict.epoch);
        // It passes over what it has.
        this.backToProven();
        // Afterwards: the cursor stays one of the former epoch until the region holds something of this one.
        this.options.journal.adoptEpoch(verdict.epoch);
        this.dispute.end();
        this.report({ is: "adopted", epoch: verdict.epoch });
        return 0;
      case "stop":
        return this.stopFor(verdict.epoch);
      case "raise":
        return this.raise(verdict.incident);
    }
  }

  /** A region that names no hash has acknowledged by number alone what may be another history's. */
  private backToProven(): void {
    this.moveTo(this.options.journal.knownAt(Math.min(this.provenSeq, this.cursorSeq)));
  }

  private stopFor(epoch: number): number {
    if (this.stoppedForEpoch !== epoch) this.report({ is: "stopped", epoch });
    this.stoppedForEpoch = epoch;
    return 0;
  }

  private moveTo(seq: number, hash?: Uint8Array): void {
    if (seq < this.cursorSeq) this.report({ is: "rewound", from: this.cursorSeq, to: seq });
    if (seq === this.cursorSeq) return;
    this.cursorSeq = this.options.journal.moveCursor(this.options.destination, seq, hash).seq;
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
    this.latestDue = true;
    return this.backoff.next();
  }

  private raise(incident: Incident): number {
    const known = this.incident;
    // Else it would be taken off for want of room.
    if (isOfHistories(incident.code)) {
      this.backToProven();
      this.written(() => this.options.claimant?.keep());
    }
    if (known?.code !== incident.code || known.message !== incident.message) this.report({ is: "incident", incident });
    this.incident = incident;
    this.lastError = { message: incident.message, at: this.options.timers.wall() };
    return this.dispute.raised(incident.code) ? 0 : spread(this.settings.incidentPauseMs, this.options.random);
  }

  private report(event: PushEvent): void {
    this.options.report?.(event);
  }
}
