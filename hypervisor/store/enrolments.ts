/** Codes and identities of boxes: which generation of certificates is admitted, and which codes wait to be used. */
import { sameBytes } from "../../cloud-sync/protocol/enrolment.ts";
import { createGather } from "./gather.ts";
import { notify } from "./notices.ts";
import type { Queries, Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import type { EnrolOutcome } from "./words.ts";

type EnrolmentPart = Pick<Store, "boxIdentity" | "revokeBox" | "invite" | "invitation" | "enrol" | "renewed">;

interface CodeRow {
  readonly box: number;
  readonly name: string;
  readonly communes: readonly string[];
  readonly generation: number;
  readonly secret_hash: Uint8Array;
  readonly valid_until: Date;
  readonly key_hash: Uint8Array | null;
  readonly used_generation: number | null;
}

const seconds = (ms: number): number => ms / 1000;

/**
 * Box and code are locked until the transaction ends: two boxes with one code come one after the other. The box first, as a revocation
 * does: the other way round each would wait for the other, and PostgreSQL end one of them.
 */
const lockCode = async (tx: Queries, id: string): Promise<CodeRow | undefined> => {
  await tx.query("SELECT id FROM box WHERE id = (SELECT box FROM box_code WHERE id = $1) FOR UPDATE", [id]);
  const rows = await tx.query<CodeRow>(
    `SELECT box.id AS box, box.name, box.communes, box.generation,
            box_code.secret_hash, box_code.valid_until, box_code.key_hash, box_code.used_generation
     FROM box_code JOIN box ON box.id = box_code.box WHERE box_code.id = $1 FOR UPDATE`,
    [id],
  );
  return rows[0];
};

/** Used before by the same key, and nothing happened to the box since: the answer got lost on its way. */
const isRepeated = (code: CodeRow, keyHash: Uint8Array): boolean =>
  code.key_hash !== null && sameBytes(code.key_hash, keyHash) && code.used_generation === code.generation;

export const enrolmentPart = (sql: Sql): EnrolmentPart => ({
  /** Gathered: a herd of boxes that comes back asks for all of them at once. */
  boxIdentity: createGather(async (names: readonly string[]) => {
    const rows = await sql.query<{ readonly name: string; readonly generation: number; readonly revoked: boolean }>(
      "SELECT name, generation, revoked_at IS NOT NULL AS revoked FROM box WHERE name = ANY($1::text[])",
      [[...new Set(names)]],
    );
    const found = new Map(rows.map(({ name, ...identity }) => [name, identity]));
    return names.map((name) => found.get(name));
  }),

  revokeBox: (name, at) =>
    sql.transaction(async (tx) => {
      const rows = await tx.query<{ readonly id: number }>(
        `UPDATE box SET revoked_at = coalesce(revoked_at, to_timestamp($2::float8)), generation = generation + 1,
                certificate_ends_at = NULL
         WHERE name = $1 RETURNING id`,
        [name, seconds(at)],
      );
      const id = rows[0]?.id;
      if (id === undefined) return false;
      await tx.query("DELETE FROM box_code WHERE box = $1", [id]);
      await notify(tx, [
        { type: "admission", box: name },
        { type: "box", box: name },
      ]);
      return true;
    }),

  invite: (box, { id, secretHash, proofKey, validUntil }, at) =>
    sql.transaction(async (tx) => {
      // Two codes made at once come one after the other: the later one holds.
      await tx.query("SELECT id FROM box WHERE name = $1 FOR UPDATE", [box]);
      await tx.query("DELETE FROM box_code USING box WHERE box.id = box_code.box AND box.name = $1", [box]);
      await tx.query(
        `INSERT INTO box_code (id, box, secret_hash, proof_key, created_at, valid_until)
         SELECT $2, id, $3, $4, to_timestamp($5::float8), to_timestamp($6::float8) FROM box WHERE name = $1`,
        [box, id, secretHash, proofKey, seconds(at), seconds(validUntil)],
      );
    }),

  async invitation(id) {
    const rows = await sql.query<{
      readonly name: string;
      readonly communes: readonly string[];
      readonly proof_key: Uint8Array;
      readonly valid_until: Date;
    }>(
      `SELECT box.name, box.communes, box_code.proof_key, box_code.valid_until
       FROM box_code JOIN box ON box.id = box_code.box WHERE box_code.id = $1`,
      [id],
    );
    return rows.map(({ name, communes, proof_key, valid_until }) => ({
      name,
      communes,
      proofKey: proof_key,
      validUntil: valid_until.getTime(),
    }))[0];
  },

  enrol: ({ id, secretHash, keyHash }, at, endsAt) =>
    sql.transaction(async (tx): Promise<EnrolOutcome> => {
      const code = await lockCode(tx, id);
      if (code === undefined || !sameBytes(code.secret_hash, secretHash)) return { is: "unknown" };
      if (at > code.valid_until.getTime()) return { is: "ended", at: code.valid_until.getTime() };
      const { name, communes } = code;
      if (code.key_hash !== null) {
        if (!isRepeated(code, keyHash)) return { is: "used" };
        return { is: "enrolled", name, communes, generation: code.generation };
      }
      const generation = code.generation + 1;
      // Whoever held this identity before holds it no more: the newest enrolment is the box.
      await tx.query(
        `UPDATE box SET revoked_at = NULL, generation = $2, certificate_ends_at = to_timestamp($3::float8) WHERE id = $1`,
        [code.box, generation, seconds(endsAt)],
      );
      await tx.query("UPDATE box_code SET key_hash = $2, used_generation = $3 WHERE id = $1", [
        id,
        keyHash,
        generation,
      ]);
      await notify(tx, [
        { type: "admission", box: name },
        { type: "box", box: name },
      ]);
      return { is: "enrolled", name, communes, generation };
    }),

  renewed: (name, generation, endsAt) =>
    sql.transaction(async (tx) => {
      const rows = await tx.query<{ readonly communes: readonly string[] }>(
        `UPDATE box SET certificate_ends_at = to_timestamp($3::float8)
         WHERE name = $1 AND generation = $2 AND revoked_at IS NULL RETURNING communes`,
        [name, generation, seconds(endsAt)],
      );
      if (rows[0] !== undefined) await notify(tx, [{ type: "box", box: name }]);
      return rows[0]?.communes;
    }),
});
