/**
 * Provisioning the network server from what the box knows: survey, plan, apply. Used by the control socket, and by the command line
 * on a box that does not run. Only one works at a time; a second one is refused, for it would plan on sand.
 */
import type { KeyStore } from "../device-registry/keys/index.ts";
import { type Applied, applyPlan } from "../device-registry/network/apply.ts";
import { declareNetwork } from "../device-registry/network/declare.ts";
import { planNetwork } from "../device-registry/network/plan.ts";
import { type NetworkServer, ServerTrouble } from "../device-registry/network/server.ts";
import type { NetworkStore } from "../device-registry/network/store.ts";
import type { ActualNetwork, DeclaredNetwork, FrameCounters, Plan, Step } from "../device-registry/network/words.ts";
import type { Registry } from "../device-registry/store.ts";
import type { DevEui, Device, Model } from "../device-registry/words.ts";
import { keyIn } from "./chirpstack/lora-gateways.ts";
import { lookAtNetwork, type NetworkLook } from "./network-look.ts";
import type { Append, Clock, Log } from "./words.ts";

export interface NetworkDeskParts {
  readonly registry: Pick<Registry, "devices" | "device" | "asset" | "putDevice">;
  readonly keys: KeyStore;
  readonly store: NetworkStore;
  readonly findModel: (id: string) => Model | undefined;
  readonly tenant: string;
  /** Where the key is for this tenant alone. */
  readonly tenantId?: string;
  readonly api: string;
  readonly apiKeyFile: string;
  readonly lastSeenAt: (devEui: DevEui) => number | undefined;
  /** One durable transaction. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<Log, "info" | "warn">;
  /** Called when something was changed at the server. */
  readonly applied?: () => void;
  /** ChirpStack's, loaded when it is needed, unless another is given. */
  readonly open?: (api: string, apiKey: string) => Promise<NetworkServer> | NetworkServer;
}

export interface DeskOptions {
  /** Remove what the box once made and does not know any more. */
  readonly prune?: boolean;
  /** Of the plan, these steps alone. */
  readonly only?: (step: Step) => boolean;
  readonly progress?: (phase: "survey" | "apply", done: number, all: number) => void;
  readonly signal?: AbortSignal;
}

export interface PlanReport {
  readonly plan: Plan;
  readonly tenant: string;
  /** Of the declared devices: those that stand at the server, and those that were heard there. */
  readonly devices: { readonly declared: number; readonly standing: number; readonly heard: number };
}

export interface ApplyReport extends PlanReport {
  readonly applied: Applied;
}

export interface NetworkDesk {
  /** Rejects with `ServerTrouble`. */
  plan(options?: DeskOptions): Promise<PlanReport>;
  apply(options?: DeskOptions): Promise<ApplyReport>;
  /** Keeps how far sessions and groups have counted, and tells what the server has lost; undefined while it is busy. */
  look(): Promise<NetworkLook | undefined>;
}

/** Another plan or its application is under way. */
export class NetworkBusy extends Error {
  readonly code = "network-busy";
  constructor() {
    super("the network server is being provisioned already");
    this.name = "NetworkBusy";
  }
}

/**
 * A session is restored so far ahead of the downlinks that were counted when it was saved: the device takes a counter that jumps,
 * and refuses one it has seen. Uplinks need no margin: the server follows the device.
 */
const DOWNLINKS_AHEAD = 128;

const openWith = async (parts: NetworkDeskParts): Promise<NetworkServer> => {
  let key: string;
  try {
    key = keyIn(parts.apiKeyFile);
  } catch (error) {
    throw new ServerTrouble("key-file", error instanceof Error ? error.message : String(error));
  }
  if (parts.open !== undefined) return parts.open(parts.api, key);
  const { openChirpStack } = await import("./chirpstack/provisioning/network-server.ts");
  return openChirpStack(parts.api, key, parts.tenantId);
};

