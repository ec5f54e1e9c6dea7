/**
 * One frame for a street: when every member of a multicast group is to be told the same, the group is told instead. ChirpStack says
 * nothing of what became of it: that it went on air is inferred from its queue, and each lamp's own uplinks prove the effect.
 */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { NetworkGroup } from "../device-registry/network/words.ts";
import type { Plans } from "./command-plan.ts";
import { atChirpStack, type Steps, waitsHere } from "./command-steps.ts";
import type { Way } from "./downlink-routes.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import type { Pace } from "./pace.ts";
import type { Append } from "./words.ts";

/** ChirpStack's multicast groups, by their names here. All reject when it does not answer. */
export interface Multicast {
  /** Frames that wait there, and the counter of the next one. */
  state(group: string): Promise<{ readonly waiting: number; readonly fCnt: number }>;
  send(
    group: string,
    frame: { readonly fPort: number; readonly data: Uint8Array; readonly expiresAt: number },
  ): Promise<void>;
}

/** A group as it may be told. */
export interface SendGroup extends NetworkGroup {
  /** May hear its frames, but did not prove it: told alone as well, and never to hear what is not for them. */
  readonly unproven?: readonly string[];
}

export interface GroupSendParts {
  readonly ledger: Ledger;
  readonly plans: Plans;
  readonly steps: Steps;
  readonly pace: Pace;
  readonly multicast: Multicast;
  /** Members are those that are known to have the group's keys. */
  readonly groups: () => readonly SendGroup[];
  /** LoRa gateways that are on line now. */
  readonly gatewaysOnline: () => readonly string[];
  readonly now: () => number;
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly log: { warn(detail: object, message: string): void };
}

export interface GroupSend {
  /** Hands over what may go by multicast; what it takes is no longer waiting. */
  send(): void;
  /** A waiting command that goes with its group, now or as soon as its turn comes. */
  claims(row: LedgerRow): boolean;
  /** About once a second: has ChirpStack sent what it holds? */
  tick(): void;
}

/** A group of one costs what its lamp costs. */
const WORTH_IT = 2;
/** ChirpStack sends through one gateway after the other, so far apart (`multicast_class_c_margin`). */
const MARGIN_MS = 5_000;
const LOOK_EVERY_MS = 5_000;

const wayOf = ({ frequencyHz, dataRate }: NetworkGroup): Way => ({ frequency: frequencyHz, dr: dataRate });

const wishOf = ({ record: { command } }: LedgerRow): string =>
  JSON.stringify([command.mass?.id, command.name, Object.entries(command.fields).sort()]);

