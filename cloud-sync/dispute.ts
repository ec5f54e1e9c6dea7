/** A box in dispute with the region: it holds another history under this box's name, and a person decides there. */
import type { Journal } from "./journal/journal.ts";
import type { Incident } from "./push-verdict.ts";

/** What the region has to hear of. */
const SEEN_HERE: ReadonlySet<Incident["code"]> = new Set(["region-ahead", "another-history"]);

/** Whether the region is known to hold another history than this box's. */
export const isOfHistories = (code: Incident["code"]): boolean => code === "locked" || SEEN_HERE.has(code);

/** A refused box says so most times, and now and then asks whether the region's history is its own by now. */
const CLAIMS_PER_QUESTION = 3;

export interface Dispute {
  readonly is: boolean;
  /** True where it has only begun, and the region is to hear of it at once. */
  raised(code: Incident["code"]): boolean;
  end(): void;
  /** Whether it is time to ask without a claim: the region may have come back from a backup and hold this box's history since. */
  asks(): boolean;
}

export function createDispute(): Dispute {
  let is = false;
  let refusals = 1;
  return {
    get is() {
      return is;
    },
    raised(code) {
      // What is refused stays so, also where a hole keeps the region from comparing.
      if (code === "locked") refusals = is ? refusals + 1 : 1;
      const begins = !is && SEEN_HERE.has(code);
      if (begins) refusals = 1;
      is ||= isOfHistories(code);
      return begins;
    },
    end() {
      is = false;
    },
    asks() {
      if (!is || refusals % CLAIMS_PER_QUESTION !== 0) return false;
      refusals++;
      return true;
    },
  };
}

/** A batch of nothing; undefined where our own hash is not known. */
export function heartbeatAt(journal: Pick<Journal, "hashAt">, seq: number) {
  const hash = journal.hashAt(seq);
  if (hash === undefined) return undefined;
  return { firstSeq: seq + 1, lastSeq: seq, count: 0, gone: [], hashBefore: hash, hashAfter: hash };
}
