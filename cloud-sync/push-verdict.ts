/** What a reply means for the cursor. Pure but for looking up the journal's own hashes. */
import type { Journal } from "./journal/journal.ts";
import type { BatchReply } from "./protocol/entry.ts";
import type { Result } from "./protocol/faults.ts";

/** What a person has to decide or repair. */
export interface Incident {
  readonly code: "refused" | "locked" | "entry-too-large" | "region-ahead" | "another-history" | "journal";
  readonly message: string;
  /** What the region calls it, once it has told. */
  readonly number?: string;
}

export type Verdict =
  /** Durable up to there. */
  | {
      readonly do: "advance";
      readonly to: number;
      readonly quarantined: readonly number[];
      /** The region's, where a hole hides our own. */
      readonly hash?: Uint8Array;
      /** The region named no hash: it may speak of another history. */
      readonly unproved?: true;
    }
  /** The region asks for entries that were taken off because it had them: they are declared lost, the rest goes on. */
  | { readonly do: "declare"; readonly from: number; readonly to: number; readonly move: number }
  /** Send from elsewhere. */
  | { readonly do: "move"; readonly to: number }
  | { readonly do: "split" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "back-off"; readonly message: string }
  | { readonly do: "stop"; readonly epoch: number }
  /** A person has decided that this journal goes on in that epoch. */
  | { readonly do: "adopt"; readonly epoch: number }
  | { readonly do: "raise"; readonly incident: Incident };

/** What is remembered of a batch while its reply is awaited. */
export interface Sent {
  readonly firstSeq: number;
  /** Where the cursor stood. */
  readonly cursorSeq: number;
  /** firstSeq − 1 for a heartbeat. */
  readonly lastSeq: number;
  /** Entries and holes. */
  readonly count: number;
  readonly hashAfter: Uint8Array;
}

/** A batch under way. */
export interface Flight {
  readonly sent: Sent;
  readonly reply: Promise<Result<BatchReply>>;
}

type Past = Pick<Journal, "epoch" | "lastSeq" | "oldestSeq" | "hashAt" | "knownAt" | "leadsOn">;

const raise = (code: Incident["code"], message: string, number?: string): Verdict => ({
  do: "raise",
  incident: { code, message, ...(number === undefined ? {} : { number }) },
});

/** How far the destination is known to have come. */
export interface Progress {
  /** Where the cursor stands now; earlier replies may have moved it beyond what was sent. */
  readonly cursorSeq: number;
  /** The furthest it ever stood with our own hash named, as far as this process knows. */
  readonly provenSeq: number;
}

export function judge(reply: BatchReply, sent: Sent, known: Progress, journal: Past): Verdict {
  switch (reply.status) {
    case 200:
      return judgeDurable(reply, sent, known, journal);
    case 409:
      return judgeExpected(reply.expectedSeq, sent, known, journal);
    case 410:
      // Of our own epoch it says nothing new: whatever it answers is not what we sent.
      if (reply.epoch === journal.epoch)
        return { do: "back-off", message: "the region took a batch for another epoch's" };
      return { do: reply.adopt ? "adopt" : "stop", epoch: reply.epoch };
    case 413:
      return { do: "split" };
    case 422:
      return raise("refused", `the region cannot read a batch: ${reply.message}`);
    case 423:
      return raise("locked", `the region has closed this box off: ${reply.incident}`, reply.incident);
    case 429:
    case 503:
      return { do: "wait", ms: reply.retryAfterSeconds * 1000 };
  }
}

/** The region names our own hash, at a place we can compare. */
export function isOurs(reply: BatchReply, journal: Past): boolean {
  if (reply.status !== 200) return false;
  const { durableSeq, durableHash } = reply;
  if (durableHash === undefined || durableSeq > journal.lastSeq) return false;
  const own = journal.hashAt(durableSeq);
  return own !== undefined && Buffer.from(own).toString("hex") === durableHash;
}

