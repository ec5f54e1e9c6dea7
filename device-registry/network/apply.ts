/**
 * Carries a plan out, in chunks with rests between them: the network server also has uplinks to serve. Nothing is remembered of how
 * far it came: a plan made anew goes on where this one stopped.
 */
import type { GroupKeys } from "../keys/words.ts";
import type { DevEui } from "../words.ts";
import { type KeyRing, type NetworkServer, type ServerFault, ServerTrouble } from "./server.ts";
import type { DeclaredNetwork, FrameCounters, Plan, Step } from "./words.ts";

export interface Applying {
  readonly server: NetworkServer;
  readonly declared: DeclaredNetwork;
  readonly keys: KeyRing;
  /** The counters with which a session is restored. */
  readonly counters: (devEui: DevEui) => FrameCounters;
  readonly groupCounter: (name: string) => number;
  /** Keeps what the server knew and the box did not. */
  readonly learn: (step: Step) => void;
  readonly progress?: (done: number, all: number) => void;
  readonly signal?: AbortSignal;
  readonly sleep?: (ms: number) => Promise<void>;
  /** 0 to 1. */
  readonly random?: () => number;
  readonly now?: () => number;
}

/** A step that was refused; the others went on. */
export interface Failure {
  readonly step: Step;
  readonly code: ServerFault;
  readonly message: string;
}

export interface Applied {
  readonly done: number;
  readonly failures: readonly Failure[];
  /** Why it stopped before its end. */
  readonly stopped?: { readonly code: ServerFault; readonly message: string };
  /** Steps not tried. */
  readonly left: number;
}

const CHUNK = 50;
const AT_ONCE = 8;
/** Of the time a chunk took; the server is ours for four fifths at most. */
const REST_SHARE = 0.25;
const REST_MS_MAX = 500;
const TRIES = 4;
const RETRY_MS = 500;

const CONCERN_ALL: readonly ServerFault[] = ["key-file", "key-refused", "unreachable", "no-answer"];
const RETRIED: readonly ServerFault[] = ["unreachable", "no-answer"];

const troubleOf = (error: unknown): ServerTrouble => {
  if (error instanceof ServerTrouble) return error;
  throw error;
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Steps that must follow one another: those of one device; everything else alone, in its order. */
interface Work {
  readonly alone: boolean;
  readonly steps: readonly Step[];
}

const OF_A_DEVICE: readonly Step["kind"][] = ["device", "keys", "session"];

const worksOf = (steps: readonly Step[]): Work[] => {
  const works: { alone: boolean; steps: Step[] }[] = [];
  for (const step of steps) {
    const last = works.at(-1);
    const ofDevice = OF_A_DEVICE.includes(step.kind);
    if (ofDevice && last !== undefined && !last.alone && last.steps[0]!.id === step.id) last.steps.push(step);
    else works.push({ alone: !ofDevice, steps: [step] });
  }
  return works;
};

/** Works that may be done at once. */
const chunksOf = (works: readonly Work[]): Work[][] => {
  const chunks: Work[][] = [];
  for (const work of works) {
    const last = chunks.at(-1);
    if (last === undefined || work.alone || last[0]!.alone || last.length >= CHUNK) chunks.push([work]);
    else last.push(work);
  }
  return chunks;
};

const performer = ({ server, declared, keys, counters, groupCounter, learn }: Applying) => {
  const byName = <T extends { readonly name: string }>(all: readonly T[]) => new Map(all.map((one) => [one.name, one]));
  const profiles = byName(declared.profiles);
  const groups = byName(declared.groups);
  const gateways = new Map(declared.gateways.map((gateway) => [gateway.id, gateway]));
  const devices = new Map(declared.devices.map((device) => [device.devEui, device]));

  const secrets = async (devEui: DevEui): Promise<void> => {
    const sealed = keys.device(devEui);
    if (sealed?.activation === "otaa") return server.putKeys(devEui, sealed);
    if (sealed?.activation === "abp") return server.activate(devEui, sealed, counters(devEui));
  };
  const group = async (name: string): Promise<void> => {
    const sealed: GroupKeys | undefined = keys.group(name);
    if (sealed === undefined) throw new ServerTrouble("refused", `the group ${name} has no keys`);
    await server.putGroup(groups.get(name)!, sealed, groupCounter(name));
  };
  const halves = ({ id }: Step): readonly [group: string, one: string] => {
    const cut = id.lastIndexOf(" ");
    return [id.slice(0, cut), id.slice(cut + 1)];
  };
  const member = (step: Step): Promise<void> =>
    step.verb === "remove" ? server.removeMember(...halves(step)) : server.putMember(...halves(step));

  return async (step: Step): Promise<void> => {
    const { verb, kind, id } = step;
    if (verb === "learn") return learn(step);
    switch (kind) {
      case "tenant":
        return server.putTenant(id);
      case "application":
        return server.putApplication(id);
      case "profile":
        return server.putProfile(profiles.get(id)!);
      case "lora-gateway":
        return server.putGateway(gateways.get(id)!);
      case "device":
        return verb === "remove" ? server.removeDevice(id) : server.putDevice(devices.get(id)!);
      case "keys":
      case "session":
        return secrets(id);
      case "group":
        return group(id);
      case "member":
        return member(step);
      case "group-gateway":
        return server.putGroupGateway(...halves(step));
    }
  };
};

export const applyPlan = async (plan: Plan, parts: Applying): Promise<Applied> => {
  const { progress, signal, sleep = pause, random = Math.random, now = performance.now.bind(performance) } = parts;
  const perform = performer(parts);
  const failures: Failure[] = [];
  let done = 0;
  let tried = 0;
  let stopped: Applied["stopped"];

  const patiently = async (step: Step): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await perform(step);
      } catch (error) {
        const { code } = troubleOf(error);
        if (!RETRIED.includes(code) || attempt >= TRIES || signal?.aborted) throw error;
        await sleep(RETRY_MS * 2 ** (attempt - 1) * (0.5 + random()));
      }
    }
  };

  /** A device whose record was refused has no use for keys. */
  const run = async ({ steps }: Work): Promise<void> => {
    for (const [at, step] of steps.entries()) {
      if (stopped !== undefined || signal?.aborted) return;
      tried++;
      try {
        await patiently(step);
        done++;
        progress?.(tried, plan.steps.length);
      } catch (error) {
        const { code, message } = troubleOf(error);
        if (CONCERN_ALL.includes(code)) {
          tried--;
          stopped ??= { code, message };
          return;
        }
        for (const failed of steps.slice(at)) failures.push({ step: failed, code, message });
        tried += steps.length - at - 1;
        return;
      }
    }
  };

  for (const chunk of chunksOf(worksOf(plan.steps))) {
    if (stopped !== undefined || signal?.aborted) break;
    const began = now();
    const waiting = [...chunk];
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await run(next);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, chunk.length) }, lane));
    if (chunk.length > 1) await sleep(Math.min(REST_MS_MAX, (now() - began) * REST_SHARE));
  }
  return { done, failures, left: plan.steps.length - tried, ...(stopped === undefined ? {} : { stopped }) };
};
