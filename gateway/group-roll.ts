/**
 * Multicast groups whose keys the box gives out itself: made here, told to each lamp by a command of its own, and counted on only
 * for lamps that proved they took the keys. Who leaves keeps the keys it was given: the group is then told in one frame only where
 * that lamp is meant as well, until its keys are drawn anew.
 */
import { randomBytes } from "node:crypto";
import type {
  GroupView,
  LeaveGroup,
  LeftGroup,
  MadeGroup,
  MakeGroup,
  RenewedGroup,
  RenewGroup,
} from "../api/groups.ts";
import { RX2_DR, RX2_FREQUENCY } from "../commands/airtime/duty-cycle.ts";
import { type Command, type CommandState, isTerminal } from "../commands/command.ts";
import { type KeyStore, KeysUnusable, SecretKey } from "../device-registry/keys/index.ts";
import type { NetworkStore } from "../device-registry/network/store.ts";
import type { KnownMember, Membership, NetworkGroup } from "../device-registry/network/words.ts";
import type { Registry } from "../device-registry/store.ts";
import type { AssetRef, DevEui, Device, Model } from "../device-registry/words.ts";
import { isGivenUp, joiningCommand, type ToJoin, triesAfter } from "./group-again.ts";
import type { SendGroup } from "./group-send.ts";

export interface GroupRollParts {
  readonly store: Pick<NetworkStore, "groups" | "putGroup" | "memberships" | "noteMembership" | "forgetMembership">;
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
  /** For the one frame that gives a member its keys, and for nothing else; or why there are none. */
  fieldsOf(group: string, devEui: DevEui): GroupFields | string;
  /** A command that gives a device the keys of a group came to a state. */
  note(group: string, devEui: DevEui, state: CommandState, command: Pick<Command, "author" | "requestedAt">): void;
  views(): readonly GroupView[];
  /** Inside a transaction: a new group, or more members of one that was made here. */
  make(form: MakeGroup): MadeGroup;
  /** Inside a transaction: members, named by asset or DevEUI, are members no more. */
  leave(form: LeaveGroup): LeftGroup;
  /** Inside a transaction: other keys, which every member has to be given anew. */
  renew(form: RenewGroup): RenewedGroup;
  /**
   * Inside a transaction, now and then: who came down from the asset it joined with is a member no more, and who serves that asset
   * instead is one that waits for its keys.
   */
  settle(): Settled;
}

export interface Settled {
  readonly gone: number;
  /** To be given their keys by this command of their model. */
  readonly heirs: readonly ToJoin[];
  /** Whose members are others now. */
  readonly groups: readonly string[];
}

/** Addresses of networks without a number of their own (NetID 000000) begin with seven zero bits. */
const freshAddress = (): string => {
  const bytes = randomBytes(4);
  bytes[0] = bytes[0]! & 0x01;
  return bytes.toString("hex");
};

const drawKeys = () => ({ mcAppSKey: SecretKey.of(randomBytes(16)), mcNwkSKey: SecretKey.of(randomBytes(16)) });

/** It may have reached the device. */
const isSent = (state: CommandState): boolean =>
  (["queued", "on-air", "acknowledged", "effect-observed", "done", "failed"] as const).some((each) => each === state);

