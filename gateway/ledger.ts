/** The command ledger of one box: every command it was given, its steps, and what is needed to go on after a restart. */
import type { Database } from "better-sqlite3";
import { isTerminal } from "../commands/command.ts";
import type { CommandRecord } from "../commands/transitions.ts";
import { type AirUses, openAirUses } from "./air-use.ts";
import { type Audit, openAudit } from "./audit.ts";
import { type DownlinkRoutes, openDownlinkRoutes } from "./downlink-routes.ts";
import { type Leases, openLeases } from "./leases.ts";

/** What tells whether a device's downlinks moved on: another address is another session, a higher counter another downlink. */
export interface DownlinkSession {
  readonly devAddr: string;
  readonly fCntDown: number;
}

/** In the place of a DevEUI: the command changes the registry and goes to no device. */
export const NO_DEVICE = "";

/** A command with what the box must remember of it beside its record. */
export interface LedgerRow {
  readonly record: CommandRecord;
  readonly devEui: string;
  /** Set, durably, before the downlink is published: after a restart it is never published blindly again. */
  readonly publishedAt?: number;
  /** The device's session just before that, where ChirpStack could be asked. */
  readonly session?: DownlinkSession;
  /** How often it was published. */
  readonly attempts?: number;
  /** When it went on air by ChirpStack's clock: what the device sent before proves nothing. */
  readonly onAirAt?: number;
  /** Set when it went on air: until then its effect must have shown. */
  readonly effectBy?: number;
  /** An uplink showed the effect before the word came that it was on air. */
  readonly shownAt?: number;
  /** Left ChirpStack's queue, so that the next may go; its end is still open. */
  readonly gone?: boolean;
  /** What the LoRa gateway last refused it for. */
  readonly trouble?: string;
  /** The multicast group it was sent to. */
  readonly group?: string;
  /** Of its group just before, durably: only the counter tells whether ChirpStack took the frame. `air`: what it uses is counted under. */
  readonly told?: { readonly counter: number; readonly air: string };
  /** Sent to its group, but not known to have heard it: it is told alone right after. */
  readonly unproven?: boolean;
  /** Sent to its group, showed no effect in time, and is sent to its device alone. */
  readonly straggler?: boolean;
  /** Its device was given another command of its matter since: it is not told again, for that would undo the other. */
  readonly overtaken?: boolean;
  /** Its device was asked, or needs no question. */
  readonly asked?: boolean;
  /** It is one of many, and the commune must agree first. */
  readonly awaitsConsent?: boolean;
}

export interface Ledger {
  find(id: string): LedgerRow | undefined;
  /** Commands for devices without a terminal state, oldest request first. */
  open(): readonly LedgerRow[];
  openOf(devEui: string): readonly LedgerRow[];
  /** The commands of one wish for many. */
  ofMass(id: string): readonly LedgerRow[];
  put(row: LedgerRow): void;
  /** Drops what was remembered of rows; to be called when a transaction was rolled back. */
  forget(): void;
  readonly leases: Leases;
  readonly audit: Audit;
  readonly airUses: AirUses;
  readonly routes: DownlinkRoutes;
  /** Cursor of the region's command feed. */
  cursor(): number;
  moveCursor(cursor: number): void;
}

export class LedgerTooNew extends Error {
  readonly code = "ledger-too-new";
  constructor(found: number) {
    super(`the command ledger has version ${found}, this program knows ${MIGRATIONS.length}`);
    this.name = "LedgerTooNew";
  }
}