export const createNetworkDesk = (parts: NetworkDeskParts): NetworkDesk => {
  const { registry, keys, store } = parts;
  let busy = false;
  /** What the box does by itself is short: whoever comes meanwhile waits for it instead of being sent away. */
  let byItself: Promise<unknown> = Promise.resolve();

  const declare = (): DeclaredNetwork =>
    declareNetwork({
      tenant: parts.tenant,
      devices: registry.devices(),
      asset: registry.asset,
      findModel: parts.findModel,
      keysAbout: keys.allAbout(),
      gateways: store.gateways(),
      groups: store.groups(),
    });

  const wasHeard = (device: Device | undefined): boolean =>
    device !== undefined &&
    (store.wasHeard(device.devEui) ||
      // Learnt from its first event.
      device.applicationId !== undefined ||
      parts.lastSeenAt(device.devEui) !== undefined);

  /** What the server could lose is kept: who was heard, and how far sessions and groups have counted. */
  const keep = (actual: ActualNetwork): void => {
    const heard = registry.devices().filter((device) => !store.wasHeard(device.devEui) && wasHeard(device));
    const seen = actual.devices.filter(({ lastSeenAt }) => lastSeenAt !== undefined).map(({ devEui }) => devEui);
    const fresh = new Set([...heard.map(({ devEui }) => devEui), ...seen.filter((devEui) => !store.wasHeard(devEui))]);
    const counted = actual.devices.filter(
      ({ devEui, session }) =>
        session !== undefined && JSON.stringify(store.counters(devEui)) !== JSON.stringify(session.counters),
    );
    const groups = actual.groups.filter(({ name, fCnt }) => fCnt > store.groupCounter(name));
    if (fresh.size + counted.length + groups.length === 0) return;
    parts.write(() => {
      store.heard([...fresh]);
      for (const { devEui, session } of counted) store.saveCounters(devEui, session!.counters);
      for (const { name, fCnt } of groups) store.saveGroupCounter(name, fCnt);
    });
  };

  const ring = { device: keys.get, group: keys.group };

  const survey = async (server: NetworkServer, { prune = false, progress }: DeskOptions) => {
    const declared = declare();
    const actual = await server.survey(declared, (done, all) => progress?.("survey", done, all));
    keep(actual);
    const plan = planNetwork({
      declared,
      actual,
      keys: ring,
      keysAbout: keys.allAbout(),
      wasHeard: (devEui) => wasHeard(registry.device(devEui)),
      sessionSaved: (devEui) => store.counters(devEui) !== undefined,
      prune,
    });
    const wanted = new Set(declared.devices.map(({ devEui }) => devEui));
    const standing = [...actual.devices, ...actual.elsewhere].filter(({ devEui }) => wanted.has(devEui));
    const devices = {
      declared: wanted.size,
      standing: standing.length,
      heard: standing.filter(({ lastSeenAt }) => lastSeenAt !== undefined).length,
    };
    return { declared, actual, plan, report: { plan, tenant: declared.tenant, devices } };
  };

  const counters = (devEui: DevEui): FrameCounters => {
    const saved = store.counters(devEui);
    if (saved === undefined) return { fCntUp: 0, nFCntDown: 0, aFCntDown: 0 };
    const { fCntUp, nFCntDown, aFCntDown } = saved;
    return { fCntUp, nFCntDown: nFCntDown + DOWNLINKS_AHEAD, aFCntDown: aFCntDown + DOWNLINKS_AHEAD };
  };

  const learner = (actual: ActualNetwork) => {
    const devices = new Map([...actual.elsewhere, ...actual.devices].map((device) => [device.devEui, device]));
    const gateways = new Map(actual.gateways.map((gateway) => [gateway.id, gateway]));
    return ({ kind, id }: Step): void => {
      const [device, gateway] = [devices.get(id), gateways.get(id)];
      parts.write(() => {
        if (kind === "keys" && device?.keys !== undefined) keys.put(id, device.keys);
        if (kind === "lora-gateway" && gateway !== undefined) store.putGateway(gateway);
      });
    };
  };

  /** A server that was made anew publishes under new ids, and takes commands only there. */
  const followIds = (server: NetworkServer, declared: DeclaredNetwork, left: ReadonlySet<DevEui>): void => {
    const moved = declared.devices.flatMap(({ devEui, application }) => {
      const [device, applicationId] = [registry.device(devEui), server.applicationId(application)];
      if (device?.applicationId === undefined || applicationId === undefined || left.has(devEui)) return [];
      return device.applicationId === applicationId ? [] : [{ ...device, applicationId }];
    });
    if (moved.length === 0) return;
    parts.write((append) => {
      for (const device of moved) registry.putDevice(device, parts.clock.now(), append);
    });
  };

  const alone = async <T>(work: (server: NetworkServer) => Promise<T>): Promise<T> => {
    await byItself;
    if (busy) throw new NetworkBusy();
    busy = true;
    let server: NetworkServer | undefined;
    try {
      server = await openWith(parts);
      return await work(server);
    } finally {
      busy = false;
      server?.close();
    }
  };

  const onItsOwn = <T>(work: (server: NetworkServer) => Promise<T>): Promise<T> => {
    const done = alone(work);
    byItself = done.catch(() => undefined);
    return done;
  };

  const fixed = (): DevEui[] =>
    [...keys.allAbout()].filter(([, { activation }]) => activation === "abp").map(([devEui]) => devEui);

  const apply = (options: DeskOptions): Promise<ApplyReport> =>
    (options.only === undefined ? alone : onItsOwn)(async (server) => {
      const { declared, actual, plan, report } = await survey(server, options);
      const { progress, signal, only = () => true } = options;
      const applied = await applyPlan(
        { ...plan, steps: plan.steps.filter(only) },
        {
          server,
          declared,
          keys: ring,
          counters,
          groupCounter: (name) => (store.groupCounter(name) === 0 ? 0 : store.groupCounter(name) + DOWNLINKS_AHEAD),
          learn: learner(actual),
          progress: (done, all) => progress?.("apply", done, all),
          ...(signal === undefined ? {} : { signal }),
        },
      );
      // Where a device stays elsewhere, or its step failed, its commands go on taking the old way.
      const left = new Set(
        [...plan.remarks.filter(({ code }) => code === "elsewhere"), ...applied.failures.map(({ step }) => step)].map(
          ({ id }) => id,
        ),
      );
      if (options.only === undefined && applied.stopped === undefined && applied.left === 0)
        followIds(server, declared, left);
      parts.log.info(
        { done: applied.done, failed: applied.failures.length, left: applied.left },
        "network server provisioned",
      );
      if (applied.done > 0) parts.applied?.();
      return { ...report, applied };
    });

  return {
    async look() {
      if (busy) return undefined;
      const { tenant, devices, groups } = declare();
      if (devices.length + groups.length === 0) return { known: 0, lost: 0 };
      return onItsOwn((server) =>
        lookAtNetwork({
          server,
          store,
          tenant,
          declared: devices.map(({ devEui }) => devEui),
          wasHeard: (devEui) => wasHeard(registry.device(devEui)),
          fixed: fixed(),
          write: parts.write,
        }),
      );
    },
    plan: (options = {}) => alone(async (server) => (await survey(server, options)).report),
    apply: (options = {}) => apply(options),
  };
};