export const createGroupRoll = ({ store, keys, registry, findModel, now }: GroupRollParts): GroupRoll => {
  const servedBy = (devEui: DevEui): AssetRef | undefined => registry.device(devEui)?.asset;
  const groupNamed = (name: string): NetworkGroup | undefined => store.groups().find((each) => each.name === name);
  /** Whoever was not given its keys here had them before. */
  const stateOf = (group: NetworkGroup, known: KnownMember | undefined): Membership =>
    known?.state === "left" || group.slot !== undefined ? (known?.state ?? "waits") : "confirmed";
  /** It serves something else than it joined with, or nothing any more. */
  const isElsewhere = (devEui: DevEui, known: KnownMember | undefined): boolean =>
    known?.asset !== undefined && known.asset !== servedBy(devEui);

  const sendGroup = (group: NetworkGroup): SendGroup => {
    const known = store.memberships(group.name);
    // What was taken down may still hear, and lights nothing.
    const here = [...new Set([...group.members, ...known.keys()])].filter((devEui) => servedBy(devEui) !== undefined);
    const isMember = (devEui: DevEui): boolean =>
      stateOf(group, known.get(devEui)) === "confirmed" && !isElsewhere(devEui, known.get(devEui));
    const mayHear = (devEui: DevEui): boolean => !isMember(devEui) && stateOf(group, known.get(devEui)) !== "waits";
    return { ...group, members: here.filter(isMember), unproven: here.filter(mayHear) };
  };

  /** What it was given stays with it; who was given nothing yet is forgotten. */
  const letGo = (group: NetworkGroup, leaving: ReadonlySet<DevEui>): void => {
    const known = store.memberships(group.name);
    for (const devEui of leaving) {
      const member = known.get(devEui);
      if (stateOf(group, member) === "waits") store.forgetMembership(group.name, devEui);
      else store.noteMembership(group.name, devEui, { ...member, state: "left", at: now() });
    }
    store.putGroup({ ...group, members: group.members.filter((devEui) => !leaving.has(devEui)) });
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

  const admit = (group: NetworkGroup, joining: ReadonlyMap<DevEui, AssetRef>, tries?: number): void => {
    store.putGroup({ ...group, members: [...new Set([...group.members, ...joining.keys()])] });
    const known = store.memberships(group.name);
    for (const [devEui, asset] of joining) {
      const { state = "waits", at = now() } = known.get(devEui) ?? {};
      // Who comes back has the keys it left with, if it has them.
      const standing = { state: state === "left" ? "missing" : state, at, asset } as const;
      store.noteMembership(group.name, devEui, { ...standing, ...(tries === undefined ? {} : { tries }) });
    }
  };

  /** Who serves what a member has left, if it can be given the group's keys without losing another group's. */
  const heirsOf = (
    group: NetworkGroup,
    assets: readonly AssetRef[],
  ): readonly { device: Device; command: string }[] => {
    if (group.slot === undefined) return [];
    const others = store.groups().filter(({ name, slot }) => name !== group.name && slot === group.slot);
    return assets.flatMap((asset) => {
      const device = registry.deviceOf(asset);
      const command = device && joiningCommand(findModel(device.model));
      if (device === undefined || command === undefined || group.members.includes(device.devEui)) return [];
      return others.some(({ members }) => members.includes(device.devEui)) ? [] : [{ device, command }];
    });
  };

  const rekey = (group: NetworkGroup): void => {
    const { name } = group;
    store.putGroup({ ...group, mcAddr: freshAddress(), keysSince: now() });
    keys.putGroup(name, drawKeys());
    for (const [devEui, member] of store.memberships(name)) {
      if (member.state === "left") store.forgetMembership(name, devEui);
      else store.noteMembership(name, devEui, { ...member, state: "waits", at: now(), tries: 0 });
    }
  };

  return {
    groups: () => store.groups().map(sendGroup),
    fieldsOf(name, devEui) {
      const group = groupNamed(name);
      if (group?.slot === undefined) return "unknown-group";
      if (!group.members.includes(devEui)) return "not-in-group";
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
    note(name, devEui, state, { author, requestedAt }) {
      const group = groupNamed(name);
      const known = store.memberships(name).get(devEui);
      const isMember = group?.members.includes(devEui) === true;
      // Told before it was taken out: it may have the keys. Told before the keys were drawn anew: nobody knows which it has.
      const isProof = state === "effect-observed" && requestedAt >= (group?.keysSince ?? 0);
      const said: Membership = isProof ? "confirmed" : isTerminal(state) ? "missing" : "asked";
      const says = isMember ? said : "left";
      const tries = isMember ? triesAfter(state, author) : undefined;
      if (tries !== undefined && known !== undefined) store.noteMembership(name, devEui, { ...known, tries });
      // A lamp that has the keys keeps them until it was told others and did not answer.
      if (says === known?.state || (isMember && known?.state === "confirmed" && state !== "failed")) return;
      if (!isMember && known === undefined && !isSent(state)) return;
      store.noteMembership(name, devEui, { state: says, at: now(), ...(tries === undefined ? {} : { tries }) });
    },
    views: () =>
      store.groups().map((group) => {
        const known = store.memberships(group.name);
        const left = [...known].filter(([, { state }]) => state === "left").map(([devEui]) => devEui);
        return {
          name: group.name,
          application: group.application,
          mcAddr: group.mcAddr,
          made: group.slot !== undefined,
          members: [...group.members, ...left].map((devEui) => {
            const asset = servedBy(devEui);
            const { at, ...tried } = known.get(devEui) ?? {};
            const state = stateOf(group, known.get(devEui));
            return {
              device: devEui,
              ...(asset === undefined ? {} : { asset }),
              state,
              ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
              ...(group.slot !== undefined && isGivenUp({ ...tried, state }) ? { givenUp: true as const } : {}),
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
      const before = groupNamed(name);
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
      admit({ name, application, keysSince: now(), ...own, ...before, members }, joining);
      if (before === undefined) keys.putGroup(name, drawKeys());
      return { refused, targets: [...joining.values()], command: [...commands][0]! };
    },
    leave({ name, targets }) {
      const group = groupNamed(name);
      if (group === undefined)
        return { refused: [{ target: name, reason: "unknown-group" }], targets: [], stillHear: 0 };
      const byTarget = new Map(
        group.members.flatMap((devEui) => [
          [devEui, devEui],
          [servedBy(devEui) ?? devEui, devEui],
        ]),
      );
      const leaving = new Set(targets.map((target) => byTarget.get(target)).filter((devEui) => devEui !== undefined));
      letGo(group, leaving);
      return {
        refused: targets
          .filter((target) => !byTarget.has(target))
          .map((target) => ({ target, reason: "not-in-group" })),
        targets: targets.filter((target) => byTarget.has(target)),
        stillHear: sendGroup(groupNamed(name)!).unproven?.length ?? 0,
      };
    },
    renew({ name, dryRun }) {
      const group = groupNamed(name);
      if (group === undefined) return { refused: "unknown-group", targets: [] };
      if (group.slot === undefined) return { refused: "not-ours", targets: [] };
      const serving = group.members
        .map((devEui) => registry.device(devEui))
        .filter((device) => device?.asset !== undefined);
      const command = serving
        .map((device) => joiningCommand(findModel(device!.model)))
        .find((each) => each !== undefined);
      if (!dryRun) rekey(group);
      return {
        targets: serving.map((device) => device!.asset!),
        ...(command === undefined ? {} : { command }),
      };
    },
    settle() {
      let gone = 0;
      const joined: Settled["heirs"][number][] = [];
      const changed: string[] = [];
      for (const group of store.groups()) {
        const known = store.memberships(group.name);
        const leaving = new Set(group.members.filter((devEui) => isElsewhere(devEui, known.get(devEui))));
        gone += leaving.size;
        if (leaving.size > 0) {
          const assets = [...leaving].map((devEui) => known.get(devEui)!.asset!);
          letGo(group, leaving);
          const heirs = heirsOf(group, assets);
          admit(groupNamed(group.name)!, new Map(heirs.map(({ device }) => [device.devEui, device.asset!])), 0);
          joined.push(...heirs.map(({ device, command }) => ({ group: group.name, asset: device.asset!, command })));
          changed.push(group.name);
        }
        for (const devEui of group.members) {
          const [asset, member] = [servedBy(devEui), known.get(devEui)];
          if (asset === undefined || leaving.has(devEui) || member?.asset !== undefined) continue;
          store.noteMembership(group.name, devEui, { state: stateOf(group, member), at: member?.at ?? now(), asset });
        }
      }
      return { gone, heirs: joined, groups: changed };
    },
  };
};