export const createGroupSend = (parts: GroupSendParts): GroupSend => {
  const { ledger, plans, steps, pace, multicast, now } = parts;
  /** Groups that are being told. */
  const telling = new Set<string>();
  /** Commands whose group waits for its turn in the air. */
  let claimed = new Set<string>();
  let lookedAt = 0;
  let looking = false;

  /** Wishes for many of which something waits, by what is wanted. */
  const wishes = (): Map<string, Map<string, LedgerRow>> => {
    const all = new Map<string, Map<string, LedgerRow>>();
    for (const row of ledger.open()) {
      const { mass, expiresAt } = row.record.command;
      if (mass === undefined || row.straggler || row.awaitsConsent || !waitsHere(row) || expiresAt <= now()) continue;
      if (ledger.openOf(row.devEui).some(atChirpStack)) continue;
      const rows = all.get(wishOf(row)) ?? new Map<string, LedgerRow>();
      all.set(wishOf(row), rows.set(row.devEui, row));
    }
    return all;
  };

  const tell = async (group: NetworkGroup, rows: readonly LedgerRow[]): Promise<void> => {
    const plan = plans.planOf(rows[0]!.record.command);
    if (typeof plan === "string") return;
    const ids = rows.map(({ record }) => record.command.id);
    const expiresAt = Math.min(...rows.map(({ record }) => record.command.expiresAt));
    const before = await multicast.state(group.name);
    const gateways = parts.gatewaysOnline();
    const airId = randomUUID();
    parts.write(() => {
      for (const row of rows) ledger.put({ ...row, publishedAt: now(), group: group.name, attempts: 1 });
      pace.count(gateways, wayOf(group), plan.bytes.length, now(), airId);
    });
    const each = (work: (row: LedgerRow, append: Append) => void): void =>
      parts.write((append) => {
        for (const row of ids.map((id) => ledger.find(id))) if (row !== undefined) work(row, append);
      });
    try {
      await multicast.send(group.name, { fPort: plan.fPort, data: plan.bytes, expiresAt });
    } catch (error) {
      parts.log.warn({ group: group.name, error: String(error) }, "multicast frame not taken");
      // The call cannot be repeated blindly: only the counter tells whether it was taken.
      const after = await multicast.state(group.name).catch(() => undefined);
      if (after === undefined || after.fCnt !== before.fCnt) return;
      parts.write(() => pace.unsent(airId));
      each((row) => {
        const { publishedAt: _, group: __, ...again } = row;
        if (waitsHere(again)) ledger.put(again);
      });
      return;
    }
    each((row, append) => void steps.apply(row, { is: "queued" }, append));
  };

  /** A group may be told when all that may hear it are to be told the same now; else one would hear what is not for it. */
  const rowsFor = (group: SendGroup, waiting: ReadonlyMap<string, LedgerRow>): readonly LedgerRow[] => {
    const rows = [...group.members, ...(group.unproven ?? [])].map((devEui) => waiting.get(devEui));
    const all = rows.filter((row) => row !== undefined);
    if (all.length !== rows.length || group.members.length < WORTH_IT) return [];
    const [first, ...others] = all.map((row) => plans.planOf(row.record.command));
    const isSame = (other: typeof first): boolean =>
      typeof first === "object" &&
      typeof other === "object" &&
      !first.isPrivate &&
      first.fPort === other.fPort &&
      isDeepStrictEqual([...first.bytes], [...other.bytes]);
    return others.every(isSame) ? all.slice(0, group.members.length) : [];
  };

  const onAir = async (group: string, rows: readonly LedgerRow[]): Promise<void> => {
    const { waiting } = await multicast.state(group);
    if (waiting > 0) return;
    const expired = rows.filter(({ record }) => record.command.expiresAt <= now());
    parts.write((append) => {
      for (const { record } of rows) {
        const row = ledger.find(record.command.id);
        if (row === undefined || !atChirpStack(row)) continue;
        // ChirpStack drops what has expired in its queue, and says as little.
        if (expired.some((each) => each.record.command.id === record.command.id))
          steps.apply(row, { is: "past-expiry", reason: "no-word" }, append);
        else steps.onAir(row, row.publishedAt ?? now(), append, "multicast");
      }
    });
  };

  return {
    claims: ({ record }) => claimed.has(record.command.id),
    send() {
      claimed = new Set();
      const gateways = parts.gatewaysOnline();
      if (gateways.length === 0) return;
      for (const waiting of wishes().values()) {
        for (const group of parts.groups()) {
          const rows = rowsFor(group, waiting);
          const plan = rows[0] === undefined ? undefined : plans.planOf(rows[0].record.command);
          if (rows.length === 0 || typeof plan !== "object") continue;
          for (const { record } of rows) claimed.add(record.command.id);
          if (telling.has(group.name)) continue;
          const isSafety = rows.some(({ record }) => record.command.precedence === "safety");
          if (pace.turnOf(gateways, wayOf(group), plan.bytes.length, now(), isSafety) > now()) continue;
          telling.add(group.name);
          tell(group, rows)
            .catch((error: unknown) =>
              parts.log.warn({ group: group.name, error: String(error) }, "group not told; tried again"),
            )
            .finally(() => telling.delete(group.name));
        }
      }
    },
    tick() {
      const time = now();
      if (looking || time - lookedAt < LOOK_EVERY_MS) return;
      const margin = MARGIN_MS * (parts.gatewaysOnline().length + 1);
      const held = ledger
        .open()
        .filter((row) => row.group !== undefined && !row.straggler && row.record.state === "queued")
        .filter((row) => time - (row.publishedAt ?? time) >= margin);
      if (held.length === 0) return;
      lookedAt = time;
      looking = true;
      const names = [...new Set(held.map(({ group }) => group!))];
      Promise.all(
        names.map((name) =>
          onAir(
            name,
            held.filter(({ group }) => group === name),
          ),
        ),
      )
        .catch((error: unknown) => parts.log.warn({ error: String(error) }, "multicast queue could not be looked at"))
        .finally(() => {
          looking = false;
        });
    },
  };
};
