/** What the box keeps, in its one file, opened together. */
import { JournalError } from "../cloud-sync/journal/faults.ts";
import { type JournalOptions, openJournal } from "../cloud-sync/journal/journal.ts";
import { openKeyStore } from "../device-registry/keys/index.ts";
import { openNetworkStore } from "../device-registry/network/store.ts";
import { openRegistry } from "../device-registry/store.ts";
import { keepHead, keepSchema, keptHead } from "./box-salvage.ts";
import { openBoxState } from "./box-state.ts";
import { type BoxStore, isDamage, openBoxStore, openBoxStoreToRead } from "./box-store.ts";
import { type BoxClock, bootId } from "./clock.ts";
import { openCodecStore } from "./codec-store.ts";
import { openingTroubleOf } from "./disk.ts";
import { openDuplicates } from "./duplicates.ts";
import { createFirstHop } from "./first-hop.ts";
import { openLedger } from "./ledger.ts";
import { makeLogRoom } from "./log-room.ts";
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

/** What is read at every start as JSON. The rest (audit lines, ended commands, the registry's past) is read by who asks for it. */
const BODIES = [
  ["device", "body"],
  ["asset", "body"],
  ["command", "body", "open = 1"],
  ["lease", "body"],
  ["network_gateway", "body"],
  ["network_group", "body"],
  ["network_session", "counters"],
  ["foreign_codec", "body"],
  ["device_health", "body"],
  ["device_health_mark", "floors"],
] as const;

/** Throws `damaged-file` where a row makes no sense: SQLite gives any bytes that its pages hold, and its row would end every start. */
const proveRows = (db: Database): void => {
  const tables = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all());
  for (const [table, column, which = "1"] of BODIES) {
    if (!tables.has(table)) continue;
    const bent = db.prepare(`SELECT count(*) FROM ${table} WHERE ${which} AND NOT json_valid(${column})`).pluck().get();
    if (bent !== 0) throw new JournalError("damaged-file", `${bent} of table ${table} cannot be read`);
  }
};

/** Opens the file and what `open` opens in it; one that is damaged is built anew from what is readable. */
const openSound = <T>(
  folder: string,
  open: (store: BoxStore) => T,
  onDamage: (error: Error) => void,
): { readonly store: BoxStore; readonly stores: T } => {
  const opened = (): { readonly store: BoxStore; readonly stores: T } => {
    const store = openBoxStore(folder);
    try {
      const stores = open(store);
      proveRows(store.db);
      return { store, stores };
    } catch (error) {
      if (isDamage(error)) store.markDamaged();
      store.close();
      throw error;
    }
  };
  try {
    return opened();
  } catch (error) {
    if (!isDamage(error)) throw error;
    onDamage(error);
    return opened();
  }
};

/** Declares what a file that was built anew lacks, before anything else is written to it. How many entries are known to be lost. */
const declareLost = (store: BoxStore, { journal }: Pick<FlowStores, "journal">): number => {
  const kept = keptHead(store.file);
  const lost = journal.declareMissing(kept?.epoch === journal.epoch ? kept.seq : undefined);
  store.settled();
  return lost;
};

/** What lies beside the file for the day it is damaged. */
export const keepBeside = ({ db, file }: BoxStore, { epoch, lastSeq }: FlowStores["journal"]): void => {
  keepSchema(db, file);
  keepHead(file, { epoch, seq: lastSeq });
};

/** Opens the box's file; one that is damaged is built anew from what is readable, and what is lost is declared. */
export const openBox = (
  folder: string,
  clock: BoxClock,
  log: Log,
): { readonly store: BoxStore; readonly stores: Stores } => {
  const { store, stores } = openSound(
    folder,
    (opened) => openStores(opened, clock, folder),
    (error) => log.error({ err: error }, "the box's file is damaged"),
  );
  if (store.salvaged !== undefined) {
    const lost = declareLost(store, stores);
    log.warn({ ...store.salvaged, lost }, "the box's file was built anew from what is readable");
  }
  try {
    keepBeside(store, stores.journal);
  } catch (error) {
    // Only for the day the file is damaged, and tried again every hour.
    if (openingTroubleOf(error) === undefined) throw error;
    log.warn({ err: error }, "what is kept beside the box's file could not be written");
  }
  makeLogRoom(store);
  return { store, stores };
};

/**
 * The same of a box whose disk takes no writes, to read it: the registry, the open commands, the journal as it stands. Undefined
 * where it cannot be read as it is, or was written by a version with other tables.
 */
export const openBoxToRead = (
  folder: string,
  clock: BoxClock,
): { readonly store: BoxStore; readonly stores: Stores } | undefined => {
  const store = openBoxStoreToRead(folder);
  if (store === undefined) return undefined;
  try {
    const stores = openStores(store, clock, folder);
    proveRows(store.db);
    return { store, stores };
  } catch (error) {
    store.close();
    if (!(error instanceof Error && "code" in error)) throw error;
    return undefined;
  }
};

/** The same for a box that does not run. `lost`: of a file that had to be built anew, how many entries are known to be lost. */
export const openAtRest = (
  folder: string,
  clock: BoxClock,
): { readonly store: BoxStore; readonly lost: number | undefined } => {
  const boot = bootId();
  const settings = boot === undefined ? {} : { bootId: boot };
  const { store, stores } = openSound(
    folder,
    ({ db }) => openFlowStores(db, clock, settings),
    () => undefined,
  );
  return { store, lost: store.salvaged === undefined ? undefined : declareLost(store, stores) };
};

/** Read at start, to know when each device was heard last. */
const RECENT = { entries: 2_000, bytes: 4_000_000 };

/** The newest entries. */
export const recentEntries = ({ journal }: Pick<FlowStores, "journal">) =>
  journal.read(journal.knownAt(Math.max(0, journal.lastSeq - RECENT.entries)), RECENT).entries;
