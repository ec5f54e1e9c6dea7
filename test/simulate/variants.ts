/** Parts that are broken on purpose: the proof must see each of them, or it sees nothing. */
import type { Database } from "better-sqlite3";
import type { Journal } from "../../cloud-sync/journal/journal.ts";
import { admit } from "../../cloud-sync/protocol/admit.ts";
import type { Broker, Client, Line } from "./broker.ts";
import { type AtCommit, createMemoryStore, type MemoryStore } from "./memory-store.ts";

export interface Broken {
  /** The box's line to its broker. */
  readonly line: (broker: Broker, client: Client) => Line;
  /** The box's journal. */
  readonly journal: (journal: Journal, db: Database) => Journal;
  /** The region's store. */
  readonly store: (communes: readonly string[], atCommit: AtCommit) => MemoryStore;
}

export const SOUND: Broken = {
  line: (broker, client) => broker.connect(client),
  journal: (journal) => journal,
  store: (communes, atCommit) => createMemoryStore({ communes, atCommit }),
};

/** PUBACK as soon as a message is there, as most clients do by default. */
const acknowledgesBeforeCommit: Broken = {
  ...SOUND,
  line(broker, client) {
    const line = broker.connect({
      ...client,
      onDelivery(delivery) {
        client.onDelivery(delivery);
        line.acknowledge();
      },
    });
    return line;
  },
};

/** What was sent is thrown away before anybody said that it arrived. */
const deletesBeforeAcknowledged: Broken = {
  ...SOUND,
  journal: (journal, db) => deletingWhatIsRead(journal, db),
};

/** Also used on a real box (test/crash). The hash of what is gone stays as a checkpoint, so that everything else goes on. */
export function deletingWhatIsRead(journal: Journal, db: Database): Journal {
  const drop = db.prepare("DELETE FROM journal_entry WHERE seq <= ?");
  const keep = db.prepare("INSERT OR REPLACE INTO journal_checkpoint (seq, hash) VALUES (?, ?)");
  return new Proxy(journal, {
    get(target, name) {
      if (name === "read") {
        const read: Journal["read"] = (afterSeq, limits) => {
          const run = target.read(afterSeq, limits);
          if (run.entries.length > 0) {
            drop.run(run.lastSeq);
            keep.run(run.lastSeq, run.hashAfter);
          }
          return run;
        };
        return read;
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Data in one transaction, the cursor in the next. */
const cursorOutsideTheTransaction: Broken = {
  ...SOUND,
  store(communes, atCommit) {
    const store = createMemoryStore({
      communes,
      atCommit(commit) {
        const before = store.save();
        commit();
        const after = store.save();
        const halfway = new Map(after);
        for (const [box, held] of after) halfway.set(box, { ...held, cursor: before.get(box)?.cursor });
        store.restore(halfway);
        atCommit(() => store.restore(after));
      },
    });
    return store;
  },
};

/** Whoever speaks for a box is believed: no hash is compared. */
const forkCheckRemoved: Broken = {
  ...SOUND,
  store: (communes, atCommit) =>
    createMemoryStore({
      communes,
      atCommit,
      admission(cursor, batch, chosen) {
        const admission = admit(cursor, batch, chosen);
        if (admission.verdict !== "fork" || cursor === undefined) return admission;
        if (batch.lastSeq <= cursor.seq) return { verdict: "duplicate", cursor };
        const { epoch, lastSeq: seq, hashAfter: hash } = batch;
        return { verdict: "accept", from: cursor.seq + 1, cursor: { epoch, seq, hash } };
      },
    }),
};

/** What was sent again to an old image is believed to be something new. */
const repeatsTakenTwice: Broken = {
  ...SOUND,
  store: (communes, atCommit) => createMemoryStore({ communes, atCommit, repeats: () => new Set() }),
};

/** A history that a person chose goes on from where it says, whether or not the region holds that place. */
const chosenPlaceBelieved: Broken = {
  ...SOUND,
  store: (communes, atCommit) =>
    createMemoryStore({
      communes,
      atCommit,
      admission: (cursor, batch, chosen) => admit(cursor, batch, chosen && { ...chosen, isHeld: true }),
    }),
};

export const VARIANTS = {
  sound: SOUND,
  "acknowledges-before-commit": acknowledgesBeforeCommit,
  "cursor-outside-the-transaction": cursorOutsideTheTransaction,
  "deletes-before-acknowledged": deletesBeforeAcknowledged,
  "chosen-place-believed": chosenPlaceBelieved,
  "fork-check-removed": forkCheckRemoved,
  "repeats-taken-twice": repeatsTakenTwice,
} as const;
export type VariantName = keyof typeof VARIANTS;
