/**
 * Receives commands: one long Server-Sent Events request, begun again with jitter whenever it ends or falls silent. An order
 * counts only once the receiver has made it durable; what came twice is passed over by its cursor.
 *
 * Where a proxy holds event streams back, no byte of them comes. After two such lines it asks by long poll: the same request with
 * `?wait=SECONDS`, whose reply is the same text and ends with the first orders or after that time. Now and then it tries a stream again.
 */
import { createBackoff, spread } from "./backoff.ts";
import { createEventStreamParser } from "./event-stream.ts";
import type { CommandOrder } from "./protocol/entry.ts";
import { ORDER_EVENT, parseOrder } from "./protocol/orders.ts";
import { createSleeper, type Timers, untilAborted } from "./timers.ts";
import type { StreamReply, StreamTransport } from "./transport.ts";

export interface CommandFeedSettings {
  /** A line without a byte for so long is dead. */
  readonly silenceMs: number;
  readonly backoffFirstMs: number;
  readonly backoffCeilingMs: number;
  /** So many lines in a row without a byte, and it polls. */
  readonly muteLinesMax: number;
  readonly pollWaitSeconds: number;
  /** While it polls, a stream is tried again so often. */
  readonly streamAgainMs: number;
}

export const COMMAND_FEED_SETTINGS: CommandFeedSettings = {
  silenceMs: 45_000,
  backoffFirstMs: 500,
  backoffCeilingMs: 30_000,
  muteLinesMax: 2,
  pollWaitSeconds: 25,
  streamAgainMs: 3_600_000,
};

export interface CommandFeedOptions {
  readonly box: string;
  readonly open: StreamTransport;
  /** The last order that the receiver has made durable; 0 for none. Asked at each connection. */
  readonly cursor: () => number;
  /** Returns (or resolves) after its commit; when it throws, the order comes again later. */
  readonly deliver: (order: CommandOrder) => void | Promise<void>;
  readonly timers: Timers;
  readonly random: () => number;
  readonly settings?: Partial<CommandFeedSettings>;
  readonly report?: (event: CommandFeedEvent) => void;
}

export type CommandFeedEvent =
  | { readonly is: "connected" }
  | { readonly is: "disconnected"; readonly message: string }
  /** Something holds event streams back: from now on by long poll. */
  | { readonly is: "polling" }
  /** An event that is no order: passed over. The region sees that nothing becomes of its command. */
  | { readonly is: "unreadable"; readonly id: string; readonly message: string };

export interface CommandFeedStatus {
  readonly connected: boolean;
  /** By long poll, because event streams are held back. */
  readonly polling: boolean;
  /** Wall clock, ms: heartbeats count. */
  readonly lastByteAt?: number;
  readonly lastError?: { readonly message: string; readonly at: number };
}

export interface CommandFeed {
  start(): void;
  stop(): Promise<void>;
  status(): CommandFeedStatus;
}

export const createCommandFeed = (options: CommandFeedOptions): CommandFeed => new EventStreamFeed(options);

const RETRY_AFTER_SECONDS_MAX = 3600;

class EventStreamFeed implements CommandFeed {
  private readonly options: CommandFeedOptions;
  private readonly settings: CommandFeedSettings;
  private readonly sleeper;
  private readonly backoff;
  private readonly finished = Promise.withResolvers<void>();
  private readonly stopper = new AbortController();
  private started = false;
  private connected = false;
  /** This line was made. */
  private stands = false;
  /** A byte came on this line. */
  private heard = false;
  /** Lines in a row of which not a byte came. */
  private mute = 0;
  /** Since when it polls, monotonic ms. */
  private pollingSince: number | undefined;
  private lastByteAt: number | undefined;
  private lastError: CommandFeedStatus["lastError"];
  /** The last order that was delivered on this or an earlier line. */
  private delivered = 0;

  constructor(options: CommandFeedOptions) {
    this.options = options;
    this.settings = { ...COMMAND_FEED_SETTINGS, ...options.settings };
    const { backoffFirstMs: firstMs, backoffCeilingMs: ceilingMs } = this.settings;
    this.sleeper = createSleeper<"stop">(options.timers);
    this.backoff = createBackoff({ firstMs, ceilingMs }, options.random);
  }

  start(): void {
    if (this.started) throw new Error("the command feed was started before");
    this.started = true;
    this.loop().then(this.finished.resolve, this.finished.reject);
  }

  async stop(): Promise<void> {
    this.stopper.abort(new Error("stopped"));
    this.sleeper.wake("stop");
    if (this.started) await this.finished.promise;
  }

  status(): CommandFeedStatus {
    const { connected, lastByteAt, lastError } = this;
    return {
      connected,
      polling: this.pollingSince !== undefined,
      ...(lastByteAt === undefined ? {} : { lastByteAt }),
      ...(lastError === undefined ? {} : { lastError }),
    };
  }

