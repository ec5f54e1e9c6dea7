/** One schedule: a commune or two, their box, the region, and the trouble that the seed has in store for them. */
import { createBox } from "./box.ts";
import { createBroker } from "./broker.ts";
import { createFibre } from "./network.ts";
import { compare, compareKept, type EntryFinding, type Finding, type History } from "./oracle.ts";
import { createRegion, type Region } from "./region.ts";
import { createSource, type Source } from "./source.ts";
import {
  ALSO,
  type AlsoName,
  type Cast,
  type Commune,
  callPerson,
  isInStep,
  lineTrouble,
  TROUBLES,
} from "./troubles.ts";
import { type Broken, SOUND } from "./variants.ts";
import { createWorld, type World } from "./world.ts";

export interface ScheduleResult extends Finding {
  readonly seed: number;
  /** Messages the broker took: what the sources may forget. */
  readonly acknowledged: number;
  /** Entries that a full disk cost, each told to the region. */
  readonly shed: number;
  readonly forgotten: number;
  /** As the oracle counts them: behind a person's decision; gone with a replaced disk; taken in again by an old image. */
  readonly waiting: number;
  readonly erased: number;
  readonly again: number;
  /** Ms of the world's time until the last fault was healed, and until all had arrived after that. */
  readonly drainMs: number;
  readonly hash: string;
  readonly faults: ReadonlySet<string>;
  /** Why the schedule did not come to its end. */
  readonly stuck: string | undefined;
  readonly defects: readonly string[];
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly broken?: Broken;
  /** Drawn once for every box, besides the others. */
  readonly also?: AlsoName;
  readonly listen?: (line: string) => void;
}

const MINUTE = 60_000;
/** All must have arrived so long after the last fault: the slowest wait is a minute's pause after an incident, a few times over. */
const DRAIN_MS = 60 * MINUTE;

interface Founding {
  readonly world: World;
  readonly region: Region;
  readonly broken: Broken;
}

/** `image`: of the disk it is copied from; it then speaks for the same box elsewhere. */
function found({ world, region, broken }: Founding, name: string, image?: Buffer): Commune {
  const place = image === undefined ? name : `copy of ${name}`;
  const source = createSource(world, place);
  const broker = createBroker(world, place);
  const fibre = createFibre(world, name, region);
  const box = createBox({
    world,
    name,
    epoch: world.random.whole(1, 2 ** 31 - 1),
    broker,
    source,
    transport: fibre.transport,
    broken,
    commitDelayMs: world.random.one([0, 200, 5_000]),
    // Small ones make several go at once.
    batchEntriesMax: world.random.one([2, 8, 5_000]),
    ...(image === undefined ? {} : { image }),
  });
  return {
    source,
    broker,
    fibre,
    box,
    second: { is: "none", copy: undefined, parted: 0, saved: { keys: new Set(), forgotten: new Set() } },
  };
}

/** Messages at even and uneven moments; when the broker is away, the network server keeps its order and tries again. */
function speak(world: World, { source, broker }: Commune, count: number, overMs: number): void {
  const { random } = world;
  const backlog: ReturnType<Source["next"]>[] = [];
  const hand = (): void => {
    while (backlog[0] !== undefined && broker.publish(backlog[0])) backlog.shift();
    if (backlog.length > 0) world.after(2_000, undefined, hand);
  };
  const say = (): void => {
    const message = source.next();
    backlog.push(message);
    if (backlog.length === 1) hand();
    if (message.hasIdentity && random.chance(0.06))
      world.after(random.one([0, 200, 5_000, 4 * MINUTE]), undefined, () => void broker.publish(message));
  };
  let left = count;
  while (left > 0) {
    const at = random.whole(0, overMs);
    const burst = Math.min(left, random.chance(0.15) ? random.whole(5, 40) : 1);
    left -= burst;
    world.after(at, undefined, () => {
      for (let each = 0; each < burst; each++) say();
    });
  }
}

