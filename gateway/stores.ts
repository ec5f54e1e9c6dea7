/** What the box keeps, in its one file, opened together. */
import { type JournalOptions, openJournal } from "../cloud-sync/journal/journal.ts";
import { openKeyStore } from "../device-registry/keys/index.ts";
import { openNetworkStore } from "../device-registry/network/store.ts";
import { openRegistry } from "../device-registry/store.ts";
import { keepSchema } from "./box-salvage.ts";
import { openBoxState } from "./box-state.ts";
import { type BoxStore, isDamage, openBoxStore } from "./box-store.ts";
import { type BoxClock, bootId } from "./clock.ts";
import { openCodecStore } from "./codec-store.ts";
import { openDuplicates } from "./duplicates.ts";
import { createFirstHop } from "./first-hop.ts";
import { openLedger } from "./ledger.ts";
import { openParked } from "./parked.ts";
import type { Log } from "./words.ts";

type Database = BoxStore["db"];

/** What both flows write. `settings` are the journal's, but for its clock. */
export const openFlowStores = (db: Database, clock: BoxClock, settings: Omit<JournalOptions, "clock"> = {}) => {
  const journal = openJournal(db, {
    ...settings,
    clock: { now: () => ({ wall: clock.now(), mono: clock.mono(), clock: clock.quality() }) },
  });
  const state = openBoxState(db);
  return {
    journal,
    state,
    registry: openRegistry(db),
    ledger: openLedger(db),
    duplicates: openDuplicates(db),
    parked: openParked(db),
    firstHop: createFirstHop(state, clock.now),
  };
};
export type FlowStores = ReturnType<typeof openFlowStores>;

const openStores = ({ db }: BoxStore, clock: BoxClock, folder: string) => {
  const boot = bootId();
  return {
    ...openFlowStores(db, clock, boot === undefined ? {} : { bootId: boot }),
    keys: openKeyStore(db, { folder }),
    networkStore: openNetworkStore(db),
    codecs: openCodecStore(db),
  };
};
export type Stores = ReturnType<typeof openStores>;

/** Opens the box's file; one that is damaged is built anew from what is readable, and what is lost is declared. */
export const openBox = (
  folder: string,
  clock: BoxClock,
  log: Log,
): { readonly store: BoxStore; readonly stores: Stores } => {
  let store = openBoxStore(folder);
  let stores: Stores;
  try {
    stores = openStores(store, clock, folder);
  } catch (error) {
    if (isDamage(error)) {
      log.error({ err: error }, "the box's file is damaged");
      store.markDamaged();
    }
    store.close();
    if (!isDamage(error)) throw error;
    store = openBoxStore(folder);
    stores = openStores(store, clock, folder);
  }
  if (store.salvaged !== undefined) {
    const lost = stores.journal.declareMissing();
    store.settled();
    log.warn({ ...store.salvaged, lost }, "the box's file was built anew from what is readable");
  }
  keepSchema(store.db, store.file);
  return { store, stores };
};

/** Declares what a file that was built anew lacks, before anything is written to it. */
export const declareSalvaged = (store: BoxStore, clock: BoxClock): void => {
  if (store.salvaged === undefined) return;
  const boot = bootId();
  openFlowStores(store.db, clock, boot === undefined ? {} : { bootId: boot }).journal.declareMissing();
  store.settled();
};

/** Read at start, to know when each device was heard last. */
const RECENT = { entries: 2_000, bytes: 4_000_000 };

/** The newest entries. */
export const recentEntries = ({ journal }: Pick<FlowStores, "journal">) =>
  journal.read(journal.knownAt(Math.max(0, journal.lastSeq - RECENT.entries)), RECENT).entries;
