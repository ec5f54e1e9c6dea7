/** What befalls boxes, brokers, fibres and the region, and who they are. */
import { sameHash } from "../../cloud-sync/protocol/chain.ts";
import type { Box } from "./box.ts";
import type { Broker } from "./broker.ts";
import type { HeldBox } from "./memory-store.ts";
import { type Fibre, LINE_FAULTS } from "./network.ts";
import { keysOf } from "./oracle.ts";
import type { Region } from "./region.ts";
import type { Source } from "./source.ts";
import type { World } from "./world.ts";

/** Messages at the region, by what makes each the same. */
export interface Saved {
  readonly keys: ReadonlySet<string>;
  /** Those it had, and lost when it came back from a backup: nobody has them any more. */
  readonly forgotten: ReadonlySet<string>;
}

/** A second history of a box: of a copy of its disk, or of an old image of it. One a commune. */
export interface Second {
  is: "none" | "forbidden" | "wanted" | "copy" | "old image";
  /** The copy, which speaks for itself at another broker. */
  copy: Commune | undefined;
  /** The last number of the image. */
  parted: number;
  /** What the region had when the disk went, and has not forgotten since. */
  saved: Saved;
}

export interface Commune {
  readonly source: Source;
  readonly broker: Broker;
  readonly fibre: Fibre;
  readonly box: Box;
  readonly second: Second;
}

/** What a schedule is made of. */
export interface Cast {
  readonly world: World;
  readonly region: Region;
  readonly communes: readonly Commune[];
  /** Starts a copy of a box from an image of its disk. */
  readonly copyOf: (commune: Commune, image: Buffer) => Commune;
}

/** A box of one history only is refused where it was killed before an answer came, and then had no room. */
const REFUSED: Partial<Record<Second["is"], string>> = {
  copy: "copy of a disk refused and named",
  "old image": "old image of a disk refused and named",
};
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The region goes on with this journal: it holds it to its end, under its epoch and its hash. */
export const isInStep = ({ region }: Pick<Cast, "region">, { box }: Commune): boolean => {
  const { cursor } = region.held(box.name);
  const { journal } = box;
  if (journal === undefined || journal.lastSeq === 0 || cursor === undefined) return false;
  const own = journal.cursor("region");
  if (cursor.epoch !== journal.epoch || cursor.seq !== journal.lastSeq || own.seq !== cursor.seq) return false;
  return sameHash(cursor.hash, journal.lastHash);
};

export type Trouble = (cast: Cast, commune: Commune) => void;

const commits = (world: World): number => world.random.whole(0, 6);

/** Each draws its own details. */
export const TROUBLES: readonly Trouble[] = [
  ({ world }, { box }) => box.armCommit("die-before", commits(world)),
  ({ world }, { box }) => box.armCommit("die-after", commits(world)),
  ({ world }, { box }) => box.armCommit(world.random.one(["full", "io-error"] as const), commits(world)),
  ({ world }, { box }) => {
    box.breakDisk(world.random.one(["full", "io-error"] as const));
    world.after(world.random.whole(1_000, 3 * MINUTE), undefined, () => box.mendDisk());
  },
  crowdDiskOfTheCutOff,
  crowdDiskOfTheCutOff,
  crowdDiskOfTheCutOff,
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
  ({ world }, { fibre }) => {
    fibre.set("refused");
    world.after(world.random.whole(MINUTE, 10 * MINUTE), undefined, () => fibre.set("whole"));
  },
  // All come back in the same moment, with what has gathered.
  ({ world, region, communes }) => {
    const ms = world.random.whole(10_000, 5 * MINUTE);
    if (communes.length > 1) world.reached("all boxes come back at once");
    region.kill(ms);
    for (const { fibre } of communes) {
      fibre.set("cut");
      world.after(ms, undefined, () => fibre.set("whole"));
    }
  },
  ({ world, region }) => {
    region.setFormer(true);
    world.after(world.random.whole(MINUTE, 5 * MINUTE), undefined, () => region.setFormer(false));
  },
  cloneDisk,
  (cast, commune) => putOldImageBack(cast, commune),
  (cast, commune) => putOldImageBack(cast, commune),
  (cast, commune) => putOldImageBack(cast, commune),
  ({ world, region }) => region.arm(world.random.one(["die-before", "die-after", "store-fails"] as const)),
  ({ world, region }) => {
    world.reached("region killed");
    region.kill(world.random.whole(500, 3 * MINUTE));
  },
  (cast, commune) => {
    if (cast.world.random.chance(0.5)) putOldImageBack(cast, commune, "old image put back, and the region restored");
    restoreRegion(cast);
  },
  imageAndRestore,
  copyAndRestore,
  copyAndRestore,
];

