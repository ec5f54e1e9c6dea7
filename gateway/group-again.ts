/**
 * Members of multicast groups that were told their keys and did not prove them are told again by the box itself: less and less often,
 * and not for ever. Whoever is left after that is named to a person.
 */
import type { CommandState } from "../commands/command.ts";
import type { NetworkStore } from "../device-registry/network/store.ts";
import type { KnownMember, NetworkGroup } from "../device-registry/network/words.ts";
import type { Registry } from "../device-registry/store.ts";
import type { AssetRef, DevEui, Model } from "../device-registry/words.ts";

/** Somebody is to be given the keys of a group, by this command of its model. */
export interface ToJoin {
  readonly group: string;
  readonly asset: AssetRef;
  readonly command: string;
}

export interface GroupAgainParts {
  readonly store: Pick<NetworkStore, "groups" | "memberships" | "noteMembership">;
  readonly registry: Pick<Registry, "device">;
  readonly findModel: (id: string) => Model | undefined;
  /** A command that gives the device the keys of the group has not come to its end. */
  readonly isBeingTold: (group: string, devEui: DevEui) => boolean;
  readonly now: () => number;
}

export interface GroupAgain {
  /** Inside a transaction, now and then: who is to be told now. What is returned counts as tried. */
  due(): readonly ToJoin[];
  /** How many members each group has that are not told any more; groups without any are left out. */
  givenUp(): ReadonlyMap<string, number>;
}

const HOUR_MS = 3_600_000;
/** Before the first try by the box, the second, and so on: a lamp has power by night, and each try lasts for two. */
const WAITS_MS: readonly number[] = [HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS, 24 * HOUR_MS];

/** Somebody took the order back: the box does not give it again by itself. */
const CALLED_OFF = -1;

/** The author of what the box asks by itself. */
export const BOX = "box";

/** The command of a model that gives its devices a group's keys. */
export const joiningCommand = (model: Model | undefined): string | undefined =>
  Object.entries(model?.commands ?? {}).find(([, { joinsGroup }]) => joinsGroup === true)?.[0];

/** Somebody's own order begins the box's tries anew, what somebody takes back ends them; undefined: they go on. */
export const triesAfter = (state: CommandState, author: string): number | undefined => {
  if (state === "cancelled") return CALLED_OFF;
  return state === "effect-observed" || (state === "accepted" && author !== BOX) ? 0 : undefined;
};

/** Told as often as it is told by the box. */
export const isGivenUp = ({ state, tries }: Pick<KnownMember, "state" | "tries">): boolean =>
  state !== "confirmed" && state !== "left" && tries !== undefined && tries >= WAITS_MS.length;

export const createGroupAgain = ({ store, registry, findModel, isBeingTold, now }: GroupAgainParts): GroupAgain => {
  /** Members that did not prove it, and are not being told. */
  const idle = (group: NetworkGroup): readonly (readonly [DevEui, KnownMember])[] => {
    if (group.slot === undefined) return [];
    const known = store.memberships(group.name);
    return group.members.flatMap((devEui) => {
      const member = known.get(devEui);
      if (member === undefined || member.state === "confirmed" || member.state === "left") return [];
      return isBeingTold(group.name, devEui) ? [] : [[devEui, member] as const];
    });
  };

  const isDue = ({ tries, at }: KnownMember): boolean => {
    // Nobody has told it yet: whoever declared it may have had second thoughts.
    if (tries === undefined || tries === CALLED_OFF) return false;
    const wait = WAITS_MS[tries];
    // What happened later than now happened before the clock was put right.
    return wait !== undefined && (now() - at >= wait || at > now());
  };

  return {
    due() {
      const told: ToJoin[] = [];
      for (const group of store.groups())
        for (const [devEui, member] of idle(group)) {
          const device = registry.device(devEui);
          const command = device && joiningCommand(findModel(device.model));
          if (device?.asset === undefined || command === undefined || !isDue(member)) continue;
          store.noteMembership(group.name, devEui, { ...member, at: now(), tries: (member.tries ?? 0) + 1 });
          told.push({ group: group.name, asset: device.asset, command });
        }
      return told;
    },
    givenUp: () =>
      new Map(
        store
          .groups()
          .map((group) => [group.name, idle(group).filter(([, member]) => isGivenUp(member)).length] as const)
          .filter(([, n]) => n > 0),
      ),
  };
};