  private get stopping(): boolean {
    return this.stopper.signal.aborted;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      const pauseMs = await this.listen();
      if (!this.stopping) await this.sleeper.sleep(pauseMs, ["stop"]);
    }
    this.connected = false;
  }

  private get polls(): boolean {
    const { pollingSince, options, settings } = this;
    return pollingSince !== undefined && options.timers.mono() - pollingSince < settings.streamAgainMs;
  }

  /** One line, from request to end; gives the pause before the next one, ms. */
  private async listen(): Promise<number> {
    const { options, settings } = this;
    const polls = this.polls;
    this.heard = false;
    this.stands = false;
    const silence = new AbortController();
    const signal = AbortSignal.any([this.stopper.signal, silence.signal]);
    let forget = () => {};
    const alive = () => {
      forget();
      forget = options.timers.after(settings.silenceMs, () =>
        silence.abort(new Error(`no byte for ${settings.silenceMs} ms`)),
      );
    };
    alive();
    try {
      const reply = await untilAborted(this.open(signal, polls), signal);
      const refused = this.refusal(reply);
      if (refused !== undefined) return refused;
      this.connect();
      const pauseMs = await this.take(reply, signal, alive, polls);
      return polls ? pauseMs : Math.max(this.disconnect("the region ended the line"), pauseMs);
    } catch (error) {
      if (silence.signal.aborted && this.stands && !this.heard && !polls) this.wasSilent();
      return this.disconnect(error instanceof Error ? error.message : String(error));
    } finally {
      forget();
    }
  }

  /**
   * Silence after the first byte is a broken line; silence from the beginning may be a proxy that waits for the end. A line that was never
   * made waits at a busy region, which polls would cost more than a stream.
   */
  private wasSilent(): void {
    this.mute += 1;
    if (this.mute < this.settings.muteLinesMax) return;
    if (this.pollingSince === undefined) this.options.report?.({ is: "polling" });
    this.pollingSince = this.options.timers.mono();
  }

  private open(signal: AbortSignal, polls: boolean): Promise<StreamReply> {
    const { box, cursor, open } = this.options;
    this.delivered = cursor();
    const query = polls ? `?wait=${this.settings.pollWaitSeconds}` : "";
    const path = `/v1/boxes/${encodeURIComponent(box)}/commands${query}`;
    const headers = { accept: "text/event-stream", "last-event-id": String(this.delivered) };
    return open({ method: "GET", path, headers }, signal, () => {
      this.stands = true;
    });
  }

  /** The pause when this is no event stream. */
  private refusal({ status, headers }: StreamReply): number | undefined {
    const type = headers["content-type"] ?? "";
    if (status === 200 && type.startsWith("text/event-stream")) return undefined;
    const pauseMs = this.disconnect(`status ${status}, content-type ${type}`);
    const asked = Number(headers["retry-after"]);
    if (!Number.isFinite(asked) || asked <= 0) return pauseMs;
    return spread(Math.min(asked, RETRY_AFTER_SECONDS_MAX) * 1000, this.options.random);
  }

  /** Gives the pause that the region asks for, ms. */
  private async take({ chunks }: StreamReply, signal: AbortSignal, alive: () => void, polls: boolean): Promise<number> {
    const parser = createEventStreamParser();
    const iterator = chunks[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await untilAborted(iterator.next(), signal);
        if (next.done === true) break;
        alive();
        this.backoff.reset();
        this.lastByteAt = this.options.timers.wall();
        this.heard = true;
        if (!polls) this.streams();
        for (const { event, data, id } of parser.feed(next.value)) {
          if (event === ORDER_EVENT) await this.deliver(data, id);
        }
        // Delivering may have taken longer than a silence: it was ours, not the line's.
        alive();
      }
    } finally {
      iterator.return?.()?.catch(() => {});
    }
    return parser.retryMs ?? 0;
  }

  private async deliver(data: string, id: string): Promise<void> {
    const order = parseOrder(data);
    if (!order.ok) {
      this.options.report?.({ is: "unreadable", id, message: order.fault.message });
      return;
    }
    if (order.value.cursor <= this.delivered) return;
    await this.options.deliver(order.value);
    this.delivered = order.value.cursor;
  }

  private streams(): void {
    this.mute = 0;
    this.pollingSince = undefined;
  }

  private connect(): void {
    this.lastByteAt = this.options.timers.wall();
    if (!this.connected) this.options.report?.({ is: "connected" });
    this.connected = true;
  }

  private disconnect(message: string): number {
    this.lastError = { message, at: this.options.timers.wall() };
    if (this.connected && !this.stopping) this.options.report?.({ is: "disconnected", message });
    this.connected = false;
    return this.backoff.next();
  }
}