/** One step a version, in order; never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE command (
     id TEXT PRIMARY KEY, dev_eui TEXT NOT NULL, open INTEGER NOT NULL, requested_at INTEGER NOT NULL, body TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX command_open ON command (dev_eui, requested_at) WHERE open = 1;
   CREATE TABLE command_cursor (one INTEGER PRIMARY KEY CHECK (one = 1), cursor INTEGER NOT NULL) STRICT;
   INSERT INTO command_cursor VALUES (1, 0);`,
  `CREATE TABLE lease (asset TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE audit (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
   CREATE TABLE air_use (
     id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, band TEXT NOT NULL, at INTEGER NOT NULL, ms REAL NOT NULL
   ) STRICT;
   CREATE INDEX air_use_at ON air_use (at);`,
  `ALTER TABLE command ADD COLUMN mass TEXT;
   UPDATE command SET mass = json_extract(body, '$.record.command.mass.id');
   CREATE INDEX command_mass ON command (mass) WHERE mass IS NOT NULL;
   ALTER TABLE air_use ADD COLUMN command TEXT;
   CREATE INDEX air_use_command ON air_use (command) WHERE command IS NOT NULL;`,
  `CREATE TABLE downlink_route (
     dev_eui TEXT PRIMARY KEY, gateway TEXT, frequency INTEGER, dr INTEGER
   ) STRICT, WITHOUT ROWID;`,
];

const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const found = (db.prepare("SELECT version FROM schema_version WHERE room = 'ledger'").pluck().get() as number) ?? 0;
  if (found > MIGRATIONS.length) throw new LedgerTooNew(found);
  if (found === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('ledger', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  }).immediate();
};

const byRequest = (one: LedgerRow, other: LedgerRow): number =>
  one.record.command.requestedAt - other.record.command.requestedAt ||
  (one.record.command.id < other.record.command.id ? -1 : 1);

/** Open commands, remembered: they are asked for with every uplink and every second. */
const createOpenRows = (load: () => readonly LedgerRow[]) => {
  let devices: Map<string, Map<string, LedgerRow>> | undefined;
  let inOrder: readonly LedgerRow[] | undefined;
  const loaded = (): Map<string, Map<string, LedgerRow>> => {
    if (devices !== undefined) return devices;
    devices = new Map();
    for (const row of load()) keep(row);
    return devices;
  };
  const keep = (row: LedgerRow): void => {
    const all = loaded();
    inOrder = undefined;
    const { id } = row.record.command;
    const rows = all.get(row.devEui) ?? new Map<string, LedgerRow>();
    if (isTerminal(row.record.state)) rows.delete(id);
    else rows.set(id, row);
    if (rows.size === 0) all.delete(row.devEui);
    else all.set(row.devEui, rows);
  };
  return {
    keep,
    of: (devEui: string) => [...(loaded().get(devEui)?.values() ?? [])].sort(byRequest),
    all(): readonly LedgerRow[] {
      inOrder ??= [...loaded()]
        .flatMap(([devEui, rows]) => (devEui === NO_DEVICE ? [] : [...rows.values()]))
        .sort(byRequest);
      return inOrder;
    },
    forget() {
      devices = undefined;
      inOrder = undefined;
    },
  };
};

export const openLedger = (db: Database): Ledger => {
  migrate(db);
  const byId = db.prepare("SELECT body FROM command WHERE id = ?").pluck();
  const allOpen = db.prepare("SELECT body FROM command WHERE open = 1").pluck();
  const write = db.prepare(
    `INSERT INTO command (id, dev_eui, open, requested_at, mass, body) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET open = excluded.open, body = excluded.body`,
  );
  const ofMass = db.prepare("SELECT body FROM command WHERE mass = ? ORDER BY id").pluck();
  const readCursor = db.prepare("SELECT cursor FROM command_cursor").pluck();
  const writeCursor = db.prepare("UPDATE command_cursor SET cursor = max(cursor, ?)");
  const parse = (body: unknown): LedgerRow => JSON.parse(body as string) as LedgerRow;
  const rows = createOpenRows(() => allOpen.all().map(parse));
  const routes = openDownlinkRoutes(db);
  return {
    find(id) {
      const body = byId.get(id);
      return body === undefined ? undefined : parse(body);
    },
    ofMass: (id) => ofMass.all(id).map(parse),
    open: rows.all,
    openOf: rows.of,
    put(row) {
      const { command, state } = row.record;
      const open = isTerminal(state) ? 0 : 1;
      write.run(command.id, row.devEui, open, command.requestedAt, command.mass?.id ?? null, JSON.stringify(row));
      rows.keep(row);
    },
    forget() {
      rows.forget();
      routes.forget();
    },
    leases: openLeases(db),
    audit: openAudit(db),
    airUses: openAirUses(db),
    routes,
    cursor: () => readCursor.get() as number,
    moveCursor(cursor) {
      writeCursor.run(cursor);
    },
  };
};
