/**
 * The hypervisor's store as far as a batch needs it, in memory: the product's own rule of admission, and one "transaction" whose
 * commit is a moment the schedule can aim at. memory-store.test.ts holds it to the same answers as the store on a database.
 */
import { admit, type Cursor } from "../../cloud-sync/protocol/admit.ts";
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { BatchReply, Entry } from "../../cloud-sync/protocol/entry.ts";
import { sortEntries } from "../../hypervisor/store/sorting.ts";

/** What the region holds of one box. */
export interface HeldBox {
  readonly cursor: Cursor | undefined;
  readonly entries: readonly Entry[];
  readonly incident: string | undefined;
  readonly forks: number;
}

/** Calls `commit` when the transaction would commit; what it throws undoes everything. */
export type AtCommit = (commit: () => void) => void;

export interface MemoryStore {
  acceptBatch(batch: DecodedBatch, arrivedAt: number): Promise<BatchReply>;
  /** What screens show before the history is there; it is no part of the history. */
  acceptLatest(batch: DecodedBatch, arrivedAt: number): Promise<void>;
  held(box: string): HeldBox;
  /** A backup, and coming back from it. */
  save(): ReadonlyMap<string, HeldBox>;
  restore(saved: ReadonlyMap<string, HeldBox>): void;
}

const EMPTY: HeldBox = { cursor: undefined, entries: [], incident: undefined, forks: 0 };

const durable = (cursor: Cursor, quarantined: readonly number[], serverTime: number): BatchReply => ({
  status: 200,
  durableSeq: cursor.seq,
  durableHash: Buffer.from(cursor.hash).toString("hex"),
  quarantined,
  serverTime,
});

export interface MemoryStoreOptions {
  readonly communes: readonly string[];
  readonly atCommit?: AtCommit;
  readonly admission?: typeof admit;
}

export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const { communes, atCommit = (commit) => commit(), admission: judge = admit } = options;
  let boxes = new Map<string, HeldBox>();
  const heldBy = (box: string): HeldBox => boxes.get(box) ?? EMPTY;

  return {
    async acceptBatch(batch, arrivedAt) {
      const held = heldBy(batch.box);
      const admission = judge(held.cursor, batch);
      switch (admission.verdict) {
        case "duplicate":
          return durable(admission.cursor, [], arrivedAt);
        case "gap":
          return { status: 409, expectedSeq: admission.expectedSeq, serverTime: arrivedAt };
        case "wrong-epoch":
          return { status: 410, epoch: admission.epoch };
        case "begin":
          throw new Error("nobody has decided on an epoch here");
        case "fork": {
          // One incident is one refused history: as far as it can be told apart by where it leaves the accepted one.
          const incident = `fork:${batch.epoch}:${batch.firstSeq}:${Buffer.from(batch.hashBefore).toString("hex")}`;
          boxes.set(batch.box, { ...held, incident, forks: held.forks + 1 });
          return { status: 423, incident };
        }
        case "accept": {
          const fresh = batch.entries.filter(({ seq }) => seq >= admission.from);
          const foreign = batch.unusable.filter(({ seq }) => seq >= admission.from);
          const { unusable } = sortEntries(fresh, communes);
          const { cursor } = admission;
          atCommit(() => boxes.set(batch.box, { ...held, cursor, entries: [...held.entries, ...fresh] }));
          const quarantined = [...foreign, ...unusable].map(({ seq }) => seq).sort((a, b) => a - b);
          return durable(cursor, quarantined, arrivedAt);
        }
      }
    },
    acceptLatest: async () => {},
    held: heldBy,
    save: () => new Map(boxes),
    restore(saved) {
      boxes = new Map(saved);
    },
  };
}
