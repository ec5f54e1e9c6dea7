/** Real processes on a bad line: load, and one fault after another between box and region; then set, order and count are compared. */
import { execFileSync, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { startGround } from "../crash/ground.ts";
import { playRound, type RoundResult } from "../crash/round.ts";
import { createRandom } from "../simulate/world.ts";
import { layLine } from "./faulty-link.ts";

export interface NetworkOptions {
  readonly seed: number;
  readonly messages: number;
  /** How long each fault lasts, ms: longer than 45 s a line that has gone silent is found dead. */
  readonly faultMs: number;
  readonly tell: (line: string) => void;
}

export interface NetworkResult extends RoundResult {
  /** Packets that each fault met. */
  readonly met: Readonly<Record<string, number>>;
  readonly missing: readonly string[];
}

/** Between two faults the line is whole, so that each is met by a box that had come back. */
const WHOLE_MS = 1_500;
const TRIES_MAX = 40;

/** Only inside a network namespace of its own: it changes the loopback. */
export async function badLine(options: NetworkOptions): Promise<NetworkResult> {
  const { seed, messages, faultMs, tell } = options;
  execFileSync("ip", ["link", "set", "lo", "up"]);
  const random = createRandom(seed);
  const ground = await startGround({ random });
  try {
    const { faults, missing } = layLine(ground.boxPort);
    const order = faults
      .map((fault) => ({ fault, place: random.unit() }))
      .sort((a, b) => a.place - b.place)
      .map(({ fault }) => fault);
    const met: Record<string, number> = {};
    const meanwhile = async (): Promise<void> => {
      for (const fault of order) {
        const { name } = fault;
        fault.begin();
        await pause(faultMs);
        // A fault that no packet met proves nothing.
        for (let tries = 0; fault.met() === 0 && tries < TRIES_MAX; tries++) await pause(WHOLE_MS);
        met[name] = fault.met();
        fault.end();
        tell(`${name}, ${faultMs} ms: ${met[name]} packets`);
        await pause(WHOLE_MS);
      }
    };
    const result = await playRound({ ground, random, first: 0, messages, afterSeq: 0, incidents: [], meanwhile });
    const broken = await ground.inspect();
    if (broken.length > 0) throw new Error(broken.join("; "));
    return { ...result, met, missing };
  } finally {
    await ground.stop();
  }
}

/** Runs the command again inside a namespace; gives its exit code. */
export const insideNamespace = (
  file: string,
  words: readonly string[],
  print: (text: string) => void,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn("unshare", ["--net", process.execPath, file, "--inside", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.on("data", (bytes) => print(String(bytes)));
    child.stderr.on("data", (bytes) => print(String(bytes)));
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
