/** Provisioning over the control socket: lines of progress, then one with the result or the problem. */
import type { NetworkLine } from "../../api/network.ts";
import { ServerTrouble } from "../../device-registry/network/server.ts";
import { type DeskOptions, NetworkBusy, type NetworkDesk } from "../network-desk.ts";
import { Refused } from "./problem.ts";
import type { ControlReply, ControlRequest } from "./server.ts";

export interface NetworkParts {
  /** Absent without access to a network server. */
  readonly network: NetworkDesk | undefined;
}

/** More often nobody reads, and each costs a line. */
const PROGRESS_MS = 100;

/** The lines of a piece of work that reports by calling back. */
export async function* networkLines(
  work: (options: Required<Pick<DeskOptions, "progress" | "signal">>) => Promise<NetworkLine>,
  gone: AbortSignal,
): AsyncGenerator<NetworkLine> {
  let latest: NetworkLine | undefined;
  let wake: () => void = () => {};
  const progress = (phase: "survey" | "apply", done: number, all: number): void => {
    latest = { progress: { phase, done, all } };
  };
  const result = work({ progress, signal: gone }).catch((error: unknown): NetworkLine => {
    if (!(error instanceof ServerTrouble || error instanceof NetworkBusy)) throw error;
    return { problem: { code: error.code, message: error.message } };
  });
  let ended = false;
  const end = (): void => {
    ended = true;
    wake();
  };
  result.then(end, end);
  while (!ended) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PROGRESS_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (latest !== undefined && !ended) yield latest;
    latest = undefined;
  }
  yield await result;
}

const REMEDY = "name ChirpStack's API in [chirpstack] of beffroi.toml, with a global API key";

export const network = (
  request: ControlRequest,
  { network: desk }: NetworkParts,
  gone: AbortSignal,
): ControlReply | undefined => {
  const [, what, more] = request.path;
  if (more !== undefined) return undefined;
  const planning = request.method === "GET" && what === "plan";
  const applying = request.method === "POST" && what === "apply";
  if (!planning && !applying) return undefined;
  if (desk === undefined) throw new Refused(422, "no-network-server", "this box knows no network server", REMEDY);
  const prune = request.query.get("prune") === "true";
  const lines = networkLines(
    async (options) =>
      planning
        ? { planned: await desk.plan({ ...options, prune }) }
        : { applied: await desk.apply({ ...options, prune }) },
    gone,
  );
  return { lines };
};