function judgeDurable(
  reply: Extract<BatchReply, { status: 200 }>,
  sent: Sent,
  { cursorSeq, provenSeq }: Progress,
  journal: Past,
): Verdict {
  const { durableSeq, durableHash, quarantined } = reply;
  if (durableSeq > journal.lastSeq) return ahead(durableSeq, journal);
  if (durableHash !== undefined && (durableSeq >= journal.oldestSeq - 1 || durableSeq <= sent.lastSeq)) {
    const hash = durableSeq === sent.lastSeq ? sent.hashAfter : journal.hashAt(durableSeq);
    if (hash === undefined) {
      // What we would compare was shed before anybody confirmed it, or this disk never had it: it may be another history's.
      if (durableSeq > Math.max(cursorSeq, provenSeq)) return unshown(durableSeq);
      const theirs = new Uint8Array(Buffer.from(durableHash, "hex"));
      if (journal.leadsOn({ seq: durableSeq, hash: theirs }) === false) return another(durableSeq);
      // It was confirmed to us once, and is damaged or was taken off since. Only the region knows; it goes on from there.
      const verdict = progress(durableSeq, sent, cursorSeq, quarantined);
      if (verdict.do === "move") return { do: "move", to: journal.knownAt(verdict.to) };
      return verdict.do === "advance" ? { ...verdict, hash: theirs } : verdict;
    }
    if (Buffer.from(hash).toString("hex") !== durableHash) return another(durableSeq);
    // Proved to be our own history, even where this life never sent it.
    return progress(durableSeq, sent, cursorSeq, quarantined);
  }
  const verdict = progress(Math.min(durableSeq, sent.lastSeq), sent, cursorSeq, quarantined);
  return verdict.do === "advance" && durableHash === undefined ? { ...verdict, unproved: true } : verdict;
}

function progress(to: number, sent: Sent, cursorSeq: number, quarantined: readonly number[]): Verdict {
  const { count, lastSeq } = sent;
  // Several are under way, and the region may have taken them in an order of its own.
  if (count > 0 && lastSeq <= cursorSeq && to >= lastSeq) {
    return { do: "advance", to: Math.max(to, cursorSeq), quarantined };
  }
  if (to < cursorSeq) return { do: "move", to };
  if (to === cursorSeq && count > 0) return { do: "back-off", message: "the region stored nothing" };
  return { do: "advance", to, quarantined };
}

function judgeExpected(expectedSeq: number, sent: Sent, { cursorSeq }: Progress, journal: Past): Verdict {
  const to = expectedSeq - 1;
  if (to > journal.lastSeq) return ahead(to, journal);
  // It overtook what was sent before it: where the region stood since, the next reply says.
  if (to < cursorSeq && to >= sent.cursorSeq)
    return { do: "back-off", message: "a batch came before the one it follows" };
  // Sent again from before what is gone: the reply to that overlap names the region's hash, and it goes on from there.
  const gone = Math.min(journal.oldestSeq - 1, cursorSeq);
  if (to < gone) return { do: "declare", from: expectedSeq, to: gone, move: journal.knownAt(Math.max(0, to)) };
  if (to === cursorSeq) return { do: "back-off", message: "the region asks for what it was just sent" };
  // Sent again from where our hash is known: the reply to an overlap names the region's.
  return { do: "move", to: journal.knownAt(Math.max(0, to)) };
}

const another = (durableSeq: number): Verdict =>
  raise("another-history", `the region holds another entry ${durableSeq} of this box: a copied or restored disk`);

const unshown = (durableSeq: number): Verdict =>
  raise(
    "another-history",
    `the region holds entry ${durableSeq}, which this box has shed and was never told of: its own, or that of a copied or restored disk`,
  );

const ahead = (durableSeq: number, journal: Past): Verdict =>
  raise(
    "region-ahead",
    `the region holds entry ${durableSeq}, this journal ends at ${journal.lastSeq}: an older disk image was restored`,
  );
