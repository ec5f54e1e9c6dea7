/**
 * One frame for a street: when every member of a multicast group is to be told the same, the group is told instead. ChirpStack says
 * nothing of what became of it: that it went on air is inferred from its queue, and each lamp's own uplinks prove the effect.
 */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Way } from "../commands/airtime/duty-cycle.ts";
import type { NetworkGroup } from "../device-registry/network/words.ts";
import { groupOf, type Plan, type Plans } from "./command-plan.ts";
import { atChirpStack, isInTime, type Steps, waitsHere } from "./command-steps.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import type { Pace } from "./pace.ts";
import { SETTLE_MS } from "./reconcile.ts";
import type { Append } from "./words.ts";

/** ChirpStack's multicast groups, by their names here. All reject when it does not answer. */
export interface Multicast {
  /** Frames that wait there, the counter of the next one, and the address (8 lower-case hex digits) by which lamps know it. */
  state(group: string): Promise<{ readonly waiting: number; readonly fCnt: number; readonly mcAddr: string }>;
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
const ASIDE_MS = 60_000;
/** So long after the last order of a wish came is the next one waited for. */
const GATHER_MS = 3_000;

/** What a wish wants of all that hear a group. */
interface GroupRows {
  readonly plan: Plan;
  readonly members: readonly LedgerRow[];
  /** Told alone as well, once the group's frame is out. */
  readonly unproven: readonly LedgerRow[];
}

/** Handed over for its group, and not known to be on air. */
const isTold = (row: LedgerRow): boolean => row.group !== undefined && row.straggler !== true && atChirpStack(row);

const wayOf = ({ frequencyHz, dataRate }: NetworkGroup): Way => ({ frequency: frequencyHz, dr: dataRate });

const wishOf = ({ record: { command } }: LedgerRow): string =>
  JSON.stringify([command.mass?.id, command.name, Object.entries(command.fields).sort()]);

export const createGroupSend = (parts: GroupSendParts): GroupSend => {
  const { ledger, plans, steps, pace, multicast, now } = parts;
  /** Groups that are being told. */
  const telling = new Set<string>();
  /** What ChirpStack does not have as it is here is told one by one until then. */
  const aside = new Map<string, number>();
  /** A group that could not be asked about is left alone until then. */
  const notBefore = new Map<string, number>();
  /** Commands whose group waits for its turn in the air. */
  let claimed = new Set<string>();
  /** Groups whose frame is not known to be out: who is given their keys now would hear it. */
  let beingTold = new Set<string>();
  let lookedAt = 0;
  let looking = false;

  /** Wishes for many of which something waits, by what is wanted. */
  const wishes = (): Map<string, Map<string, LedgerRow>> => {
    const all = new Map<string, Map<string, LedgerRow>>();
    for (const row of ledger.open()) {
      const { mass } = row.record.command;
      if (mass === undefined || row.straggler || row.awaitsConsent || !waitsHere(row) || !isInTime(row, now()))
        continue;
      if (ledger.openOf(row.devEui).some(atChirpStack)) continue;
      const rows = all.get(wishOf(row)) ?? new Map<string, LedgerRow>();
      all.set(wishOf(row), rows.set(row.devEui, row));
    }
    return all;
  };

  /** A group may be told when all that may hear it are to be told the same now; else one would hear what is not for it. */
  const rowsFor = (group: SendGroup, waiting: ReadonlyMap<string, LedgerRow>): GroupRows | undefined => {
    const rows = [...group.members, ...(group.unproven ?? [])].map((devEui) => waiting.get(devEui));
    const all = rows.filter((row) => row !== undefined);
    if (all.length !== rows.length || group.members.length < WORTH_IT) return undefined;
    const [first, ...others] = all.map((row) => plans.planOf(row.record.command));
    if (typeof first !== "object" || first.isPrivate) return undefined;
    const isSame = (other: typeof first | string | undefined): boolean =>
      typeof other === "object" && first.fPort === other.fPort && isDeepStrictEqual([...first.bytes], [...other.bytes]);
    if (!others.every(isSame)) return undefined;
    const cut = group.members.length;
    return { plan: first, members: all.slice(0, cut), unproven: all.slice(cut) };
  };

  /** The region's orders come one by one: what of a wish is not here yet may make a group whole. */
  const isComing = (waiting: ReadonlyMap<string, LedgerRow>): boolean => {
    const rows = [...waiting.values()];
    const newest = Math.max(...rows.map(({ record }) => record.steps[1]?.at ?? record.command.requestedAt));
    return rows.length < (rows[0]?.record.command.mass?.size ?? 0) && now() - newest < GATHER_MS;
  };
  const membersIn = (group: SendGroup, waiting: ReadonlyMap<string, LedgerRow>): readonly LedgerRow[] =>
    group.members.map((devEui) => waiting.get(devEui)).filter((row) => row !== undefined);

  const tell = async (name: string, wish: string): Promise<void> => {
    const before = await multicast.state(name);
    // Meanwhile one may have been taken back, or a lamp have left.
    const group = parts.groups().find((each) => each.name === name);
    const waiting = wishes().get(wish);
    const rows = group && waiting && rowsFor(group, waiting);
    const gateways = parts.gatewaysOnline();
    if (group === undefined || rows === undefined || gateways.length === 0) return;
    // Its keys were drawn anew and ChirpStack has the old ones: those would hear it that left.
    if (before.mcAddr !== group.mcAddr) {
      aside.set(name, now() + ASIDE_MS);
      throw new Error("ChirpStack has another address for it: network apply");
    }
    const { plan } = rows;
    const all = [...rows.members, ...rows.unproven];
    const expiresAt = Math.min(...all.map(({ record }) => record.command.expiresAt));
    const told = { counter: before.fCnt, air: randomUUID() };
    const mark = { publishedAt: now(), group: name, told, attempts: 1 };
    parts.write(() => {
      for (const row of rows.members) steps.handOver(row, mark);
      for (const row of rows.unproven) steps.handOver(row, { ...mark, unproven: true });
      pace.count(gateways, wayOf(group), plan.bytes.length, now(), told.air);
    });
    beingTold.add(name);
    await multicast.send(name, { fPort: plan.fPort, data: plan.bytes, expiresAt });
    parts.write((append) => {
      for (const row of fresh(all)) steps.apply(row, { is: "queued" }, append);
    });
  };

  const fresh = (rows: readonly LedgerRow[]): readonly LedgerRow[] =>
    rows
      .map(({ record }) => ledger.find(record.command.id))
      .filter((row) => row !== undefined)
      .filter(isTold);

  /** Nobody heard whether the frame was taken: the call cannot be repeated blindly, and only the group's counter tells. */
  const settle = (row: LedgerRow, fCnt: number, append: Append): void => {
    const { group: _, unproven: __, told, ...alone } = row;
    if (told === undefined || fCnt === told.counter + 1) steps.apply(row, { is: "queued" }, append);
    else if (fCnt === told.counter) {
      pace.unsent(told.air);
      steps.giveBack(alone, append);
    }
  };

  const givesKeys = (command: LedgerRow["record"]["command"]): boolean => {
    const found = plans.promiseOf(command);
    return typeof found === "object" && found.promise.joinsGroup === true;
  };

  /** By then it has sent what it took, through each antenna. */
  const marginOf = (): number => MARGIN_MS * (parts.gatewaysOnline().length + 1);

  const follow = async (name: string, rows: readonly LedgerRow[]): Promise<void> => {
    const { waiting, fCnt } = await multicast.state(name);
    parts.write((append) => {
      for (const row of fresh(rows)) {
        if (row.record.state !== "queued") settle(row, fCnt, append);
        else if (waiting > 0) continue;
        // ChirpStack drops what expires in its queue, and says as little.
        else if (row.record.command.expiresAt <= (row.publishedAt ?? 0) + marginOf())
          steps.apply(row, { is: "past-expiry", reason: "no-word" }, append);
        else steps.onAir(row, row.publishedAt ?? now(), append, "multicast");
      }
    });
  };

  return {
    claims: ({ record: { command } }) =>
      claimed.has(command.id) || (givesKeys(command) && beingTold.has(groupOf(command))),
    send() {
      claimed = new Set();
      beingTold = new Set(ledger.open().flatMap((row) => (isTold(row) ? [row.group!] : [])));
      const waitingWishes = wishes();
      const gateways = parts.gatewaysOnline();
      if (waitingWishes.size === 0 || gateways.length === 0) return;
      const groups = parts.groups();
      for (const [wish, waiting] of waitingWishes) {
        for (const group of groups) {
          if (now() < (aside.get(group.name) ?? 0)) continue;
          const rows = rowsFor(group, waiting);
          if (rows === undefined) {
            if (isComing(waiting)) for (const { record } of membersIn(group, waiting)) claimed.add(record.command.id);
            continue;
          }
          for (const { record } of [...rows.members, ...rows.unproven]) claimed.add(record.command.id);
          if (telling.has(group.name) || now() < (notBefore.get(group.name) ?? 0)) continue;
          const isSafety = rows.members.some(({ record }) => record.command.precedence === "safety");
          if (pace.turnOf(gateways, wayOf(group), rows.plan.bytes.length, now(), isSafety) > now()) continue;
          telling.add(group.name);
          tell(group.name, wish)
            .catch((error: unknown) => {
              notBefore.set(group.name, now() + LOOK_EVERY_MS);
              parts.log.warn({ group: group.name, error: String(error) }, "group not told, or not known to be");
            })
            .finally(() => telling.delete(group.name));
        }
      }
    },
    tick() {
      const time = now();
      if (looking || time - lookedAt < LOOK_EVERY_MS) return;
      const margin = marginOf();
      const patience = (row: LedgerRow): number => (row.record.state === "queued" ? margin : SETTLE_MS);
      const isDue = (row: LedgerRow): boolean => time - (row.publishedAt ?? time) >= patience(row);
      // While its own call is on the way, its counter tells nothing.
      const held = ledger.open().filter((row) => isTold(row) && !telling.has(row.group!) && isDue(row));
      if (held.length === 0) return;
      lookedAt = time;
      looking = true;
      const names = [...new Set(held.map(({ group }) => group!))];
      Promise.all(
        names.map((name) =>
          follow(
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
