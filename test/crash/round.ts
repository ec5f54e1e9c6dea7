/** One round: load, and real processes that die under it; then set, order and count are compared with what the broker took. */
import { setTimeout as pause } from "node:timers/promises";
import { compareKeys, type Finding } from "../simulate/oracle.ts";
import type { Random } from "../simulate/world.ts";
import type { Ground } from "./ground.ts";

export const INCIDENTS = ["gateway killed", "power cut", "hypervisor killed"] as const;
export type Incident = (typeof INCIDENTS)[number];

export interface RoundOptions {
  readonly ground: Ground;
  readonly random: Random;
  /** Number of the round's first message; each message of a ground has its own. */
  readonly first: number;
  readonly messages: number;
  /** In this order, at random moments. */
  readonly incidents: readonly Incident[];
  /** Also called at a random moment of the load. */
  readonly meanwhile?: () => Promise<void>;
  readonly drainMs?: number;
}

export interface RoundResult extends Finding {
  readonly acknowledged: number;
  /** Writes that power cuts found unsynced. */
  readonly unsynced: number;
}

const BURST_MAX = 40;
/** What the broker of a village sees in hours, in seconds. */
const MESSAGE_MS = 3;
/** Once the round has its messages. */
const TRICKLE_PAUSE_MS = 800;
/** Late on a crowded machine is not lost: the region takes what it missed at its own pace. */
const DRAIN_MS = 240_000;
/** A copy that comes late would still come now. */
const AFTERWARDS_MS = 500;

export async function playRound(options: RoundOptions): Promise<RoundResult> {
  const { ground, random, first, messages, incidents } = options;
  let unsynced = 0;
  const befall = async (incident: Incident): Promise<void> => {
    await pause(random.whole(0, 2_000));
    if (incident === "gateway killed") await ground.killGateway();
    else if (incident === "hypervisor killed") await ground.killHypervisor();
    else unsynced += await ground.cutPower();
  };
  /** One after another: a process that is being started is not killed in the same moment. */
  const trouble = (async () => {
    for (const incident of incidents) await befall(incident);
    await options.meanwhile?.();
  })();
  const accepted: number[] = [];
  const publishing: Promise<void>[] = [];
  let isOver = false;
  void trouble.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  // Load goes on until the last incident is over: a process that dies in silence proves nothing.
  let index = first;
  while (index < first + messages || !isOver) {
    // Small bursts wait for company in the box, large ones are committed at once.
    const burst = random.whole(1, BURST_MAX);
    for (const end = index + burst; index < end; index++) {
      const mine = index;
      publishing.push(ground.publish(mine).then(() => void accepted.push(mine)));
    }
    await pause(index < first + messages ? burst * MESSAGE_MS : TRICKLE_PAUSE_MS);
  }
  await Promise.all([trouble, ...publishing]);
  const expected = accepted.sort((a, b) => a - b).map((each) => ground.keyOf(each));
  const held = await untilArrived(ground, expected, options.drainMs ?? DRAIN_MS);
  return { ...compareKeys(expected, held), acknowledged: expected.length, unsynced };
}

async function untilArrived(ground: Ground, expected: readonly string[], withinMs: number): Promise<string[]> {
  const deadline = Date.now() + withinMs;
  const held: string[] = [];
  const missing = new Set(expected);
  for (;;) {
    for (const key of await ground.news()) {
      held.push(key);
      missing.delete(key);
    }
    if (missing.size === 0 && (await ground.isDrained())) break;
    if (Date.now() > deadline) break;
    await pause(200);
  }
  await pause(AFTERWARDS_MS);
  return [...held, ...(await ground.news())];
}
