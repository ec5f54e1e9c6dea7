/**
 * What the box keeps of its network server beside the registry, so that a lost one can be made again: LoRa gateways, multicast
 * groups, the counters of fixed sessions, and which devices were ever heard. No secret is among it.
 */
import type { Database } from "better-sqlite3";
import type { AssetRef, DevEui } from "../words.ts";
import type { FrameCounters, KnownMember, Membership, NetworkGateway, NetworkGroup } from "./words.ts";

export interface NetworkStore {
  gateways(): readonly NetworkGateway[];
  putGateway(gateway: NetworkGateway): void;
  /** Whether it was there. */
  removeGateway(id: string): boolean;
  groups(): readonly NetworkGroup[];
  putGroup(group: NetworkGroup): void;
  removeGroup(name: string): boolean;
  /** What is known of the members of a group whose keys the box gives; `waits` until something is. */
  memberships(group: string): ReadonlyMap<DevEui, KnownMember>;
  /** Without an asset, the one that is known stays; so do the tries. */
  noteMembership(group: string, devEui: DevEui, member: KnownMember): void;
  forgetMembership(group: string, devEui: DevEui): void;
  counters(devEui: DevEui): FrameCounters | undefined;
  saveCounters(devEui: DevEui, counters: FrameCounters): void;
  /** Counter of a group's next frame, as last seen. */
  groupCounter(name: string): number;
  saveGroupCounter(name: string, fCnt: number): void;
  wasHeard(devEui: DevEui): boolean;
  /** For ever: what was heard once has to join again on a new server. */
  heard(devEuis: readonly DevEui[]): void;
}

export class NetworkStoreTooNew extends Error {
  readonly code = "network-store-too-new";
  constructor(found: number) {
    super(
      `what is kept of the network server has version ${found}, this program knows ${MIGRATIONS.length}: install the newer program again`,
    );
    this.name = "NetworkStoreTooNew";
  }
}

/** One step a version, in order; never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE network_gateway (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE network_group (name TEXT PRIMARY KEY, body TEXT NOT NULL, f_cnt INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
   CREATE TABLE network_session (dev_eui TEXT PRIMARY KEY, counters TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE network_heard (dev_eui TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE network_member (
     group_name TEXT NOT NULL, dev_eui TEXT NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (group_name, dev_eui)
   ) STRICT, WITHOUT ROWID;`,
  "ALTER TABLE network_member ADD COLUMN asset TEXT",
  "ALTER TABLE network_member ADD COLUMN tries INTEGER; UPDATE network_member SET tries = 0 WHERE state IN ('asked', 'missing')",
];

const migrate = (db: Database): void => {
  db.exec("CREATE TABLE IF NOT EXISTS schema_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  const row = db.prepare("SELECT version FROM schema_version WHERE room = 'network'").pluck().get();
  const found = (row as number | undefined) ?? 0;
  if (found > MIGRATIONS.length) throw new NetworkStoreTooNew(found);
  if (found === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(found)) db.exec(sql);
    db.prepare(
      "INSERT INTO schema_version (room, version) VALUES ('network', ?) ON CONFLICT (room) DO UPDATE SET version = excluded.version",
    ).run(MIGRATIONS.length);
  }).immediate();
};

interface StoredMember {
  readonly dev_eui: DevEui;
  readonly state: Membership;
  readonly at: number;
  readonly asset: AssetRef | null;
  readonly tries: number | null;
}

export const openNetworkStore = (db: Database): NetworkStore => {
  migrate(db);
  const bodies = (table: string) => {
    const select = db.prepare(`SELECT body FROM ${table}`).pluck();
    return <T>(): T[] => (select.all() as string[]).map((body) => JSON.parse(body) as T);
  };
  const allGateways = bodies("network_gateway");
  const allGroups = bodies("network_group");
  const writeGateway = db.prepare(
    "INSERT INTO network_gateway (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
  );
  const writeGroup = db.prepare(
    "INSERT INTO network_group (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
  );
  const readSession = db.prepare("SELECT counters FROM network_session WHERE dev_eui = ?").pluck();
  const writeSession = db.prepare(
    "INSERT INTO network_session (dev_eui, counters) VALUES (?, ?) ON CONFLICT (dev_eui) DO UPDATE SET counters = excluded.counters",
  );
  const readGroupCounter = db.prepare("SELECT f_cnt FROM network_group WHERE name = ?").pluck();
  // A server that was made anew begins at 0: what lamps have seen already must not be forgotten for it.
  const writeGroupCounter = db.prepare("UPDATE network_group SET f_cnt = max(f_cnt, ?) WHERE name = ?");
  const readHeard = db.prepare("SELECT 1 FROM network_heard WHERE dev_eui = ?").pluck();
  const writeHeard = db.prepare("INSERT INTO network_heard (dev_eui) VALUES (?) ON CONFLICT DO NOTHING");
  const dropGateway = db.prepare("DELETE FROM network_gateway WHERE id = ?");
  const dropGroup = db.prepare("DELETE FROM network_group WHERE name = ?");
  const dropMembers = db.prepare("DELETE FROM network_member WHERE group_name = ?");
  const readMembers = db.prepare("SELECT dev_eui, state, at, asset, tries FROM network_member WHERE group_name = ?");
  const writeMember = db.prepare(
    `INSERT INTO network_member (group_name, dev_eui, state, at, asset, tries) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (group_name, dev_eui)
     DO UPDATE SET state = excluded.state, at = excluded.at, asset = coalesce(excluded.asset, asset),
                   tries = coalesce(excluded.tries, tries)`,
  );
  const dropMember = db.prepare("DELETE FROM network_member WHERE group_name = ? AND dev_eui = ?");
  return {
    gateways: () => allGateways<NetworkGateway>(),
    putGateway: (gateway) => void writeGateway.run(gateway.id, JSON.stringify(gateway)),
    removeGateway: (id) => dropGateway.run(id).changes > 0,
    groups: () => allGroups<NetworkGroup>(),
    putGroup: (group) => void writeGroup.run(group.name, JSON.stringify(group)),
    removeGroup(name) {
      dropMembers.run(name);
      return dropGroup.run(name).changes > 0;
    },
    memberships: (group) =>
      new Map(
        (readMembers.all(group) as StoredMember[]).map(({ dev_eui, state, at, asset, tries }) => [
          dev_eui,
          { state, at, ...(asset === null ? {} : { asset }), ...(tries === null ? {} : { tries }) },
        ]),
      ),
    noteMembership: (group, devEui, { state, at, asset, tries }) =>
      void writeMember.run(group, devEui, state, Math.trunc(at), asset ?? null, tries ?? null),
    forgetMembership: (group, devEui) => void dropMember.run(group, devEui),
    counters(devEui) {
      const text = readSession.get(devEui) as string | undefined;
      return text === undefined ? undefined : (JSON.parse(text) as FrameCounters);
    },
    saveCounters: (devEui, counters) => void writeSession.run(devEui, JSON.stringify(counters)),
    groupCounter: (name) => (readGroupCounter.get(name) as number | undefined) ?? 0,
    saveGroupCounter: (name, fCnt) => void writeGroupCounter.run(fCnt, name),
    wasHeard: (devEui) => readHeard.get(devEui) !== undefined,
    heard: (devEuis) => {
      for (const devEui of devEuis) if (readHeard.get(devEui) === undefined) writeHeard.run(devEui);
    },
  };
};
