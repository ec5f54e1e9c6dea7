/** Command outcomes of a box, applied to the replica. The box's word counts, but only about its own commands. */
import { z } from "zod";
import type { Outcome } from "../../cloud-sync/protocol/entry.ts";
import { type Command, type CommandState, PRECEDENCES } from "../../commands/command.ts";
import { isState, replicaMove } from "../../commands/replica.ts";
import { entryText, type Placed, type Unusable } from "./sorting.ts";
import type { Queries } from "./sql.ts";

const RequestShape = z.object({
  id: z.uuid(),
  target: z.string().min(1),
  name: z.string().min(1),
  fields: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  author: z.string(),
  precedence: z.enum(PRECEDENCES),
  requestedAt: z.number(),
  expiresAt: z.number(),
  holdUntil: z.number().exactOptional(),
  reason: z.string().exactOptional(),
  mass: z.object({ id: z.uuid(), size: z.number().int() }).exactOptional(),
});

interface Known {
  readonly box: number;
  state: CommandState;
  /** Number of steps. */
  places: number;
}

const seconds = (ms: number): number => ms / 1000;

/** Stores new commands with their first step, from the place `cursor` of their box's feed on; those that are known stay as they are. */
export const insertCommands = async (
  tx: Queries,
  box: number,
  commands: readonly Command[],
  cursor: number | null,
): Promise<readonly string[]> => {
  if (commands.length === 0) return [];
  const of = (pick: (command: Command) => unknown): unknown[] => commands.map(pick);
  const rows = await tx.query<{ id: string }>(
    `WITH added AS (
       INSERT INTO command (box, cursor, state, id, target, name, fields, author, precedence, requested_at, expires_at,
                            hold_until, reason, mass, mass_size)
       SELECT $1::int4, $2::int8 + place - 1, 'requested', id, target, name, fields::jsonb, author, precedence,
              to_timestamp(requested_at), to_timestamp(expires_at), to_timestamp(hold_until), reason, mass, mass_size
       FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::float8[], $10::float8[],
                   $11::float8[], $12::text[], $13::uuid[], $14::int4[]) WITH ORDINALITY
         AS wish (id, target, name, fields, author, precedence, requested_at, expires_at, hold_until, reason, mass, mass_size,
                  place)
       ON CONFLICT (id) DO NOTHING
       RETURNING id, requested_at
     )
     INSERT INTO command_step (command, place, state, at)
     SELECT id, 0, 'requested', requested_at FROM added RETURNING command AS id`,
    [
      box,
      cursor,
      of(({ id }) => id),
      of(({ target }) => target),
      of(({ name }) => name),
      of(({ fields }) => JSON.stringify(fields)),
      of(({ author }) => author),
      of(({ precedence }) => precedence),
      of(({ requestedAt }) => seconds(requestedAt)),
      of(({ expiresAt }) => seconds(expiresAt)),
      of(({ holdUntil }) => (holdUntil === undefined ? null : seconds(holdUntil))),
      of(({ reason }) => reason ?? null),
      of(({ mass }) => mass?.id ?? null),
      of(({ mass }) => mass?.size ?? null),
    ],
  );
  return rows.map(({ id }) => id);
};

const loadKnown = async (tx: Queries, ids: readonly string[]): Promise<Map<string, Known>> => {
  const rows = await tx.query<{ id: string; box: number; state: string; places: number }>(
    `SELECT id, box, state, (SELECT count(*)::int4 FROM command_step WHERE command = command.id) AS places
     FROM command WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`,
    [ids],
  );
  return new Map(rows.map(({ id, box, state, places }) => [id, { box, state: state as CommandState, places }]));
};

interface StepRow {
  readonly command: string;
  readonly place: number;
  readonly state: string;
  readonly at: number;
  readonly reason: string | null;
}

const write = async (tx: Queries, steps: readonly StepRow[], known: ReadonlyMap<string, Known>): Promise<void> => {
  if (steps.length === 0) return;
  const of = (pick: (step: StepRow) => unknown): unknown[] => steps.map(pick);
  await tx.query(
    `INSERT INTO command_step (command, place, state, at, reason)
     SELECT command, place, state, to_timestamp(at), reason
     FROM unnest($1::uuid[], $2::int4[], $3::text[], $4::float8[], $5::text[]) AS step (command, place, state, at, reason)`,
    [
      of(({ command }) => command),
      of(({ place }) => place),
      of(({ state }) => state),
      of(({ at }) => seconds(at)),
      of(({ reason }) => reason),
    ],
  );
  const changed = [...new Set(steps.map(({ command }) => command))];
  await tx.query(
    `UPDATE command SET state = moved.state FROM unnest($1::uuid[], $2::text[]) AS moved (id, state)
     WHERE command.id = moved.id`,
    [changed, changed.map((id) => known.get(id)!.state)],
  );
};

const shapeFault = (outcome: Outcome): string | undefined => {
  if (!z.uuid().safeParse(outcome.command).success) return "command-id";
  if (!isState(outcome.state)) return "state-unknown";
  if (outcome.request === undefined) return undefined;
  const request = RequestShape.safeParse(outcome.request);
  return request.success && request.data.id === outcome.command ? undefined : "request-shape";
};

/** @param box its number. Returns the commands that moved, and the outcomes that could not be used. */
export const applyOutcomes = async (
  tx: Queries,
  box: number,
  outcomes: readonly Placed<Outcome>[],
): Promise<{ readonly moved: readonly string[]; readonly unusable: readonly Unusable[] }> => {
  if (outcomes.length === 0) return { moved: [], unusable: [] };
  const unusable: Unusable[] = [];
  const setAside = (placed: Placed<Outcome>, code: string) =>
    unusable.push({ seq: placed.seq, code, entry: entryText(placed) });
  const sound = outcomes.filter((placed) => {
    const fault = shapeFault(placed.body);
    if (fault !== undefined) setAside(placed, fault);
    return fault === undefined;
  });
  const requests = sound.flatMap(({ body }) => (body.request === undefined ? [] : [RequestShape.parse(body.request)]));
  const born = await insertCommands(tx, box, [...new Map(requests.map((each) => [each.id, each])).values()], null);
  const known = await loadKnown(tx, [...new Set(sound.map(({ body }) => body.command.toLowerCase()))]);
  const steps: StepRow[] = [];
  for (const placed of sound) {
    const { state, at, reason } = placed.body;
    const id = placed.body.command.toLowerCase();
    const command = known.get(id);
    if (command === undefined) setAside(placed, "command-unknown");
    else if (command.box !== box) setAside(placed, "command-of-another-box");
    else if (isState(state)) {
      const move = replicaMove(command.state, state);
      if (move === "after-end") setAside(placed, move);
      if (move !== "moves") continue;
      steps.push({ command: id, place: command.places++, state, at, reason: reason ?? null });
      command.state = state;
    }
  }
  await write(tx, steps, known);
  return { moved: [...new Set([...born, ...steps.map(({ command }) => command)])], unusable };
};
