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
  /** The last entry that the region holds of earlier rounds. */
  readonly afterSeq: number;
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
  /** The last entry that the region holds now. */
  readonly lastSeq: number;
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
  const { ground, first, afterSeq } = options;
  const unsynced = await underFire(options);
  const expected = ground
    .accepted()
    .filter((index) => index >= first)
    .map((index) => ground.keyOf(index));
  await untilArrived(options, expected);
  const finding = await compareAll(ground, expected, afterSeq);
  const lastSeq = (await ground.arrivedAfter(afterSeq)).at(-1)?.seq ?? afterSeq;
  return { acknowledged: expected.length, unsynced, lastSeq, ...finding };
}

/** Load, and what befalls the processes meanwhile; gives the writes that power cuts found unsynced. */
async function underFire(options: RoundOptions): Promise<number> {
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
      publishing.push(ground.publish(index));
    }
    await pause(index < first + messages ? burst * MESSAGE_MS : TRICKLE_PAUSE_MS);
  }
  await Promise.all([trouble, ...publishing]);
  return unsynced;
}

/** An end is made of silence only, never of slowness: time counts while box and region answer and nothing comes. */
async function untilArrived(options: RoundOptions, expected: readonly string[]): Promise<void> {
  const { ground, stallMs = STALL_MS } = options;
  const missing = new Set(expected);
  let upTo = options.afterSeq;
  const look = async (): Promise<"all" | "more" | "nothing"> => {
    const news = await ground.arrivedAfter(upTo);
    for (const { key } of news) missing.delete(key);
    upTo = news.at(-1)?.seq ?? upTo;
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
}

/** Read anew as a whole: what came twice has the same number twice. What has not arrived is lost only when it is nowhere. */
export async function compareAll(
  ground: Ground,
  expected: readonly string[],
  afterSeq: number,
): Promise<Finding & { readonly late: number }> {
  const read = async () => (await ground.arrivedAfter(afterSeq)).map(({ key }) => key);
  const finding = compareKeys(expected, await read());
  if (finding.lost === 0) return { ...finding, late: 0 };
  const standing = await ground.standing();
  const { journal, broker } = await ground.whereabouts();
  // What was under way when the gateway ended has come.
  const held = await read();
  const arrived = new Set(held);
  const missing = expected.filter((key) => !arrived.has(key));
  const inJournal = missing.filter((key) => journal.has(key));
  const atBroker = missing.filter((key) => !journal.has(key) && broker.has(key));
  const late = new Set([...inJournal, ...atBroker]);
  const lost = compareKeys(
    expected.filter((key) => !late.has(key)),
    held,
  );
  const where = `late: ${inJournal.length} in the box's journal, ${atBroker.length} at the broker; ${standing}`;
  return { ...lost, late: late.size, examples: [where, ...lost.examples] };
}
