/**
 * Receives commands: one long Server-Sent Events request, begun again with jitter whenever it ends or falls silent. An order
 * counts only once the receiver has made it durable; what came twice is passed over by its cursor.
 *
 * Where a proxy holds back event streams, the region's long poll on the same path will serve; this client does not speak it yet.
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
}

export const COMMAND_FEED_SETTINGS: CommandFeedSettings = {
  silenceMs: 45_000,
  backoffFirstMs: 500,
  backoffCeilingMs: 30_000,
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
  /** An event that is no order: passed over. The region sees that nothing becomes of its command. */
  | { readonly is: "unreadable"; readonly id: string; readonly message: string };

export interface CommandFeedStatus {
  readonly connected: boolean;
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

  /** One line, from request to end; gives the pause before the next one, ms. */
  private async listen(): Promise<number> {
    const { options, settings } = this;
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
      const reply = await untilAborted(this.open(signal), signal);
      const refused = this.refusal(reply);
      if (refused !== undefined) return refused;
      this.connect();
      return await this.take(reply, signal, alive);
    } catch (error) {
      return this.disconnect(error instanceof Error ? error.message : String(error));
    } finally {
      forget();
    }
  }

  private open(signal: AbortSignal): Promise<StreamReply> {
    const { box, cursor, open } = this.options;
    this.delivered = cursor();
    const path = `/v1/boxes/${encodeURIComponent(box)}/commands`;
    const headers = { accept: "text/event-stream", "last-event-id": String(this.delivered) };
    return open({ method: "GET", path, headers }, signal);
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

  private async take({ chunks }: StreamReply, signal: AbortSignal, alive: () => void): Promise<number> {
    const parser = createEventStreamParser();
    const iterator = chunks[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await untilAborted(iterator.next(), signal);
        if (next.done === true) break;
        alive();
        this.backoff.reset();
        this.lastByteAt = this.options.timers.wall();
        for (const { event, data, id } of parser.feed(next.value)) {
          if (event === ORDER_EVENT) await this.deliver(data, id);
        }
        // Delivering may have taken longer than a silence: it was ours, not the line's.
        alive();
      }
    } finally {
      iterator.return?.()?.catch(() => {});
    }
    return Math.max(this.disconnect("the region ended the line"), parser.retryMs ?? 0);
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

  private connect(): void {
    this.lastByteAt = this.options.timers.wall();
    this.connected = true;
    this.options.report?.({ is: "connected" });
  }

  private disconnect(message: string): number {
    this.lastError = { message, at: this.options.timers.wall() };
    if (this.connected && !this.stopping) this.options.report?.({ is: "disconnected", message });
    this.connected = false;
    return this.backoff.next();
  }
}
