/** Provisioning over the control socket: lines of progress, then one with the result or the problem. */
import { type GroupsReply, LeaveGroup, MakeGroup, RenewGroup } from "../../api/groups.ts";
import { AddGateway, AddGroup, type NetworkLine } from "../../api/network.ts";
import { type KeyStore, KeysUnusable, SecretKey } from "../../device-registry/keys/index.ts";
import { ServerTrouble } from "../../device-registry/network/server.ts";
import type { NetworkStore } from "../../device-registry/network/store.ts";
import type { GroupRoll } from "../group-roll.ts";
import { type DeskOptions, NetworkBusy, type NetworkDesk } from "../network-desk.ts";
import { parsed, Refused } from "./problem.ts";
import type { ControlReply, ControlRequest } from "./server.ts";

export interface NetworkParts {
  /** Absent without access to a network server. */
  readonly network: NetworkDesk | undefined;
  readonly keys: KeyStore;
  readonly networkStore: NetworkStore;
  readonly roll: GroupRoll;
  readonly write: <T>(work: () => T) => T;
}

type Stores = Pick<NetworkParts, "keys" | "networkStore">;

/** Inside a transaction. */
export const putGateway = ({ id, name, latitude, longitude }: AddGateway, { networkStore }: Stores): void =>
  networkStore.putGateway({
    id,
    name,
    ...(latitude === undefined || longitude === undefined ? {} : { latitude, longitude }),
  });

/** Inside a transaction. */
export const putGroup = (form: AddGroup, { keys, networkStore }: Stores): void => {
  const { mcAppSKey, mcNwkSKey, ...group } = form;
  networkStore.putGroup(group);
  keys.putGroup(group.name, { mcAppSKey: SecretKey.parse(mcAppSKey)!, mcNwkSKey: SecretKey.parse(mcNwkSKey)! });
};

/** More often nobody reads, and each costs a line. */
const PROGRESS_MS = 100;

/** The lines of a piece of work that reports by calling back. */
export async function* networkLines(
  work: (options: Required<Pick<DeskOptions, "progress" | "signal">>) => Promise<NetworkLine>,
  gone: AbortSignal,
): AsyncGenerator<NetworkLine> {
  let latest: NetworkLine | undefined;
  let wake: () => void = () => {};
  const progress = (phase: "survey" | "apply", done: number, all: number): void => {
    latest = { progress: { phase, done, all } };
  };
  const result = work({ progress, signal: gone }).catch((error: unknown): NetworkLine => {
    if (!(error instanceof ServerTrouble || error instanceof NetworkBusy || error instanceof KeysUnusable)) throw error;
    return { problem: { code: error.code, message: error.message } };
  });
  let ended = false;
  const end = (): void => {
    ended = true;
    wake();
  };
  result.then(end, end);
  while (!ended) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PROGRESS_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (latest !== undefined && !ended) yield latest;
    latest = undefined;
  }
  yield await result;
}

const groupDeed = (deed: string, { body }: ControlRequest, { roll, write }: NetworkParts): ControlReply | undefined => {
  const done = <T>(work: () => T): ControlReply => ({ status: 200, json: write(work) });
  if (deed === "make") return done(() => roll.make(parsed(MakeGroup, body)));
  if (deed === "leave") return done(() => roll.leave(parsed(LeaveGroup, body)));
  if (deed === "renew") return done(() => roll.renew(parsed(RenewGroup, body)));
  return undefined;
};

const REMEDY = "name ChirpStack's API in [chirpstack] of beffroi.toml, with a global API key";

export const network = (request: ControlRequest, parts: NetworkParts, gone: AbortSignal): ControlReply | undefined => {
  const { network: desk } = parts;
  const [, what, more] = request.path;
  if (what === "groups" && more !== undefined && request.method === "POST") return groupDeed(more, request, parts);
  if (what === "groups" && more === undefined && request.method === "GET") {
    const reply: GroupsReply = { groups: [...parts.roll.views()] };
    return { status: 200, json: reply };
  }
  if (more !== undefined) return undefined;
  if (request.method === "POST" && what === "gateways") {
    const form = parsed(AddGateway, request.body);
    parts.write(() => putGateway(form, parts));
    return { status: 200, json: {} };
  }
  if (request.method === "POST" && what === "groups") {
    const form = parsed(AddGroup, request.body);
    parts.write(() => putGroup(form, parts));
    return { status: 200, json: {} };
  }
  const planning = request.method === "GET" && what === "plan";
  const applying = request.method === "POST" && what === "apply";
  if (!planning && !applying) return undefined;
  if (desk === undefined) throw new Refused(422, "no-network-server", "this box knows no network server", REMEDY);
  const prune = request.query.get("prune") === "true";
  const lines = networkLines(
    async (options) =>
      planning
        ? { planned: await desk.plan({ ...options, prune }) }
        : { applied: await desk.apply({ ...options, prune }) },
    gone,
  );
  return { lines };
};
