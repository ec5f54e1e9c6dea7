/**
 * A look at the network server that costs it little: whether the devices it once told of still stand there, and how far sessions
 * and groups have counted. A server whose database vanished says nothing by itself: its devices are simply not heard any more.
 */
import type { NetworkServer } from "../device-registry/network/server.ts";
import type { NetworkStore } from "../device-registry/network/store.ts";
import type { DevEui } from "../device-registry/words.ts";

export interface NetworkLook {
  /** Devices that were heard through it. */
  readonly known: number;
  /** Of those, the ones it does not know any more. */
  readonly lost: number;
}

export interface LookParts {
  readonly server: Pick<NetworkServer, "roster" | "knows" | "counters">;
  readonly store: Pick<
    NetworkStore,
    "wasHeard" | "heard" | "counters" | "saveCounters" | "groupCounter" | "saveGroupCounter"
  >;
  readonly tenant: string;
  /** DevEUIs. */
  readonly declared: readonly DevEui[];
  /** Through this server, as far as the box has noticed. */
  readonly wasHeard: (devEui: DevEui) => boolean;
  /** Devices with a fixed session. */
  readonly fixed: readonly DevEui[];
  readonly write: (work: () => void) => void;
}

/** So many that are in no list of ours are asked about one by one: they may stand in an application of somebody else. */
const ASKED_MAX = 50;

const lostOf = async (server: LookParts["server"], unlisted: readonly DevEui[]): Promise<number> => {
  const asked = unlisted.slice(0, ASKED_MAX);
  let unknown = 0;
  for (const devEui of asked) if (!(await server.knows(devEui))) unknown += 1;
  // What holds for all that were asked holds for the others.
  return unknown === asked.length ? unlisted.length : unknown;
};

const keepSessions = async ({ server, store, fixed, write }: LookParts): Promise<void> => {
  for (const devEui of fixed) {
    const now = await server.counters(devEui);
    const before = store.counters(devEui);
    // A server that was made anew begins at 0: that must not be kept over what was counted.
    const isOn = now !== undefined && now.fCntUp + now.nFCntDown >= (before?.fCntUp ?? 0) + (before?.nFCntDown ?? 0);
    if (isOn && JSON.stringify(now) !== JSON.stringify(before)) write(() => store.saveCounters(devEui, now));
  }
};

export const lookAtNetwork = async (parts: LookParts): Promise<NetworkLook> => {
  const { server, store, declared, wasHeard, write } = parts;
  const roster = await server.roster(parts.tenant);
  const groups = roster.groups.filter(({ name, fCnt }) => fCnt > store.groupCounter(name));
  const fresh = declared.filter((devEui) => !store.wasHeard(devEui) && (roster.heard.has(devEui) || wasHeard(devEui)));
  if (groups.length + fresh.length > 0)
    write(() => {
      store.heard(fresh);
      for (const { name, fCnt } of groups) store.saveGroupCounter(name, fCnt);
    });
  await keepSessions(parts);
  const known = declared.filter(store.wasHeard);
  const unlisted = known.filter((devEui) => !roster.devices.has(devEui));
  return { known: known.length, lost: await lostOf(server, unlisted) };
};
