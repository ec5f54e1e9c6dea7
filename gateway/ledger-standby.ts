/**
 * The command ledger while the disk cannot be written: what is put stays in memory, so that lamps are still steered, and becomes
 * durable with the first transaction that succeeds. A box that ends meanwhile has forgotten it: the region, whose order was never
 * confirmed, gives it again, and the lamp may get it twice.
 */
import { AUDIT_START, type AuditLine, auditHash, type Deed } from "../commands/audit.ts";
import { isTerminal } from "../commands/command.ts";
import { type DownlinkRoute, isSameRoute } from "./downlink-routes.ts";
import type { HeldLease } from "./leases.ts";
import { type Ledger, type LedgerRow, NO_DEVICE } from "./ledger.ts";

export interface LedgerStandby extends Ledger {
  /** Runs `work` with what is put going to memory. */
  hold<T>(work: () => T): T;
  /** Writes what is held; inside a transaction, in which it is no longer told from what the file says. */
  flush(): void;
  /** The transaction was undone: it is held again. */
  unflushed(): void;
  /** The transaction is on disk. */
  flushed(): void;
  /** For the next life of the box, in this process. */
  readonly held: HeldLedger;
}

export interface HeldLedger {
  readonly rows: ReadonlyMap<string, LedgerRow>;
  /** By asset; undefined: ended. */
  readonly leases: ReadonlyMap<string, HeldLease | undefined>;
  readonly deeds: readonly AuditLine[];
  readonly air: readonly {
    readonly gateway: string;
    readonly band: string;
    readonly at: number;
    readonly ms: number;
    readonly id: string;
  }[];
  /** Whose uses in the file are not so any more. */
  readonly dropped: ReadonlySet<string>;
  readonly routes: ReadonlyMap<string, DownlinkRoute>;
  readonly cursor: number | undefined;
}

const NOTHING: HeldLedger = {
  rows: new Map(),
  leases: new Map(),
  deeds: [],
  air: [],
  dropped: new Set(),
  routes: new Map(),
  cursor: undefined,
};

const byRequest = (a: LedgerRow, b: LedgerRow): number =>
  a.record.command.requestedAt - b.record.command.requestedAt || (a.record.command.id < b.record.command.id ? -1 : 1);

const lastLine = (audit: Ledger["audit"]): AuditLine | undefined => [...audit.lines()].at(-1);

