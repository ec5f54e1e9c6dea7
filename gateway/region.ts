/** The box's line to the region: its journal up, commands down, both over one mutual TLS identity. */
import { createCommandFeed } from "../cloud-sync/command-feed.ts";
import { createComparer } from "../cloud-sync/compare.ts";
import type { HttpsTransport } from "../cloud-sync/https.ts";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { BoxHealth, CommandOrder, Gone } from "../cloud-sync/protocol/entry.ts";
import { createPush, type Incident, type PushOptions, type PushStatus } from "../cloud-sync/push.ts";
import type { Claimant } from "../cloud-sync/push-words.ts";
import { systemTimers, type Timers } from "../cloud-sync/timers.ts";
import type { BoxClock } from "./clock.ts";
import { REGION } from "./health.ts";
import { createHeapThrift } from "./heap-thrift.ts";
import type { Log } from "./words.ts";

/** What the line carries, and whom it tells. */
export interface RegionEnds {
  readonly journal: Journal;
  readonly health: () => BoxHealth;
  readonly claimant: Claimant;
  /** Last order made durable. */
  readonly cursor: () => number;
  /** Returns after the commit; a throw makes the order come again. */
  readonly deliver: (order: CommandOrder) => void;
  /** The region had acknowledged entries up to `from` and now expects those after `to` again. */
  readonly onRewound: (from: number, to: number) => void;
  /** It asks for these too, and they are gone here: they are lost. */
  readonly onForgotten: (from: number, to: number) => void;
}

/** What carries it, and what a driven world brings of its own. */
export interface RegionParts extends RegionEnds, Pick<PushOptions, "pack" | "settings"> {
  readonly box: string;
  readonly transport: Pick<HttpsTransport, "send" | "open" | "close">;
  readonly clock: Pick<BoxClock, "now" | "mono">;
  /** The machine's unless given. */
  readonly after?: Timers["after"];
  readonly random?: () => number;
  /** A mistake of the program is not survived: the process ends and is started again. */
  readonly failed?: (mistake: unknown) => void;
  readonly log: Log;
}

/** `replaced`: another box goes on in its place, by somebody's decision. */
export type Refusal = Incident["code"] | "replaced";

export interface Region {
  status(): {
    readonly connected: boolean;
    readonly lastReplyAt: number | undefined;
    readonly lastError: string | undefined;
    /** Why the region answers and nothing of this box is taken; a person has to act. */
    readonly refusal: Refusal | undefined;
    /** The number of its incident at the region. */
    readonly incident: string | undefined;
    readonly sent: PushStatus["sent"];
  };
  /** The region's clock minus ours, ms; undefined until it answered. */
  clockOffsetMs(): number | undefined;
  /** Something of the box's health has changed that people should know at once. */
  tell(): void;
  stop(): Promise<void>;
}

const WARNED: ReadonlySet<string> = new Set([
  "disconnected",
  "rewound",
  "forgotten",
  "quarantined",
  "incident",
  "stopped",
  "unreadable",
  "not-compared",
]);

const endProcess = (mistake: unknown): void =>
  queueMicrotask(() => {
    throw mistake;
  });

/** A region that cannot be reached is no error. */
export const connectRegion = (parts: RegionParts): Region => {
  const { box, journal, clock, log, transport } = parts;
  const { after = systemTimers.after, random = Math.random, failed = endProcess } = parts;
  const timers: Timers = { wall: clock.now, mono: clock.mono, after };
  const report = (line: string) => (event: { readonly is: string }) => {
    if (WARNED.has(event.is)) log.warn({ line, ...event }, "region");
    else log.info({ line, ...event }, "region");
  };
  const common = { box, timers, random };
  const thrift = createHeapThrift();
  const thrifty = (): void => thrift(journal.lastSeq - journal.cursor(REGION).seq);
  // The newest states are sought before the first batch goes.
  thrifty();
  let undeclared: Gone | undefined;
  /** A full disk may keep it from being declared; when the region asks again, a copy of this box may have filled some of the numbers. */
  const forgotten = ({ from, to }: Gone): void => {
    const asked = undeclared !== undefined && from <= undeclared.to ? Math.min(from, undeclared.from) : from;
    undeclared = { from: asked, to };
    parts.onForgotten(asked, to);
    undeclared = undefined;
  };
  const line = { journal, destination: REGION, health: parts.health };
  const comparer = createComparer({ ...common, ...line, transport: transport.send, report: report("comparison") });
  const push = createPush({
    ...common,
    ...line,
    claimant: parts.claimant,
    ...(parts.pack === undefined ? {} : { pack: parts.pack }),
    ...(parts.settings === undefined ? {} : { settings: parts.settings }),
    transport: (request, signal) => {
      thrifty();
      return transport.send(request, signal);
    },
    report: (event) => {
      if (event.is === "digest-wanted") return comparer.wanted();
      report("up")(event);
      if (event.is === "rewound") parts.onRewound(event.from, event.to);
      if (event.is === "forgotten") forgotten(event);
    },
  });
  const feed = createCommandFeed({
    ...common,
    open: transport.open,
    cursor: parts.cursor,
    deliver: parts.deliver,
    report: report("down"),
  });
  push.start();
  feed.start();
  push.done.catch(failed);
  return {
    status() {
      const { connected, lastReplyAt, lastError, incident, stoppedForEpoch, sent } = push.status();
      const refusal = stoppedForEpoch === undefined ? incident?.code : "replaced";
      const number = stoppedForEpoch === undefined ? incident?.number : undefined;
      return { connected, lastReplyAt, lastError: lastError?.message, refusal, incident: number, sent };
    },
    clockOffsetMs: () => push.status().clockOffsetMs,
    tell: () => push.tell(),
    async stop() {
      await Promise.all([push.stop(), feed.stop(), comparer.stop()]);
      transport.close();
    },
  };
};