const pairOf = (commune: Commune): readonly Commune[] =>
  commune.second.copy === undefined ? [commune] : [commune, commune.second.copy];

/** All is at the region; or a person knows of a history that waits, and has decided all there is to decide: of two boxes one goes on. */
function hasArrived(cast: Cast, commune: Commune): boolean {
  const held = cast.region.held(commune.box.name);
  const { incident, claims, nextEpoch, replaced, refused } = held;
  const boxes = pairOf(commune);
  if (boxes.some((each) => each.broker.waiting > 0 || !each.box.isRunning) || incident !== undefined) return false;
  if (boxes.length > 1) {
    const waiting = boxes.filter((each) => !isInStep(cast, each));
    if (claims.length === 0 || nextEpoch !== undefined || waiting.length !== 1) return false;
    if (waiting.some(({ box }) => box.standing === "going")) return false;
    // Who waits has said what it keeps now, and a person can read what it does not.
    return waiting.some(({ box: { standing, journal } }) => {
      const told = standing === "stopped" ? [replaced.get(journal?.epoch ?? 0)] : [...refused.values()];
      return told.some((each) => each?.oldestSeq === journal?.oldestSeq);
    });
  }
  const isChosen = claims.some(({ decision }) => decision === "new-epoch");
  return isInStep(cast, commune) || (claims.length > 0 && !isChosen && commune.box.standing === "refused");
}

/** The world as it was before trouble came: nothing that was armed goes off any more. */
function heal({ region, communes }: Cast): void {
  for (const { box, broker, fibre, second } of communes) {
    if (second.is === "wanted") second.is = "forbidden";
    box.mendDisk();
    broker.setAway(false);
    fibre.mend();
  }
  region.disarm();
  region.setFormer(false);
}

export async function runSchedule({ seed, broken = SOUND, also, listen }: ScheduleOptions): Promise<ScheduleResult> {
  const world = createWorld({ seed, listen });
  const { random } = world;
  const region = createRegion(world, { communes: ["88383"], storeOf: (atCommit) => broken.store(["88383"], atCommit) });
  const founding: Founding = { world, region, broken };
  const communes = Array.from({ length: random.chance(0.2) ? 2 : 1 }, (_, index) => found(founding, `box-${index}`));
  const copyOf: Cast["copyOf"] = ({ box }, image) => {
    const copy = found(founding, box.name, image);
    speak(world, copy, random.whole(3, 20), MINUTE);
    return copy;
  };
  const cast: Cast = { world, region, communes, copyOf };
  const lengthMs = random.whole(1, random.chance(0.1) ? 12 : 4) * MINUTE;
  for (const commune of communes) {
    callPerson(cast, commune);
    speak(world, commune, random.whole(5, random.chance(0.1) ? 100 : 30), lengthMs);
    for (let count = random.whole(0, 6); count > 0; count--) {
      const trouble = random.one(TROUBLES);
      world.after(random.whole(0, lengthMs), undefined, () => trouble(cast, commune));
    }
    for (let count = random.whole(0, 8); count > 0; count--)
      world.after(random.whole(0, lengthMs), undefined, () => lineTrouble(cast, commune));
    if (also !== undefined) world.after(random.whole(0, lengthMs), undefined, () => ALSO[also](cast, commune));
  }
  await world.run(lengthMs, () => false);
  heal(cast);
  const healedAt = world.now;
  const arrived = await world.run(DRAIN_MS, () => communes.every((commune) => hasArrived(cast, commune)));
  return {
    ...judge(cast, arrived),
    seed,
    drainMs: world.now - healedAt,
    hash: world.hash(),
    faults: world.reachedFaults,
  };
}

const historyOf = (cast: Cast, commune: Commune): History => {
  const { box, broker, second } = commune;
  const { written, erased, standing } = box;
  return {
    accepted: broker.accepted,
    written,
    erased,
    saved: second.saved.keys,
    forgotten: second.saved.forgotten,
    kept: box.kept(),
    keeps: standing === "going" || isInStep(cast, commune) ? undefined : box.kept(),
  };
};

