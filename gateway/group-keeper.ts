/**
 * Keeps the members of multicast groups as the registry has them: who came down from its lamp leaves, who hangs there instead is given
 * the keys, who did not prove them is told again, and the network server's list of members follows. Until it has proved its keys, it
 * is told alone; that it does not prove them is an alarm.
 */
import { randomUUID } from "node:crypto";
import type { Command } from "../commands/command.ts";
import type { Step } from "../device-registry/network/words.ts";
import type { BoxState } from "./box-state.ts";
import type { BoxClock } from "./clock.ts";
import { BOX, type GroupAgain, type ToJoin } from "./group-again.ts";
import type { GroupRoll } from "./group-roll.ts";
import type { NetworkDesk } from "./network-desk.ts";
import type { Append, Log } from "./words.ts";

export const GROUP_KEYS_ALARM = "group-keys-missing";
const RAISED_KEY = "group-keys-missing.raised";
const SETTLE_EVERY_MS = 60_000;
const FOLLOW_AGAIN_MS = 1_800_000;
/** A controller that was just hung up may join the network only when it has power: tonight, or tomorrow. */
const KEYS_WITHIN_MS = 48 * 3_600_000;

export interface GroupKeeperParts {
  readonly roll: Pick<GroupRoll, "settle" | "views">;
  /** One durable transaction. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly place: (command: Command, append: Append) => void;
  /** Without one there is no list that could follow. */
  readonly network: () => Pick<NetworkDesk, "apply"> | undefined;
  readonly again: GroupAgain;
  readonly state: Pick<BoxState, "get" | "set">;
  readonly clock: Pick<BoxClock, "now" | "mono" | "quality">;
  readonly log: Pick<Log, "info" | "warn">;
}

const groupOfStep = ({ id }: Step): string => id.slice(0, id.lastIndexOf(" "));

/** To be called often; looks once a minute. */
export const createGroupKeeper = (parts: GroupKeeperParts): (() => void) => {
  const { roll, write, place, network, again, state, clock, log } = parts;
  let settledAt = Number.NEGATIVE_INFINITY;
  let followAt = Number.NEGATIVE_INFINITY;
  let following = false;
  // What was not followed before a restart: somebody in it is new, or was.
  const behind = new Set(
    roll
      .views()
      .filter(({ made, members }) => made && members.some(({ state }) => state !== "confirmed"))
      .map(({ name }) => name),
  );

  const giveKeys = ({ group, asset: target, command: name }: ToJoin, append: Append): void => {
    const requestedAt = clock.now();
    const expiresAt = requestedAt + KEYS_WITHIN_MS;
    const wish = { target, name, fields: { group }, author: BOX, precedence: "configuration" } as const;
    place({ id: randomUUID(), ...wish, requestedAt, expiresAt }, append);
  };

  /** Told when it changes, and when it is over. */
  const tellGivenUp = (append: Append): void => {
    const groups = Object.fromEntries([...again.givenUp()].sort());
    const now = JSON.stringify(groups);
    if (now === (state.get(RAISED_KEY) ?? "{}")) return;
    state.set(RAISED_KEY, now);
    const raised = Object.keys(groups).length > 0;
    append({ kind: "alarm", alarm: GROUP_KEYS_ALARM, raised, at: clock.now(), detail: groups });
    if (raised) log.warn({ groups }, "lamps did not take the keys of their group and are told alone");
  };

  const settle = (): void => {
    const { gone, heirs, groups } = write((append) => {
      const settled = roll.settle();
      for (const heir of settled.heirs) giveKeys(heir, append);
      // Nothing with an expiry runs without a clock: no try is spent on it.
      if (clock.quality() === "confirmed") for (const one of again.due()) giveKeys(one, append);
      tellGivenUp(append);
      return settled;
    });
    for (const group of groups) behind.add(group);
    if (gone > 0) {
      log.info({ gone, heirs: heirs.length }, "lamps that came down left their multicast groups");
      followAt = clock.mono();
    }
  };

  const follow = async (desk: Pick<NetworkDesk, "apply">): Promise<void> => {
    const names = new Set(behind);
    try {
      const { applied } = await desk.apply({
        only: (step) => step.kind === "member" && names.has(groupOfStep(step)),
      });
      if (applied.stopped !== undefined || applied.failures.length + applied.left > 0)
        log.warn({ failures: applied.failures }, "multicast members not all followed; tried again later");
      else for (const name of names) behind.delete(name);
    } catch (error) {
      log.warn({ err: error }, "the network server's multicast members could not follow; tried again later");
    }
  };

  return () => {
    const time = clock.mono();
    if (time - settledAt >= SETTLE_EVERY_MS) {
      settledAt = time;
      settle();
    }
    const desk = network();
    if (following || behind.size === 0 || desk === undefined || time < followAt) return;
    following = true;
    followAt = time + FOLLOW_AGAIN_MS;
    follow(desk).finally(() => {
      following = false;
    });
  };
};
