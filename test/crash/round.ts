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
  readonly stallMs?: number;
}

export interface RoundResult extends Finding {
  readonly acknowledged: number;
  /** Safe in the box's journal or at the broker, but still not at the region when nothing more came; not counted as lost. */
  readonly late: number;
  /** Writes that power cuts found unsynced. */
  readonly unsynced: number;
}

const BURST_MAX = 40;
/** What the broker of a village sees in hours, in seconds. */
const MESSAGE_MS = 3;
/** Once the round has its messages. */
const TRICKLE_PAUSE_MS = 800;
/**
 * Nothing more is waited for when nothing has arrived for so long while box and region answer. Each wait of the product is
 * shorter: 30 s of back-off towards broker and region, 45 s for an answer, 60 s after an incident.
 */
const STALL_MS = 150_000;
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
  const held = await untilArrived(ground, expected, options.stallMs ?? STALL_MS);
  const finding = compareKeys(expected, held);
  const base = { acknowledged: expected.length, unsynced };
  if (finding.lost === 0) return { ...finding, ...base, late: 0 };
  return { ...base, ...(await lostOrLate(ground, expected, held)) };
}

/** An end is made of silence only, never of slowness: time counts while box and region answer and nothing comes. */
async function untilArrived(ground: Ground, expected: readonly string[], stallMs: number): Promise<string[]> {
  const held: string[] = [];
  const missing = new Set(expected);
  const look = async (): Promise<"all" | "more" | "nothing"> => {
    const news = await ground.news();
    for (const key of news) {
      held.push(key);
      missing.delete(key);
    }
    if ((await ground.isDrained()) && missing.size === 0) return "all";
    return news.length > 0 ? "more" : "nothing";
  };
  let newsAt = performance.now();
  let answeredAt = newsAt;
  for (;;) {
    const askedAt = performance.now();
    try {
      const seen = await look();
      answeredAt = performance.now();
      if (seen === "all") break;
      if (seen === "more") newsAt = answeredAt;
      if (answeredAt - newsAt > stallMs) break;
    } catch (error) {
      if (performance.now() - answeredAt > stallMs) throw error;
      newsAt += performance.now() - askedAt;
    }
    await pause(200);
  }
  await pause(AFTERWARDS_MS);
  return [...held, ...(await ground.news())];
}

/** What has not arrived is lost only when it is nowhere. */
async function lostOrLate(
  ground: Ground,
  expected: readonly string[],
  held: readonly string[],
): Promise<Finding & { readonly late: number }> {
  const standing = await ground.standing();
  const { journal, broker } = await ground.whereabouts();
  // What was under way when the gateway ended.
  const all = [...held, ...(await ground.news())];
  const arrived = new Set(all);
  const missing = expected.filter((key) => !arrived.has(key));
  const inJournal = missing.filter((key) => journal.has(key));
  const atBroker = missing.filter((key) => !journal.has(key) && broker.has(key));
  const late = new Set([...inJournal, ...atBroker]);
  const finding = compareKeys(
    expected.filter((key) => !late.has(key)),
    all,
  );
  const where = `late: ${inJournal.length} in the box's journal, ${atBroker.length} at the broker; ${standing}`;
  return { ...finding, late: late.size, examples: [where, ...finding.examples] };
}
