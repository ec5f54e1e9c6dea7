/** A box as a batch finds it, found by its name: mostly with its cursor locked, so that whoever comes second waits. */
import { HypervisorFault } from "../faults.ts";
import { BRANCH_COLUMNS, type BranchColumns } from "./repeats.ts";
import type { Queries } from "./sql.ts";

export interface LockedBox extends BranchColumns {
  readonly id: number;
  readonly communes: readonly string[];
  readonly seq: number;
  readonly hash: Uint8Array | null;
  readonly next_epoch: number | null;
  readonly next_incident: number | null;
  readonly before_epoch: number | null;
  readonly before_seq: number | null;
  readonly digest_wanted: boolean;
}

const LOCKED_COLUMNS = `box.id, box.communes, box_cursor.epoch, box_cursor.seq, box_cursor.hash, next_epoch, next_incident, before_epoch, before_seq,
  digest_wanted, ${BRANCH_COLUMNS}`;

/** Those of these boxes that are admitted and that nobody else is busy with, by name: waits for none. */
export const lockFree = async (tx: Queries, names: readonly string[]): Promise<ReadonlyMap<string, LockedBox>> => {
  const rows = await tx.query<LockedBox & { readonly name: string }>(
    `SELECT box.name, ${LOCKED_COLUMNS} FROM box JOIN box_cursor ON box_cursor.box = box.id
     WHERE box.name = ANY($1::text[]) AND box.revoked_at IS NULL FOR UPDATE OF box_cursor SKIP LOCKED`,
    [names],
  );
  return new Map(rows.map((row) => [row.name, row]));
};

/** @throws HypervisorFault `box-unknown` */
export const lockBox = async (tx: Queries, name: string): Promise<LockedBox> => {
  const rows = await tx.query<LockedBox>(
    `SELECT ${LOCKED_COLUMNS} FROM box JOIN box_cursor ON box_cursor.box = box.id
     WHERE box.name = $1 AND box.revoked_at IS NULL FOR UPDATE OF box_cursor`,
    [name],
  );
  const found = rows[0];
  if (found === undefined) throw new HypervisorFault("box-unknown", { box: name });
  return found;
};

/** No lock: what waits for the cursor is not held up. @throws HypervisorFault `box-unknown` */
export const findBox = async (tx: Queries, name: string): Promise<Pick<LockedBox, "id" | "communes">> => {
  const rows = await tx.query<LockedBox>("SELECT id, communes FROM box WHERE name = $1 AND revoked_at IS NULL", [name]);
  const found = rows[0];
  if (found === undefined) throw new HypervisorFault("box-unknown", { box: name });
  return found;
};
