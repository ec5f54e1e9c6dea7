/** A store on a database of its own, and the journals of boxes that fill it. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect } from "vitest";
import type { EntryBody } from "../../../cloud-sync/protocol/entry.ts";
import type { Command } from "../../../commands/command.ts";
import { createSqlStore } from "../../../hypervisor/store/open.ts";
import type { Sql, Transaction } from "../../../hypervisor/store/sql.ts";
import type { Store } from "../../../hypervisor/store/store.ts";
import { Journal, readingOf } from "../batches.ts";

export const NOW = Date.UTC(2026, 5, 15, 12);
export const DAY = 86_400_000;

export interface ContractGround {
  /** A database of the suite's own. */
  openSql(): Promise<Sql>;
  close(): Promise<void>;
}

/** A transaction that breaks at its n-th statement: what a lost connection or a killed process leaves behind. */
export const breaking = (sql: Sql): { readonly sql: Sql; readonly breakAt: (statement: number) => void } => {
  let left = 0;
  const countDown = () => {
    if (left > 0 && --left === 0) throw new Error("broken on purpose");
  };
  const wrap = (tx: Transaction): Transaction => ({
    async query<Row>(text: string, values?: readonly unknown[]) {
      countDown();
      return tx.query<Row>(text, values);
    },
    script: (text) => tx.script(text),
    async copy(target, parts) {
      countDown();
      return tx.copy(target, parts);
    },
  });
  return {
    sql: {
      ...sql,
      transaction: (work) => sql.transaction((tx) => work(wrap(tx))),
      listen: async () => async () => {},
      close: async () => {},
    },
    breakAt(statement) {
      left = statement;
    },
  };
};

export const lamp = (local: string, commune = "88383") => `lamp:${commune}:${local}`;

export const placing = (ref: string, devEui: string, commune = "88383"): EntryBody[] => [
  {
    kind: "registry",
    at: NOW,
    change: { op: "put-asset", asset: { ref, kind: "lamp", commune, use: "lighting", attributes: { ratedWatts: 40 } } },
  },
  { kind: "registry", at: NOW, change: { op: "put-device", device: { devEui, model: "nas-ul20xx", asset: ref } } },
];

export const wish = (target: string, changes: Partial<Command> = {}): Command => ({
  id: randomUUID(),
  target,
  name: "dim",
  fields: { level: 50 },
  author: "page",
  precedence: "operator",
  requestedAt: NOW,
  expiresAt: NOW + 600_000,
  ...changes,
});

/** Within a `describe`: opened before its tests and closed after them. */
export const useStore = (prepare: () => Promise<ContractGround>) => {
  let ground: ContractGround;
  let sql: Sql;
  let store: Store;
  let boxes = 0;

  beforeAll(async () => {
    ground = await prepare();
    sql = await ground.openSql();
    store = await createSqlStore(sql, NOW);
  });
  afterAll(async () => {
    await store?.close();
    await ground?.close();
  });

  const newBox = async (communes: readonly string[] = ["88383"]): Promise<Journal> => {
    const box = `box-${++boxes}`;
    expect(await store.addBox({ name: box, communes }, NOW)).toBe("added");
    return new Journal(box);
  };
  const boxState = async (journal: Journal) => (await store.boxes()).find(({ name }) => name === journal.box)!;
  const readingsOf = (journal: Journal, afterSeq = 0) => store.readings({ box: journal.box, afterSeq, limit: 10_000 });
  const seqsOf = async (journal: Journal) => (await readingsOf(journal)).map(({ seq }) => seq);
  const accept = (journal: Journal, first: number, last: number, at = NOW) =>
    store.acceptBatch(journal.batch(first, last), at);

  /** Common up to entry 5; then 6 and 7 of the one are durable, and the other has 6 to 9 of its own. */
  const forked = async () => {
    const journal = await newBox();
    for (let fCnt = 1; fCnt <= 5; fCnt++) journal.append(readingOf({ fCnt }));
    const clone = journal.copy();
    for (let fCnt = 6; fCnt <= 7; fCnt++) journal.append(readingOf({ fCnt }));
    for (let fCnt = 6; fCnt <= 9; fCnt++) clone.append(readingOf({ fCnt: fCnt + 1_000 }));
    expect(await accept(journal, 1, 7)).toMatchObject({ status: 200 });
    return { journal, clone };
  };

  return {
    get sql() {
      return sql;
    },
    get store() {
      return store;
    },
    openSql: () => ground.openSql(),
    newBox,
    boxState,
    readingsOf,
    seqsOf,
    accept,
    forked,
  };
};

export type StoreGround = ReturnType<typeof useStore>;