/** @param before what the life before could not write. */
export const createLedgerStandby = (ledger: Ledger, before: HeldLedger = NOTHING): LedgerStandby => {
  let held = before;
  let flushing: HeldLedger | undefined;
  let holding = false;
  const idOf = (row: LedgerRow): string => row.record.command.id;
  const over = (stored: readonly LedgerRow[], fits: (row: LedgerRow) => boolean): readonly LedgerRow[] => {
    if (held.rows.size === 0) return stored;
    const mine = [...held.rows.values()].filter((row) => !isTerminal(row.record.state) && fits(row));
    return [...stored.filter((row) => !held.rows.has(idOf(row))), ...mine].sort(byRequest);
  };
  const setLease = (asset: string, lease: HeldLease | undefined): void => {
    held = { ...held, leases: new Map(held.leases).set(asset, lease) };
  };
  const leases: Ledger["leases"] = {
    of: (asset) => (held.leases.has(asset) ? held.leases.get(asset) : ledger.leases.of(asset)),
    all() {
      if (held.leases.size === 0) return ledger.leases.all();
      const stored = ledger.leases.all().filter(({ asset }) => !held.leases.has(asset));
      return [...stored, ...[...held.leases.values()].filter((lease) => lease !== undefined)];
    },
    put: (lease) => (holding ? setLease(lease.asset, lease) : ledger.leases.put(lease)),
    end: (asset) => (holding ? setLease(asset, undefined) : ledger.leases.end(asset)),
  };
  const audit: Ledger["audit"] = {
    add(deed: Deed) {
      if (!holding) return ledger.audit.add(deed);
      const before = held.deeds.at(-1) ?? lastLine(ledger.audit);
      const seq = (before?.seq ?? 0) + 1;
      const line = { ...deed, seq, hash: auditHash(before?.hash ?? AUDIT_START, seq, deed) };
      held = { ...held, deeds: [...held.deeds, line] };
      return line;
    },
    *lines(from) {
      yield* ledger.audit.lines(from);
      yield* held.deeds.filter(({ seq }) => seq >= (from ?? 1));
    },
  };
  const airUses: Ledger["airUses"] = {
    of: (gateway, band, now) => [
      ...ledger.airUses.of(gateway, band, now),
      ...held.air.filter((use) => use.gateway === gateway && use.band === band),
    ],
    add(gateway, band, { at, ms }, id) {
      if (holding) held = { ...held, air: [...held.air, { gateway, band, at, ms, id }] };
      else ledger.airUses.add(gateway, band, { at, ms }, id);
    },
    // What the file says of it counts until it can be written: rather too little is sent than too much.
    drop(id) {
      if (!holding) return ledger.airUses.drop(id);
      const air = held.air.filter((use) => use.id !== id);
      held = { ...held, air, dropped: new Set(held.dropped).add(id) };
    },
    all: (now) => [...ledger.airUses.all(now), ...held.air],
  };
  const routes: Ledger["routes"] = {
    of: (devEui) => held.routes.get(devEui) ?? ledger.routes.of(devEui),
    put(devEui, route) {
      if (!holding) ledger.routes.put(devEui, route);
      else if (!isSameRoute(route, routes.of(devEui)))
        held = { ...held, routes: new Map(held.routes).set(devEui, route) };
    },
    forget: ledger.routes.forget,
  };
  return {
    leases,
    audit,
    airUses,
    routes,
    ofMass(id) {
      const mine = [...held.rows.values()].filter(({ record }) => record.command.mass?.id === id);
      return [...ledger.ofMass(id).filter((row) => !held.rows.has(idOf(row))), ...mine];
    },
    find: (id) => held.rows.get(id) ?? ledger.find(id),
    open: () => over(ledger.open(), ({ devEui }) => devEui !== NO_DEVICE),
    openOf: (devEui) => over(ledger.openOf(devEui), (row) => row.devEui === devEui),
    put(row) {
      if (holding) held = { ...held, rows: new Map(held.rows).set(idOf(row), row) };
      else ledger.put(row);
    },
    forget: ledger.forget,
    cursor: () => held.cursor ?? ledger.cursor(),
    moveCursor(to) {
      if (holding) held = { ...held, cursor: Math.max(to, held.cursor ?? ledger.cursor()) };
      else ledger.moveCursor(to);
    },
    hold(work) {
      const before = held;
      holding = true;
      try {
        return work();
      } catch (error) {
        held = before;
        throw error;
      } finally {
        holding = false;
      }
    },
    flush() {
      for (const row of held.rows.values()) ledger.put(row);
      for (const [asset, lease] of held.leases) {
        if (lease === undefined) ledger.leases.end(asset);
        else ledger.leases.put(lease);
      }
      for (const { seq: _seq, hash: _hash, ...deed } of held.deeds) ledger.audit.add(deed);
      for (const id of held.dropped) ledger.airUses.drop(id);
      for (const { gateway, band, at, ms, id } of held.air) ledger.airUses.add(gateway, band, { at, ms }, id);
      for (const [devEui, route] of held.routes) ledger.routes.put(devEui, route);
      if (held.cursor !== undefined) ledger.moveCursor(held.cursor);
      flushing = held;
      held = NOTHING;
    },
    unflushed() {
      if (flushing !== undefined) held = flushing;
      flushing = undefined;
    },
    flushed() {
      flushing = undefined;
    },
    get held() {
      return held;
    },
  };
};
