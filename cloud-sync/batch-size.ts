/** How many entries the next batch takes: more while the way is quick, fewer when it is slow, lossy or narrow. */
export interface BatchSize {
  readonly entries: number;
  answered(sent: number, roundTripMs: number): void;
  /** No answer came. */
  lost(): void;
  /** The region found the batch too large; false when it cannot be split. */
  tooLarge(sent: number): boolean;
}

const FIRST_ENTRIES = 500;
/** A ceiling learnt from a refusal rises by this share with each batch that passes: the large entry may be behind us. */
const CEILING_RISE = 0.02;

export function createBatchSize(settings: { readonly entriesMax: number; readonly slowMs: number }): BatchSize {
  const { entriesMax, slowMs } = settings;
  const atLeast = Math.min(FIRST_ENTRIES, entriesMax);
  let ceiling = entriesMax;
  let entries = atLeast;
  return {
    get entries() {
      return entries;
    },
    answered(sent, roundTripMs) {
      ceiling = Math.min(entriesMax, Math.ceil(ceiling * (1 + CEILING_RISE)));
      if (roundTripMs > slowMs) entries = Math.max(1, Math.floor(entries / 2));
      else if (sent >= entries) entries = Math.min(ceiling, entries * 2);
    },
    lost() {
      entries = Math.min(entries, Math.max(atLeast, Math.floor(entries / 2)));
    },
    tooLarge(sent) {
      if (sent <= 1) return false;
      ceiling = Math.floor(sent / 2);
      entries = ceiling;
      return true;
    },
  };
}
