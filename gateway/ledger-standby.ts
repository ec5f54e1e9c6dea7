/**
 * The command ledger while the disk cannot be written: what is put stays in memory, so that lamps are still steered, and becomes
 * durable with the first transaction that succeeds. A box that ends meanwhile has forgotten it: the region, whose order was never
 * confirmed, gives it again, and the lamp may get it twice.
 */
import { isTerminal } from "../commands/command.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";

export interface LedgerStandby extends Ledger {
  /** Runs `work` with what is put going to memory. */
  hold<T>(work: () => T): T;
  /** Writes what is held; inside a transaction. */
  flush(): void;
  /** The transaction is on disk. */
  flushed(): void;
}

const byRequest = (a: LedgerRow, b: LedgerRow): number =>
  a.record.command.requestedAt - b.record.command.requestedAt || (a.record.command.id < b.record.command.id ? -1 : 1);

export const createLedgerStandby = (ledger: Ledger): LedgerStandby => {
  let rows = new Map<string, LedgerRow>();
  let cursor: number | undefined;
  let holding = false;
  const idOf = (row: LedgerRow): string => row.record.command.id;
  const over = (stored: readonly LedgerRow[], fits: (row: LedgerRow) => boolean): readonly LedgerRow[] => {
    if (rows.size === 0) return stored;
    const held = [...rows.values()].filter((row) => !isTerminal(row.record.state) && fits(row));
    return [...stored.filter((row) => !rows.has(idOf(row))), ...held].sort(byRequest);
  };
  return {
    find: (id) => rows.get(id) ?? ledger.find(id),
    open: () => over(ledger.open(), () => true),
    openOf: (devEui) => over(ledger.openOf(devEui), (row) => row.devEui === devEui),
    put(row) {
      if (holding) rows.set(idOf(row), row);
      else ledger.put(row);
    },
    forget: ledger.forget,
    cursor: () => cursor ?? ledger.cursor(),
    moveCursor(to) {
      if (holding) cursor = Math.max(to, cursor ?? 0);
      else ledger.moveCursor(to);
    },
    hold(work) {
      const before = { rows: new Map(rows), cursor };
      holding = true;
      try {
        return work();
      } catch (error) {
        rows = before.rows;
        cursor = before.cursor;
        throw error;
      } finally {
        holding = false;
      }
    },
    flush() {
      for (const row of rows.values()) ledger.put(row);
      if (cursor !== undefined) ledger.moveCursor(cursor);
    },
    flushed() {
      rows.clear();
      cursor = undefined;
    },
  };
};
