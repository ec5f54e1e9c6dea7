/** What a push is made of, and what it says of itself. */
import type { Journal } from "./journal/journal.ts";
import type { GatheredBatch } from "./protocol/batch.ts";
import type { Batch, BoxHealth } from "./protocol/entry.ts";
import type { Incident } from "./push-verdict.ts";
import type { Timers } from "./timers.ts";
import type { Transport } from "./transport.ts";

export interface PushSettings {
  /** How long ordinary entries wait for company. */
  readonly gatherMs: number;
  /** An empty batch goes when nothing was sent for so long. */
  readonly heartbeatMs: number;
  /** While the line is up an answer is waited for so long, longer for a large batch, but never more than `silenceMs`. */
  readonly requestTimeoutMs: number;
  /** Without an answer for so long a line is dead. With a heartbeat and a request before it, found within 45 s. */
  readonly silenceMs: number;
  /** With so many entries waiting, the newest value of each quantity goes first. */
  readonly latestFrom: number;
  /** Batches under way at once. */
  readonly inFlightMax: number;
  readonly entriesMax: number;
  /** Of rows on disk; the message is of the same order. */
  readonly bytesMax: number;
  readonly backoffFirstMs: number;
  readonly backoffCeilingMs: number;
  /** Pause after an answer that a person has to look at. */
  readonly incidentPauseMs: number;
  /** Pause of a box in whose place another goes on: the region may come back from a time before that was decided. */
  readonly stoppedPauseMs: number;
  /** A batch that takes longer is followed by smaller ones. */
  readonly slowMs: number;
}

export const PUSH_SETTINGS: PushSettings = {
  gatherMs: 200,
  heartbeatMs: 20_000,
  requestTimeoutMs: 20_000,
  silenceMs: 45_000,
  latestFrom: 2_000,
  inFlightMax: 2,
  entriesMax: 12_000,
  bytesMax: 1024 * 1024,
  backoffFirstMs: 500,
  backoffCeilingMs: 30_000,
  incidentPauseMs: 60_000,
  stoppedPauseMs: 600_000,
  slowMs: 5_000,
};

/**
 * Who speaks, among all that come under one box's name with one certificate: a number that a copy of the disk does not share. It is
 * drawn when a process begins, and kept on the disk from the first refusal on until the region takes something again.
 */
export interface Claimant {
  /** 1 to 2^47. */
  readonly number: number;
  /** Before anything is sent after a refusal. Throws where the disk cannot be written. */
  keep(): void;
  /** The dispute is over: the next one has another number. Throws where the disk cannot be written. */
  forget(): void;
}

export interface PushOptions {
  readonly journal: Journal;
  /** Name of the cursor. */
  readonly destination: string;
  readonly box: string;
  readonly transport: Transport;
  readonly health: () => BoxHealth;
  readonly timers: Timers;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
  readonly settings?: Partial<PushSettings>;
  /** Absent: refused histories are told apart by where they leave the accepted one. */
  readonly claimant?: Claimant;
  /** Whether this destination may decide in which epoch the journal goes on; by default it may. */
  readonly adopts?: boolean;
  /** Off this thread by default; `packBodySync` for driven tests. */
  readonly pack?: (batch: Batch | GatheredBatch) => Promise<Uint8Array> | Uint8Array;
  /** For the log: every change of state, once. */
  readonly report?: (event: PushEvent) => void;
}

export type PushEvent =
  | { readonly is: "connected" }
  | { readonly is: "disconnected"; readonly message: string }
  | { readonly is: "rewound"; readonly from: number; readonly to: number }
  /** The region asks for entries it had, which were taken off since: they are lost, and the rest goes on. */
  | { readonly is: "forgotten"; readonly from: number; readonly to: number }
  | { readonly is: "quarantined"; readonly seqs: readonly number[] }
  | { readonly is: "incident"; readonly incident: Incident }
  | { readonly is: "stopped"; readonly epoch: number }
  /** The region wants to compare what both hold; told with every reply until that has been done. */
  | { readonly is: "digest-wanted" }
  /** A person at the region decided that this box goes on so. */
  | { readonly is: "adopted"; readonly epoch: number };

export interface PushStatus {
  /** The last exchange ended with an answer of the protocol. */
  readonly connected: boolean;
  /** Wall clock, ms. */
  readonly lastReplyAt?: number;
  readonly lastError?: { readonly message: string; readonly at: number };
  /** Stands until a batch is accepted again; sending is tried slowly meanwhile. */
  readonly incident?: Incident;
  /** The region wants another epoch; nothing is sent until `resume()`. */
  readonly stoppedForEpoch?: number;
  readonly durableSeq: number;
  readonly waiting: number;
  readonly clockOffsetMs?: number;
  readonly quarantined: number;
  /** What has gone out since the start, as bodies of requests: bytes packed, repetitions included. */
  readonly sent: { readonly batches: number; readonly entries: number; readonly bytes: number };
}

export interface Push {
  start(): void;
  /** Ends after the exchange in flight was given up; entries in it will be sent again. */
  stop(): Promise<void>;
  /** Tries at once: after a person's decision, or when the network is known to be back. */
  resume(): void;
  /** The box's health has changed in a way people should not wait for: a heartbeat goes now. */
  tell(): void;
  status(): PushStatus;
  /** Rejects on a mistake of the program; never because of network or region. */
  readonly done: Promise<void>;
}
