/** Wishes for many assets at the region: into the feeds of all their boxes at once, taken back as far as no box has them. */
import type { CommandState } from "../../commands/command.ts";
import { HypervisorFault } from "../faults.ts";
import { writeDeed } from "./audit.ts";
import { notify } from "./notices.ts";
import { insertCommands } from "./outcomes.ts";
import type { Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import type { BoxGroup } from "./words.ts";

/** The models' command that gives a device the keys of a multicast group: its outcomes tell who is in which. */
const JOIN_GROUP = "join-group";

interface GroupRow {
  readonly box: string;
  readonly name: string;
  readonly target: string;
  readonly state: CommandState;
}

const groupsOf = (rows: readonly GroupRow[]): BoxGroup[] => {
  const groups = new Map<string, { box: string; name: string; members: string[]; unproven: string[] }>();
  for (const { box, name, target, state } of rows) {
    const key = `${box}\0${name}`;
    const group = groups.get(key) ?? { box, name, members: [], unproven: [] };
    groups.set(key, group);
    if (state === "effect-observed") group.members.push(target);
    // What was never on air cannot have reached the lamp.
    else if (!["requested", "refused", "expired", "cancelled", "superseded"].includes(state))
      group.unproven.push(target);
  }
  return [...groups.values()];
};

const TAKE_BACK = `
WITH ended AS (
  UPDATE command SET state = 'cancelled'
  WHERE (id = $1::uuid OR mass = $1::uuid) AND state = 'requested' AND cursor IS NOT NULL AND handed_at IS NULL
  RETURNING id
)
INSERT INTO command_step (command, place, state, at, reason)
SELECT id, (SELECT count(*) FROM command_step WHERE command = ended.id), 'cancelled', to_timestamp($2::float8), $3
FROM ended RETURNING command AS id`;

type WishPart = Pick<Store, "addWish" | "wish" | "boxGroups" | "takeBack">;

export const wishPart = (sql: Sql): WishPart => ({
  addWish: (boxes, deed) =>
    sql.transaction(async (tx) => {
      // Always in one order: two wishes at once never wait for each other.
      for (const [box, commands] of [...boxes].sort(([one], [other]) => (one < other ? -1 : 1))) {
        const rows = await tx.query<{ id: number; cursor: number }>(
          `UPDATE box_orders SET cursor = cursor + $2::int4 FROM box
           WHERE box.id = box_orders.box AND box.name = $1 AND box.revoked_at IS NULL RETURNING box.id, cursor`,
          [box, commands.length],
        );
        if (rows[0] === undefined) throw new HypervisorFault("box-unknown", { box });
        await insertCommands(tx, rows[0].id, commands, rows[0].cursor - commands.length + 1);
      }
      await writeDeed(tx, deed);
      await notify(
        tx,
        [...boxes.keys()].map((box) => ({ type: "orders" as const, box })),
      );
    }),

  async wish(id) {
    const rows = await sql.query<{
      target: string;
      box: string;
      state: CommandState;
      reason: string | null;
      until: Date;
    }>(
      `SELECT target, box.name AS box, command.state, command.expires_at AS until,
              (SELECT reason FROM command_step WHERE command_step.command = command.id ORDER BY place DESC LIMIT 1) AS reason
       FROM command JOIN box ON box.id = command.box WHERE mass = $1::uuid ORDER BY target`,
      [id],
    );
    return rows.map(({ reason, until, ...rest }) => ({
      ...rest,
      expiresAt: until.getTime(),
      ...(reason === null ? {} : { reason }),
    }));
  },

  async boxGroups(boxes) {
    const rows = await sql.query<GroupRow>(
      `SELECT DISTINCT ON (command.box, target, fields->>'group') box.name AS box, fields->>'group' AS name, target,
              command.state
       FROM command JOIN box ON box.id = command.box
       WHERE box.name = ANY($1::text[]) AND command.name = '${JOIN_GROUP}' AND fields->>'group' IS NOT NULL
       ORDER BY command.box, target, fields->>'group', requested_at DESC`,
      [boxes],
    );
    return groupsOf(rows);
  },

  takeBack: (id, deed) =>
    sql.transaction(async (tx) => {
      const reason = `by:${deed.who}`;
      const ids = (await tx.query<{ id: string }>(TAKE_BACK, [id, deed.at / 1000, reason])).map((row) => row.id);
      await writeDeed(tx, { ...deed, detail: { ...deed.detail, cancelled: ids.length } });
      await notify(
        tx,
        ids.map((each) => ({ type: "command" as const, id: each })),
      );
      return ids;
    }),
});
