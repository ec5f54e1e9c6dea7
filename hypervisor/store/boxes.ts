/** Boxes: who may speak, how far each one's journal is durable here, when it was last heard. */
import type { BoxHealth } from "../../cloud-sync/protocol/entry.ts";
import { STOPPING_MS } from "./knocks.ts";
import type { Life } from "./life.ts";
import { notify } from "./notices.ts";
import type { Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import type { BoxEntry, BoxState, QuarantinedEntry, StoredEvent } from "./words.ts";

interface BoxRow {
  readonly name: string;
  readonly communes: readonly string[];
  readonly epoch: number | null;
  readonly seq: number;
  readonly incident: string | null;
  readonly kept_out: number | null;
  readonly kept_out_at: Date | null;
  readonly last_proof_at: Date | null;
  readonly clock_offset_ms: number | null;
  readonly health: BoxHealth | null;
  readonly quarantined: number;
  readonly repeats: number;
  readonly certificate_ends_at: Date | null;
  readonly invited_until: Date | null;
  readonly revoked_at: Date | null;
  readonly operation: number | null;
}

const stateOf = (row: BoxRow): BoxState => ({
  name: row.name,
  communes: row.communes,
  durableSeq: row.seq,
  quarantined: row.quarantined,
  repeats: row.repeats,
  ...(row.epoch === null ? {} : { epoch: row.epoch }),
  ...(row.incident === null ? {} : { incident: row.incident }),
  ...(row.kept_out === null || row.kept_out_at === null
    ? {}
    : { keptOut: { incident: row.kept_out, at: row.kept_out_at.getTime() } }),
  ...(row.last_proof_at === null ? {} : { lastProofAt: row.last_proof_at.getTime() }),
  ...(row.clock_offset_ms === null ? {} : { clockOffsetMs: row.clock_offset_ms }),
  ...(row.health === null ? {} : { health: row.health }),
  ...(row.certificate_ends_at === null ? {} : { certificateEndsAt: row.certificate_ends_at.getTime() }),
  ...(row.invited_until === null ? {} : { invitedUntil: row.invited_until.getTime() }),
  ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.getTime() }),
  ...(row.operation === null ? {} : { operation: row.operation }),
});

const KEPT_OUT = `
  SELECT id, at FROM (
    SELECT id, decided_at, CASE decision WHEN 'keep' THEN last_at WHEN 'new-epoch' THEN replaced_at END AS at
    FROM incident WHERE incident.box = box.id) AS decided
  WHERE at > decided_at + interval '${STOPPING_MS} ms' ORDER BY at DESC LIMIT 1`;

const seconds = (ms: number): number => ms / 1000;

type BoxPart = Pick<
  Store,
  "addBox" | "admitsBox" | "admittedAmong" | "boxes" | "serving" | "proofOfLife" | "quarantine" | "events"
>;

export const boxPart = (sql: Sql, life: Life): BoxPart => ({
  addBox: ({ name, communes }, at) =>
    sql.transaction(async (tx) => {
      const added = await tx.query<{ id: number }>(
        `INSERT INTO box (name, communes, created_at) VALUES ($1, $2::text[], to_timestamp($3::float8))
         ON CONFLICT (name) DO NOTHING RETURNING id`,
        [name, communes, seconds(at)],
      );
      const id = added[0]?.id;
      if (id === undefined) return "exists";
      await tx.query("INSERT INTO box_cursor (box) VALUES ($1)", [id]);
      await tx.query("INSERT INTO box_life (box) VALUES ($1)", [id]);
      await tx.query("INSERT INTO box_orders (box) VALUES ($1)", [id]);
      await notify(tx, [{ type: "box", box: name }]);
      return "added";
    }),

  admitsBox: life.admits,
  admittedAmong: life.admittedAmong,

  async boxes(filter) {
    const rows = await sql.query<BoxRow>(
      `SELECT box.name, box.communes, box_cursor.epoch, box_cursor.seq, box_cursor.incident, box_cursor.operation, box_life.last_proof_at,
              box_life.clock_offset_ms, box_life.health, box.certificate_ends_at, box.revoked_at, kept_out.id AS kept_out, kept_out.at AS kept_out_at,
              (SELECT valid_until FROM box_code WHERE box_code.box = box.id AND key_hash IS NULL) AS invited_until,
              (SELECT count(*)::int4 FROM kept_entry WHERE kept_entry.box = box.id AND repeats) AS repeats,
              (SELECT count(*)::int4 FROM quarantine WHERE quarantine.box = box.id) AS quarantined
       FROM box JOIN box_cursor ON box_cursor.box = box.id JOIN box_life ON box_life.box = box.id
       LEFT JOIN LATERAL (${KEPT_OUT}) AS kept_out ON true
       WHERE box.revoked_at IS NULL OR $1 ORDER BY box.name`,
      [filter !== undefined],
    );
    return rows.map(stateOf);
  },

  serving: () => sql.query<BoxEntry>("SELECT name, communes FROM box WHERE revoked_at IS NULL ORDER BY name"),

  proofOfLife: life.heard,

  quarantine: (box) =>
    sql.query<QuarantinedEntry>(
      `SELECT epoch, seq, code, entry FROM quarantine JOIN box ON box.id = quarantine.box
       WHERE box.name = $1 ORDER BY epoch, seq`,
      [box],
    ),

  async events(box, afterSeq, limit) {
    const rows = await sql.query<
      Omit<StoredEvent, "at" | "device"> & { readonly at: Date; readonly device: string | null }
    >(
      `SELECT event.seq, event.kind, event.name, event.device, event.at, event.detail
       FROM event JOIN box ON box.id = event.box JOIN box_cursor ON box_cursor.box = box.id AND box_cursor.epoch = event.epoch
       WHERE box.name = $1 AND event.seq > $2 ORDER BY event.seq LIMIT $3`,
      [box, afterSeq, limit],
    );
    return rows.map(({ at, device, ...rest }) => ({
      ...rest,
      at: at.getTime(),
      ...(device === null ? {} : { device }),
    }));
  },
});
