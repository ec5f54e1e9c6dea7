/** The region's commands: the feed of each box, and a replica of what became of them. */
import { type Command, type CommandState, OPEN_STATES, PRECEDENCES, type Precedence } from "../../commands/command.ts";
import { HypervisorFault } from "../faults.ts";
import { writeDeed } from "./audit.ts";
import { createGather } from "./gather.ts";
import { notify } from "./notices.ts";
import { insertCommands } from "./outcomes.ts";
import type { Queries, Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import type { StoredCommand } from "./words.ts";

interface CommandRow {
  readonly id: string;
  readonly box: string;
  readonly cursor: number | null;
  readonly target: string;
  readonly name: string;
  readonly fields: Record<string, number | string | boolean>;
  readonly author: string;
  readonly precedence: Precedence;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly hold_until: Date | null;
  readonly reason: string | null;
  readonly mass: string | null;
  readonly mass_size: number | null;
  readonly state: CommandState;
  readonly handed_at: Date | null;
  readonly steps: readonly { readonly state: CommandState; readonly at: number; readonly reason: string | null }[];
}

const SELECT_COMMANDS = `
SELECT command.id, box.name AS box, command.cursor, command.target, command.name, command.fields, command.author,
       command.precedence, command.requested_at, command.expires_at, command.hold_until, command.reason, command.mass,
       command.mass_size, command.state, command.handed_at,
       (SELECT json_agg(json_build_object('state', state, 'at', round(extract(epoch FROM at) * 1000), 'reason', reason)
                        ORDER BY place) FROM command_step WHERE command_step.command = command.id) AS steps
FROM command JOIN box ON box.id = command.box`;

const commandOf = (row: CommandRow): Command => ({
  id: row.id,
  target: row.target,
  name: row.name,
  fields: row.fields,
  author: row.author,
  precedence: row.precedence,
  requestedAt: row.requested_at.getTime(),
  expiresAt: row.expires_at.getTime(),
  ...(row.hold_until === null ? {} : { holdUntil: row.hold_until.getTime() }),
  ...(row.reason === null ? {} : { reason: row.reason }),
  ...(row.mass === null ? {} : { mass: { id: row.mass, size: row.mass_size ?? 1 } }),
});

const storedOf = (row: CommandRow): StoredCommand => ({
  ...commandOf(row),
  box: row.box,
  state: row.state,
  steps: row.steps.map(({ state, at, reason }) => ({ state, at, ...(reason === null ? {} : { reason }) })),
  ...(row.handed_at === null ? {} : { handedAt: row.handed_at.getTime() }),
});

const seconds = (ms: number): number => ms / 1000;

const findCommand = async (queries: Queries, id: string): Promise<StoredCommand | undefined> => {
  const rows = await queries.query<CommandRow>(`${SELECT_COMMANDS} WHERE command.id = $1::uuid`, [id]);
  return rows[0] === undefined ? undefined : storedOf(rows[0]);
};

/** The counter's row stays locked until the commit, so that the feed's order is the order of commits. */
const nextPlace = async (tx: Queries, box: string): Promise<{ readonly id: number; readonly cursor: number }> => {
  const rows = await tx.query<{ id: number; cursor: number }>(
    `UPDATE box_orders SET cursor = cursor + 1 FROM box
     WHERE box.id = box_orders.box AND box.name = $1 AND box.revoked_at IS NULL RETURNING box.id, cursor`,
    [box],
  );
  if (rows[0] === undefined) throw new HypervisorFault("box-unknown", { box });
  return rows[0];
};

const listed = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(", ");
/** The commune stands in the asset's reference. */
const IS_OPEN = `command.state IN (${listed(OPEN_STATES)}) AND ($1::text IS NULL OR split_part(command.target, ':', 2) = $1)`;

const EXPIRE = `
WITH ended AS (
  UPDATE command SET state = 'expired'
  WHERE state = 'requested' AND cursor IS NOT NULL AND handed_at IS NULL AND expires_at < to_timestamp($1::float8)
  RETURNING id
)
INSERT INTO command_step (command, place, state, at, reason)
SELECT id, (SELECT count(*) FROM command_step WHERE command = ended.id), 'expired', to_timestamp($1::float8), 'never-handed-over'
FROM ended RETURNING command AS id`;

type CommandPart = Pick<
  Store,
  "addCommand" | "command" | "commands" | "openCommands" | "holder" | "takeOrders" | "holdsOrders" | "expireCommands"
>;

/** Which boxes have orders to take. Of thousands that come at once few have any: one question for all, not two for each. */
const awaitsOrders = (sql: Sql) =>
  createGather(async (names: readonly string[]) => {
    const rows = await sql.query<{ name: string }>(
      `SELECT name FROM box WHERE id IN (SELECT box FROM command WHERE state = 'requested') AND name = ANY($1::text[])`,
      [[...new Set(names)]],
    );
    const found = new Set(rows.map(({ name }) => name));
    return names.map((name) => found.has(name));
  });

export const commandPart = (sql: Sql): CommandPart => {
  const awaits = awaitsOrders(sql);
  return {
    addCommand: (command, box) =>
      sql.transaction(async (tx) => {
        const known = await findCommand(tx, command.id);
        if (known !== undefined) return { command: known, added: false };
        const { id, cursor } = await nextPlace(tx, box);
        const added = await insertCommands(tx, id, [command], cursor);
        const { id: about, author, requestedAt, ...detail } = command;
        await writeDeed(tx, { at: requestedAt, who: author, what: "command", about, detail: { ...detail, box } });
        await notify(tx, [
          { type: "orders", box },
          { type: "command", id: command.id },
        ]);
        return { command: (await findCommand(tx, command.id))!, added: added.length > 0 };
      }),

    command: (id) => findCommand(sql, id),

    async commands({ target, limit }) {
      const rows = await sql.query<CommandRow>(
        `${SELECT_COMMANDS} WHERE $1::text IS NULL OR command.target = $1
       ORDER BY command.requested_at DESC, command.id LIMIT $2::int8`,
        [target ?? null, limit],
      );
      return rows.map(storedOf);
    },

    async openCommands({ commune, limit }) {
      const where = [commune ?? null];
      const counted = await sql.query<{ n: number }>(`SELECT count(*)::int4 AS n FROM command WHERE ${IS_OPEN}`, where);
      const rows = await sql.query<CommandRow>(
        `${SELECT_COMMANDS} WHERE ${IS_OPEN}
       ORDER BY array_position(ARRAY[${listed(PRECEDENCES)}]::text[], command.precedence) DESC NULLS LAST,
                command.requested_at, command.id
       LIMIT $2::int8`,
        [...where, limit],
      );
      return { total: counted[0]?.n ?? 0, commands: rows.map(storedOf) };
    },

    async holder(asset, releasing, now) {
      // The box decides; this is what is known of it here. What was given back, or never came to be, holds nothing.
      const rows = await sql.query<CommandRow>(
        `${SELECT_COMMANDS} WHERE command.target = $1
         AND command.state NOT IN ('refused', 'expired', 'cancelled') AND command.precedence <> 'schedule'
         AND (command.hold_until IS NOT NULL OR command.name = ANY($2::text[]))
       ORDER BY command.requested_at DESC, command.id LIMIT 1`,
        [asset, releasing],
      );
      const [row] = rows;
      if (row === undefined || row.hold_until === null || row.hold_until.getTime() <= now) return undefined;
      const { id, target, name, author, precedence, requestedAt, reason } = commandOf(row);
      return {
        asset: target,
        command: id,
        name,
        author,
        precedence,
        since: requestedAt,
        until: row.hold_until.getTime(),
        ...(reason === undefined ? {} : { reason }),
      };
    },

    async takeOrders(box, cursor, now) {
      if (!(await awaits(box))) return [];
      const rows = await sql.query<Omit<CommandRow, "steps" | "box"> & { readonly cursor: number }>(
        `UPDATE command SET handed_at = coalesce(handed_at, to_timestamp($3::float8)) FROM box
       WHERE box.id = command.box AND box.name = $1 AND box.revoked_at IS NULL AND command.cursor > $2::int8
         AND command.state = 'requested' AND command.expires_at > to_timestamp($3::float8)
       RETURNING command.id, command.cursor, command.target, command.name, command.fields, command.author,
                 command.precedence, command.requested_at, command.expires_at, command.hold_until, command.reason,
                 command.mass, command.mass_size, command.state, command.handed_at`,
        [box, cursor, seconds(now)],
      );
      return rows
        .map((row) => ({ cursor: row.cursor, command: { ...commandOf({ ...row, box, steps: [] }) } }))
        .sort((a, b) => a.cursor - b.cursor);
    },

    async holdsOrders(box, cursor) {
      if (!(await awaits(box))) return;
      await sql.query(
        `UPDATE command SET handed_at = NULL FROM box
       WHERE box.id = command.box AND box.name = $1 AND command.cursor > $2::int8 AND command.state = 'requested'
         AND command.handed_at IS NOT NULL`,
        [box, cursor],
      );
    },

    expireCommands: (now) =>
      sql.transaction(async (tx) => {
        const ids = (await tx.query<{ id: string }>(EXPIRE, [seconds(now)])).map(({ id }) => id);
        await notify(
          tx,
          ids.map((id) => ({ type: "command" as const, id })),
        );
        return ids;
      }),
  };
};