/** What every schedule can be made to draw, besides the others: seldom met by chance. */
export const ALSO = {
  "copy-and-restored-region": copyAndRestore,
  "copy-and-region-restored-twice": copyAndRestoreTwice,
  "old-image-and-restored-region": imageAndRestore,
} as const satisfies Record<string, Trouble>;
export type AlsoName = keyof typeof ALSO;

/** Its backup is made now. */
function restoreRegion({ world, region, communes }: Cast): void {
  region.backUp();
  const ms = world.random.whole(2_000, 5 * MINUTE);
  world.after(ms, undefined, () => {
    if (!region.comeBack()) return;
    world.reached("region restored from a backup");
    for (const { box, second } of communes) {
      if (second.is === "copy") world.reached("copy of a disk, and the region restored");
      second.saved = stillSaved(second.saved, region.held(box.name));
    }
  });
  if (world.random.chance(0.5)) return;
  // To make room the box takes off what the region has, and will have no longer.
  const boxes = communes.flatMap(({ box, second }) => (second.copy === undefined ? [box] : [box, second.copy.box]));
  for (const box of boxes) {
    world.after(ms / 2, undefined, () => box.crowdDisk(true));
    world.after(ms + 1_000, undefined, () => box.crowdDisk(false));
  }
}

/** The backup is from before the two parted, or from after. */
function copyAndRestore(cast: Cast, commune: Commune): void {
  const { world } = cast;
  cloneDisk(cast, commune);
  if (world.random.chance(0.5)) restoreRegion(cast);
  else world.after(world.random.whole(1_000, 2 * MINUTE), undefined, () => restoreRegion(cast));
}

/** The second backup is from before the first restore, or from after: what was told again may be forgotten again. */
function copyAndRestoreTwice(cast: Cast, commune: Commune): void {
  const { world } = cast;
  copyAndRestore(cast, commune);
  world.after(world.random.whole(MINUTE, 6 * MINUTE), undefined, () => restoreRegion(cast));
}

function imageAndRestore(cast: Cast, commune: Commune): void {
  putOldImageBack(cast, commune, "old image put back, and the region restored");
  restoreRegion(cast);
}

const keysHeld = ({ earlier, entries }: HeldBox): ReadonlySet<string> => new Set(keysOf([...earlier, ...entries]));

const stillSaved = ({ keys, forgotten }: Saved, held: HeldBox): Saved => {
  const there = keysHeld(held);
  const gone = [...keys].filter((key) => !there.has(key));
  return { keys: new Set([...keys].filter((key) => there.has(key))), forgotten: new Set([...forgotten, ...gone]) };
};

export const lineTrouble: Trouble = ({ world }, { fibre }) => fibre.fail(world.random.one(LINE_FAULTS));

/** The copy begins to speak once the region has heard something newer of the first: it is the second, unless the region forgets that. */
function cloneDisk(cast: Cast, commune: Commune): void {
  const { world, region, copyOf } = cast;
  const { box, second } = commune;
  const image = box.image();
  if (image === undefined || second.is !== "none") return;
  second.is = "wanted";
  second.parted = box.journal?.lastSeq ?? 0;
  const look = (): void => {
    if (second.is !== "wanted") return;
    if ((region.held(box.name).cursor?.seq ?? 0) <= second.parted) return void world.after(1_000, undefined, look);
    second.is = "copy";
    second.copy = copyOf(commune, image);
    world.reached("copy of a disk speaks");
  };
  look();
}

