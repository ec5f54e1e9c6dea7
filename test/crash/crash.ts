/** Rounds of kills, power cuts and a full disk on real processes, and their sum. */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { createRandom } from "../simulate/world.ts";
import { fill, missingForSmallDisks, mountSmallDisk } from "./full-disk.ts";
import { type BrokenPart, type Ground, startGround } from "./ground.ts";
import { buildShim, missingForPowerCuts, type Shim } from "./power-cut.ts";
import { compareAll, INCIDENTS, type Incident, playRound, type RoundResult } from "./round.ts";

export interface CrashOptions {
  readonly rounds: number;
  readonly seed: number;
  /** In each round, at least. */
  readonly messages: number;
  readonly broken?: BrokenPart;
  /** One more round on a disk that is full for a while. */
  readonly withFullDisk?: boolean;
  /** Stops as soon as something is wrong. */
  readonly untilCaught?: boolean;
  readonly tell?: (line: string) => void;
  readonly stallMs?: number;
}

export interface CrashResult {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly lost: number;
  /** Safe at box or broker, but not come: the rounds end there. */
  readonly late: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly invented: number;
  /** How often each incident happened. */
  readonly incidents: Readonly<Record<string, number>>;
  /** Writes that power cuts found unsynced. */
  readonly unsynced: number;
  /** Why something could not be tried on this machine. */
  readonly missing: readonly string[];
  readonly examples: readonly string[];
}

/** Every kind in every round, in another order, and one more. */
function draw(random: ReturnType<typeof createRandom>, kinds: readonly Incident[]): Incident[] {
  const drawn = [...kinds, random.one(kinds)];
  return drawn
    .map((incident) => ({ incident, place: random.unit() }))
    .sort((a, b) => a.place - b.place)
    .map(({ incident }) => incident);
}

/** The broken part is given what shows it, more often than once. */
const AIMED: Readonly<Record<BrokenPart, readonly Incident[]>> = {
  "acknowledges-before-commit": ["gateway killed", "gateway killed"],
  "cursor-outside-the-transaction": ["hypervisor killed"],
  "deletes-before-acknowledged": ["hypervisor killed", "gateway killed"],
};

export async function crash(options: CrashOptions): Promise<CrashResult> {
  const { rounds, seed, messages, broken, tell = () => {} } = options;
  const random = createRandom(seed);
  const noCuts = missingForPowerCuts();
  const noSmallDisk = missingForSmallDisks();
  const results: RoundResult[] = [];
  const incidents: Record<string, number> = {};
  const count = (incident: string) => {
    incidents[incident] = (incidents[incident] ?? 0) + 1;
  };
  const isWrong = () =>
    results.some(({ lost, duplicated, reordered, invented }) => lost + duplicated + reordered + invented > 0);
  /** Looking for what had not come has ended the ground. */
  const isUsedUp = () => results.some(({ lost, late }) => lost + late > 0);
  const kinds = noCuts === undefined ? INCIDENTS : INCIDENTS.filter((incident) => incident !== "power cut");
  const shim = noCuts === undefined && broken === undefined ? buildShim() : undefined;
  try {
    const ground = await startGround({ random, shim, broken });
    try {
      for (let round = 0; round < rounds && !(options.untilCaught && isWrong()) && !isUsedUp(); round++) {
        const planned = broken === undefined ? draw(random, kinds) : AIMED[broken];
        const result = await playRound({
          ground,
          random,
          first: round * 100_000,
          messages,
          afterSeq: results.at(-1)?.lastSeq ?? 0,
          incidents: planned,
          ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
        });
        planned.forEach(count);
        results.push(result);
        tell(lineOf(`round ${round + 1}`, planned, result));
      }
      if (!isWrong() && !isUsedUp()) results.push(await wholeOf(ground));
      // A broken part may leave a journal behind that says so itself.
      const faults = broken === undefined ? await ground.inspect() : [];
      if (faults.length > 0) throw new Error(faults.join("; "));
    } finally {
      await ground.stop();
    }
    if (options.withFullDisk && noSmallDisk === undefined) {
      const result = await fullDiskRound(seed, shim, messages);
      results.push(result);
      count("disk full");
      tell(lineOf("full disk", ["disk full"], result));
    }
  } finally {
    shim?.stop();
  }
  return total(results, incidents, [noCuts, options.withFullDisk ? noSmallDisk : undefined]);
}

const lineOf = (name: string, incidents: readonly string[], { examples, ...numbers }: RoundResult): string =>
  `${name}: ${incidents.join(", ")} ${JSON.stringify(numbers)}${examples.length > 0 ? ` ${examples.join("; ")}` : ""}`;

function total(
  results: readonly RoundResult[],
  incidents: Record<string, number>,
  missing: (string | undefined)[],
): CrashResult {
  const sum = (of: (result: RoundResult) => number) => results.reduce((all, result) => all + of(result), 0);
  return {
    rounds: results.filter(({ acknowledged }) => acknowledged > 0).length,
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lost: sum(({ lost }) => lost),
    late: sum(({ late }) => late),
    duplicated: sum(({ duplicated }) => duplicated),
    reordered: sum(({ reordered }) => reordered),
    invented: sum(({ invented }) => invented),
    incidents,
    unsynced: sum(({ unsynced }) => unsynced),
    missing: missing.filter((each) => each !== undefined),
    examples: results.flatMap(({ examples }) => examples),
  };
}

/** All rounds together once more: what came a second time after its round was over. */
async function wholeOf(ground: Ground): Promise<RoundResult> {
  const expected = ground.accepted().map((index) => ground.keyOf(index));
  return { ...(await compareAll(ground, expected, 0)), acknowledged: 0, unsynced: 0, lastSeq: 0 };
}

/** Long enough that commits fail and the broker has to keep what comes. */
const FULL_MS = 4_000;

async function fullDiskRound(seed: number, shim: Shim | undefined, messages: number): Promise<RoundResult> {
  const random = createRandom(seed + 1);
  const ground = await startGround({ random, shim, prepareDisk: mountSmallDisk });
  try {
    const { dataFolder, gatewayLog } = ground;
    const fillForAWhile = async (): Promise<void> => {
      const empty = fill(dataFolder);
      await pause(FULL_MS);
      empty();
    };
    const result = await playRound({
      ground,
      random,
      first: 0,
      messages,
      afterSeq: 0,
      incidents: [],
      meanwhile: fillForAWhile,
    });
    if (!readFileSync(gatewayLog, "utf8").includes("SQLITE_FULL"))
      throw new Error("the disk was full and no commit of the gateway noticed it");
    return result;
  } finally {
    await ground.stop();
  }
}