/** The two are named by what the region holds in the end. */
function findingsOf(cast: Cast, commune: Commune): readonly Partial<EntryFinding>[] {
  const held = cast.region.held(commune.box.name);
  const boxes = [...pairOf(commune)].sort((one, other) => Number(isInStep(cast, one)) - Number(isInStep(cast, other)));
  const histories = boxes.map((each) => historyOf(cast, each));
  const waiting = histories.filter(({ keeps }) => keeps !== undefined);
  // What an old image is sent once more it takes in late.
  const kept = histories.length > 1 ? waiting.map(compareKept) : [];
  const forgets = cast.world.reachedFaults.has("region restored from a backup");
  return [compare(held, histories, forgets), ...kept];
}

/** A declared loss has its cause. */
const excuses = (shed: number, forgotten: number, faults: ReadonlySet<string>): string[] => [
  ...(shed > 0 && !faults.has("disk without free space") ? ["entries shed, and no disk was full"] : []),
  ...(forgotten > 0 && !faults.has("region restored from a backup")
    ? ["entries forgotten by a region that was not"]
    : []),
];

function judge(cast: Cast, arrived: boolean): Omit<ScheduleResult, "seed" | "drainMs" | "hash" | "faults"> {
  const { communes, region, world } = cast;
  const findings = communes.flatMap((commune) => findingsOf(cast, commune));
  const sum = (of: (finding: Partial<EntryFinding>) => number | undefined): number =>
    findings.reduce((total, each) => total + (of(each) ?? 0), 0);
  const standing = communes.map(({ box, broker }) => {
    const held = region.held(box.name);
    return `${box.name}: journal ${box.journal?.lastSeq}, region ${held.cursor?.seq}, broker ${broker.waiting}, ${box.status()}`;
  });
  const damage = communes.flatMap(({ box }) => box.journal?.verify().findings ?? []);
  const result = {
    acknowledged: communes.reduce((total, { broker }) => total + broker.accepted.length, 0),
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    reordered: sum(({ reordered }) => reordered),
    invented: sum(({ invented }) => invented),
    shed: sum(({ shed }) => shed),
    forgotten: sum(({ forgotten }) => forgotten),
    waiting: sum(({ waiting }) => waiting),
    erased: sum(({ erased }) => erased),
    again: sum(({ again }) => again),
    examples: findings.flatMap(({ examples = [] }) => examples),
    stuck: arrived ? undefined : standing.join("; "),
    defects: [
      ...communes.flatMap(({ box, second }) => [...box.defects, ...(second.copy?.box.defects ?? [])]),
      ...damage.map((finding) => `journal ${JSON.stringify(finding)}`),
      ...excuses(
        sum(({ shed }) => shed),
        sum(({ forgotten }) => forgotten),
        world.reachedFaults,
      ),
    ],
  };
  if (result.shed > result.forgotten) world.reached("entries shed by a full disk, and told");
  if (result.forgotten > 0) world.reached("region forgot what the box had taken off, and was told");
  if (result.waiting > 0) world.reached("messages wait for a person in their box's journal");
  if (result.erased > 0) world.reached("messages went with a disk before the region had them");
  if (sum(({ lostByBoth }) => lostByBoth) > 0) world.reached("messages went with a disk, and the region forgot them");
  if (result.again > 0) world.reached("old image took in again what the region had");
  if (sum(({ uncounted }) => uncounted) > 0) world.reached("nobody could count what a chosen history had lost");
  world.tell(JSON.stringify(result));
  return result;
}

export const isSound = (result: ScheduleResult): boolean =>
  result.lost + result.duplicated + result.reordered + result.invented === 0 &&
  result.stuck === undefined &&
  result.defects.length === 0;
