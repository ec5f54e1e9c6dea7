/**
 * Multicast groups whose keys the box gives out itself: made here, told to each lamp by a command of its own, and counted on only
 * for lamps that proved they took the keys.
 */
import { randomBytes } from "node:crypto";
import type { GroupView, MadeGroup, MakeGroup } from "../api/groups.ts";
import { RX2_DR, RX2_FREQUENCY } from "../commands/airtime/duty-cycle.ts";
import { type CommandState, isTerminal } from "../commands/command.ts";
import { type KeyStore, KeysUnusable, SecretKey } from "../device-registry/keys/index.ts";
import type { NetworkStore } from "../device-registry/network/store.ts";
import type { Membership, NetworkGroup } from "../device-registry/network/words.ts";
import type { Registry } from "../device-registry/store.ts";
import type { DevEui, Device, Model } from "../device-registry/words.ts";
import type { SendGroup } from "./group-send.ts";

export interface GroupRollParts {
  readonly store: Pick<NetworkStore, "groups" | "putGroup" | "memberships" | "noteMembership">;
  readonly keys: Pick<KeyStore, "group" | "putGroup">;
  readonly registry: Pick<Registry, "device" | "deviceOf">;
  readonly findModel: (id: string) => Model | undefined;
  readonly now: () => number;
}

/** What the codec's command wants; keys among it. */
export type GroupFields = Readonly<Record<"index" | "address" | "networkKey" | "applicationKey", number | string>>;

export interface GroupRoll {
  /** Those that may be told; a member is one that proved it, or that had the keys before. */
  groups(): readonly SendGroup[];
  /** For the one frame that gives a lamp its keys, and for nothing else; or why there are none. */
  fieldsOf(group: string): GroupFields | string;
  /** A command that gives a device the keys of a group came to a state. */
  note(group: string, devEui: DevEui, state: CommandState): void;
  views(): readonly GroupView[];
  /** Inside a transaction: a new group, or more members of one that was made here. */
  make(form: MakeGroup): MadeGroup;
}

/** Addresses of networks without a number of their own (NetID 000000) begin with seven zero bits. */
const freshAddress = (): string => {
  const bytes = randomBytes(4);
  bytes[0] = bytes[0]! & 0x01;
  return bytes.toString("hex");
};

/** The command of a model that gives its devices a group's keys. */
export const joiningCommand = (model: Model | undefined): string | undefined =>
  Object.entries(model?.commands ?? {}).find(([, { joinsGroup }]) => joinsGroup === true)?.[0];

export const createGroupRoll = ({ store, keys, registry, findModel, now }: GroupRollParts): GroupRoll => {
  const serving = (devEui: DevEui): Device | undefined => {
    const device = registry.device(devEui);
    return device?.asset === undefined ? undefined : device;
  };
  const stateOf = (group: NetworkGroup, known: ReturnType<NetworkStore["memberships"]>, devEui: DevEui): Membership =>
    group.slot === undefined ? "confirmed" : (known.get(devEui)?.state ?? "waits");

  const sendGroup = (group: NetworkGroup): SendGroup => {
    if (group.slot === undefined) return group;
    const known = store.memberships(group.name);
    // What was taken down may still hear, and lights nothing.
    const here = group.members.filter((devEui) => serving(devEui) !== undefined);
    const isProven = (devEui: DevEui): boolean => stateOf(group, known, devEui) === "confirmed";
    const mayHear = (devEui: DevEui): boolean => !isProven(devEui) && stateOf(group, known, devEui) !== "waits";
    return { ...group, members: here.filter(isProven), unproven: here.filter(mayHear) };
  };

  /** Where the lamps keep it: no two groups of one lamp in one place. */
  const freeSlot = (name: string, members: readonly DevEui[]): number => {
    const others = store.groups().filter((group) => group.name !== name);
    const taken = new Set(
      others.filter((group) => group.members.some((each) => members.includes(each))).map(({ slot }) => slot),
    );
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    return slot;
  };

  return {
    groups: () => store.groups().map(sendGroup),
    fieldsOf(name) {
      const group = store.groups().find((each) => each.name === name);
      if (group?.slot === undefined) return "unknown-group";
      try {
        const sealed = keys.group(name);
        if (sealed === undefined) return "unknown-group";
        return {
          index: group.slot,
          address: group.mcAddr,
          networkKey: sealed.mcNwkSKey.revealHex(),
          applicationKey: sealed.mcAppSKey.revealHex(),
        };
      } catch (error) {
        if (error instanceof KeysUnusable) return "keys-unusable";
        throw error;
      }
    },
    note(name, devEui, state) {
      const known = store.memberships(name).get(devEui)?.state;
      const says: Membership = state === "effect-observed" ? "confirmed" : isTerminal(state) ? "missing" : "asked";
      // A lamp that has the keys keeps them until it was told others and did not answer.
      if (says === known || (known === "confirmed" && state !== "failed")) return;
      store.noteMembership(name, devEui, says, now());
    },
    views: () =>
      store.groups().map((group) => {
        const known = store.memberships(group.name);
        return {
          name: group.name,
          application: group.application,
          mcAddr: group.mcAddr,
          made: group.slot !== undefined,
          members: group.members.map((devEui) => {
            const asset = registry.device(devEui)?.asset;
            const at = known.get(devEui)?.at;
            return {
              device: devEui,
              ...(asset === undefined ? {} : { asset }),
              state: stateOf(group, known, devEui),
              ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
            };
          }),
        };
      }),
    make({ name, application, targets }) {
      const refused: { target: string; reason: string }[] = [];
      const joining = new Map<DevEui, string>();
      const commands = new Set<string>();
      for (const target of new Set(targets)) {
        const device = registry.deviceOf(target);
        const command = device && joiningCommand(findModel(device.model));
        if (device === undefined) refused.push({ target, reason: "no-device" });
        else if (command === undefined) refused.push({ target, reason: "joins-no-group" });
        else {
          joining.set(device.devEui, target);
          commands.add(command);
        }
      }
      const before = store.groups().find((group) => group.name === name);
      if (before !== undefined && before.slot === undefined)
        return { refused: [{ target: name, reason: "not-ours" }], targets: [] };
      if (joining.size === 0) return { refused, targets: [] };
      const members = [...new Set([...(before?.members ?? []), ...joining.keys()])];
      const own = {
        frequencyHz: RX2_FREQUENCY,
        dataRate: RX2_DR,
        mcAddr: freshAddress(),
        slot: freeSlot(name, members),
      };
      store.putGroup({ name, application, ...own, ...before, members });
      if (before === undefined) {
        const [mcAppSKey, mcNwkSKey] = [SecretKey.of(randomBytes(16)), SecretKey.of(randomBytes(16))];
        keys.putGroup(name, { mcAppSKey, mcNwkSKey });
      }
      return { refused, targets: [...joining.values()], command: [...commands][0]! };
    },
  };
};
