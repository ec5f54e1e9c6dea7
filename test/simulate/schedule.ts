/** One schedule: a commune or two, their box, the region, and the trouble that the seed has in store for them. */
import { type Box, createBox } from "./box.ts";
import { type Broker, createBroker } from "./broker.ts";
import { createFibre, type Fibre, LINE_FAULTS } from "./network.ts";
import { compare, type Finding } from "./oracle.ts";
import { createRegion, type Region } from "./region.ts";
import { createSource, type Source } from "./source.ts";
import { type Broken, SOUND } from "./variants.ts";
import { createWorld, type World } from "./world.ts";

export interface ScheduleResult extends Finding {
  readonly seed: number;
  /** Messages the broker took: what the sources may forget. */
  readonly acknowledged: number;
  /** Entries that a full disk cost, each told to the region. */
  readonly shed: number;
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
  readonly listen?: (line: string) => void;
}

/** What a schedule is made of. */
interface Cast {
  readonly world: World;
  readonly region: Region;
  readonly communes: readonly Commune[];
}

interface Commune {
  readonly source: Source;
  readonly broker: Broker;
  readonly fibre: Fibre;
  readonly box: Box;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** All must have arrived so long after the last fault: the slowest wait is a minute's pause after an incident, a few times over. */
const DRAIN_MS = 60 * MINUTE;

type Trouble = (cast: Cast, commune: Commune) => void;

const commits = (world: World): number => world.random.whole(0, 6);

/** Each draws its own details. */
const TROUBLES: readonly Trouble[] = [
  ({ world }, { box }) => box.armCommit("die-before", commits(world)),
  ({ world }, { box }) => box.armCommit("die-after", commits(world)),
  ({ world }, { box }) => box.armCommit(world.random.one(["full", "io-error"] as const), commits(world)),
  ({ world }, { box }) => {
    box.breakDisk(world.random.one(["full", "io-error"] as const));
    world.after(world.random.whole(1_000, 3 * MINUTE), undefined, () => box.mendDisk());
  },
  ({ world }, { box }) => {
    world.reached("box killed");
    box.kill(world.random.whole(500, MINUTE));
  },
  ({ world }, { box }) => {
    world.reached("power cut");
    box.kill(world.random.whole(5_000, 5 * MINUTE), true);
  },
  ({ world }, { box }) => {
    world.reached("box restarted in order");
    box.restart(world.random.whole(500, 10_000));
  },
  ({ world }, { box }) => {
    world.reached("clock jumped");
    box.machine.clockKept = world.random.chance(0.5);
    box.machine.clockOffset = world.random.one([-world.now, 3 * 365 * DAY, -DAY, 7 * 3_600_000, -1_500, 0]);
  },
  ({ world }, { broker }) => {
    world.reached("broker's line cut");
    broker.cut();
  },
  (_, { broker }) => broker.loseAcknowledgement(),
  ({ world }, { broker }) => {
    world.reached("broker away");
    broker.setAway(true);
    world.after(world.random.whole(1_000, 2 * MINUTE), undefined, () => broker.setAway(false));
  },
  ({ world }, { fibre }) => {
    world.reached("fibre cut");
    fibre.set("cut");
    world.after(world.random.whole(1_000, 10 * MINUTE), undefined, () => fibre.set("whole"));
  },
  ({ world }, { fibre }) => {
    world.reached("fibre half open");
    fibre.set("half-open");
    world.after(world.random.whole(1_000, 5 * MINUTE), undefined, () => fibre.set("whole"));
  },
  ({ world }, { fibre }) => {
    fibre.set("slow");
    world.after(world.random.whole(10_000, 5 * MINUTE), undefined, () => fibre.set("whole"));
  },
  ({ world, region }) => region.arm(world.random.one(["die-before", "die-after", "store-fails"] as const)),
  ({ world, region }) => {
    world.reached("region killed");
    region.kill(world.random.whole(500, 3 * MINUTE));
  },
  ({ world, region }) => {
    region.backUp();
    world.after(world.random.whole(1_000, 5 * MINUTE), undefined, () => {
      if (region.comeBack()) world.reached("region restored from a backup");
    });
  },
];

const lineTrouble: Trouble = ({ world }, { fibre }) => fibre.fail(world.random.one(LINE_FAULTS));

function found(world: World, region: Region, index: number, broken: Broken): Commune {
  const name = `box-${index}`;
  const source = createSource(world, name);
  const broker = createBroker(world, name);
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
  });
  return { source, broker, fibre, box };
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

const hasArrived = ({ region }: Cast, { broker, box }: Commune): boolean => {
  const journal = box.journal;
  const cursor = region.held(box.name).cursor;
  return (
    broker.waiting === 0 &&
    journal !== undefined &&
    journal.lastSeq > 0 &&
    cursor?.seq === journal.lastSeq &&
    journal.cursor("region").seq === journal.lastSeq
  );
};

/** The world as it was before trouble came: nothing that was armed goes off any more. */
function heal({ region, communes }: Cast): void {
  for (const { box, broker, fibre } of communes) {
    box.mendDisk();
    broker.setAway(false);
    fibre.mend();
  }
  region.disarm();
}

export async function runSchedule({ seed, broken = SOUND, listen }: ScheduleOptions): Promise<ScheduleResult> {
  const world = createWorld({ seed, listen });
  const { random } = world;
  const region = createRegion(world, { communes: ["88383"], storeOf: (atCommit) => broken.store(["88383"], atCommit) });
  const communes = Array.from({ length: random.chance(0.2) ? 2 : 1 }, (_, index) =>
    found(world, region, index, broken),
  );
  const cast: Cast = { world, region, communes };
  const lengthMs = random.whole(1, random.chance(0.1) ? 12 : 4) * MINUTE;
  for (const commune of communes) {
    speak(world, commune, random.whole(5, random.chance(0.1) ? 100 : 30), lengthMs);
    for (let count = random.whole(0, 6); count > 0; count--) {
      const trouble = random.one(TROUBLES);
      world.after(random.whole(0, lengthMs), undefined, () => trouble(cast, commune));
    }
    for (let count = random.whole(0, 8); count > 0; count--)
      world.after(random.whole(0, lengthMs), undefined, () => lineTrouble(cast, commune));
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

function judge(cast: Cast, arrived: boolean): Omit<ScheduleResult, "seed" | "drainMs" | "hash" | "faults"> {
  const { communes, region, world } = cast;
  const findings = communes.map(({ broker, box }) =>
    compare(broker.accepted, region.held(box.name).entries, box.written),
  );
  const shed = findings.reduce((total, finding) => total + finding.shed, 0);
  const sum = (of: (finding: Finding) => number): number => findings.reduce((total, each) => total + of(each), 0);
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
    shed,
    examples: findings.flatMap(({ examples }) => examples),
    stuck: arrived ? undefined : standing.join("; "),
    defects: [
      ...communes.flatMap(({ box }) => box.defects),
      ...damage.map((finding) => `journal ${JSON.stringify(finding)}`),
    ],
  };
  world.tell(JSON.stringify(result));
  return result;
}

export const isSound = (result: ScheduleResult): boolean =>
  result.lost + result.duplicated + result.reordered + result.invented === 0 &&
  result.stuck === undefined &&
  result.defects.length === 0;