function putOldImageBack(cast: Cast, commune: Commune, and?: string): void {
  const { world, region } = cast;
  const { box, second } = commune;
  const image = box.image();
  if (image === undefined || second.is !== "none") return;
  second.is = "wanted";
  second.parted = box.journal?.lastSeq ?? 0;
  const putBack = (): void => {
    if (!box.isRunning || second.is !== "wanted") return;
    second.is = "old image";
    second.saved = { keys: keysHeld(region.held(box.name)), forgotten: new Set() };
    world.reached("old image of the disk put back");
    if (and !== undefined) world.reached(and);
    box.putBack(image);
    if (world.random.chance(0.5)) publishAgain(world, commune);
  };
  world.after(world.random.whole(1_000, 3 * MINUTE), undefined, putBack);
}

/** What the network server had just published comes again, to a disk that has forgotten it. */
function publishAgain(world: World, { broker }: Commune): void {
  const newest = broker.accepted.filter(({ hasIdentity }) => hasIdentity).slice(-world.random.whole(1, 6));
  world.after(world.random.whole(5_000, MINUTE), undefined, () => {
    for (const message of newest) broker.publish(message);
  });
}

/** So often in a row nothing came of any of them. */
const LOOKS_IN_VAIN = 5;

/**
 * Looks at the region's page now and then, decides what is open there, and does not change its mind: but where nobody goes on any
 * more, and there were two, one of those kept out has to.
 */
export function callPerson({ world, region }: Cast, commune: Commune): void {
  const { box, second } = commune;
  const { random } = world;
  let choice: "keep" | "new-epoch" | undefined;
  let inVain = 0;
  let lastSeq = 0;
  const say = (incident: string, decision: "keep" | "new-epoch"): void => {
    world.tell(`${box.name} decided: ${incident} ${decision}`);
    region.decide(box.name, incident, decision);
  };
  const decide = (): void => {
    choice ??= random.one(["keep", "new-epoch"] as const);
    world.reached(choice === "keep" ? "person keeps the first history" : "person chooses the refused history");
    const { claims, incident } = region.held(box.name);
    const open = claims.filter(({ decision }) => decision === undefined);
    // One of them can be the box; it is the one that came last.
    for (const { id } of open) say(id, id === incident ? choice : "keep");
    look();
  };
  const letOneIn = (): void => {
    const boxes = second.copy === undefined ? [commune] : [commune, second.copy];
    const { cursor, claims } = region.held(box.name);
    const isOut = (each: Commune): boolean => each.box.standing !== "going" && !isInStep({ region }, each);
    const isStill = cursor?.seq === lastSeq && boxes.every(isOut);
    inVain = isStill ? inVain + 1 : 0;
    lastSeq = cursor?.seq ?? 0;
    const kept = claims.findLast(({ decision }) => decision === "keep");
    if (inVain < LOOKS_IN_VAIN || kept === undefined || (boxes.length < 2 && choice === "keep")) return;
    inVain = 0;
    world.reached("person lets one in that was kept out");
    say(kept.id, "new-epoch");
  };
  const look = (): void => {
    if (region.held(box.name).incident === undefined) {
      letOneIn();
      return void world.after(30_000, undefined, look);
    }
    world.reached(REFUSED[second.is] ?? "box refused that could not show what it had shed");
    world.after(random.whole(1_000, 2 * MINUTE), undefined, decide);
  };
  look();
}

/** Nothing can be sent, and others take what the disk has free: what waits is shed, and told. */
function crowdDiskOfTheCutOff(cast: Cast, commune: Commune): void {
  const { world } = cast;
  const { box, fibre } = commune;
  if (world.random.chance(0.15)) putOldImageBack(cast, commune, "old image put back, and no room on the disk");
  const ms = world.random.whole(30_000, 3 * MINUTE);
  fibre.set("cut");
  world.after(ms / 2, undefined, () => box.crowdDisk(true));
  world.after(ms, undefined, () => {
    fibre.set("whole");
    box.crowdDisk(false);
  });
}
