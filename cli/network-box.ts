/** Provisioning through the box when it runs; else from its store, which only one process may hold. */
import type { AddGateway, AddGroup, NetworkApplied, NetworkLine, NetworkPlan } from "../api/network.ts";
import type { GatewayConfig } from "../gateway/config.ts";
import type { Cli } from "./cli.ts";
import { CliFault, fault } from "./faults.ts";
import { boxProblem } from "./problem-texts.ts";
import { createProgress } from "./terminal/progress.ts";
import { type BoxOptions, CONFIG_FILE, configFileOf, dataFolderOf, readConfig } from "./which-box.ts";

export interface NetworkOptions extends BoxOptions {
  readonly prune?: boolean;
  readonly json?: boolean;
}

type Verb = "plan" | "apply";

const configOf = async (cli: Cli, options: BoxOptions): Promise<GatewayConfig> => {
  const file = configFileOf(cli, options);
  if (file === undefined) throw fault("no-box-named", { file: CONFIG_FILE });
  return readConfig(cli, file);
};

async function* atRest(cli: Cli, verb: Verb, options: NetworkOptions): AsyncIterable<NetworkLine> {
  const config = await configOf(cli, options);
  if (config.chirpstack === undefined) throw fault("no-network-server", {});
  const { openNetworkAtRest } = await import("./network-at-rest.ts");
  const box = openNetworkAtRest(cli, config.dataFolder, config.chirpstack);
  try {
    yield* box.lines(verb, options.prune ?? false);
  } finally {
    box.close();
  }
}

async function* linesOf(cli: Cli, verb: Verb, options: NetworkOptions): AsyncIterable<NetworkLine> {
  const { createBoxClient } = await import("./box-client.ts");
  try {
    yield* createBoxClient(cli, await dataFolderOf(cli, options)).network(verb, options.prune ?? false);
  } catch (error) {
    if (!(error instanceof CliFault && error.code === "box-not-running")) throw error;
    yield* atRest(cli, verb, options);
  }
}

/** What the API said, in our words; the file of its key is named by the configuration. */
const networkFault = (cli: Cli, problem: { readonly code: string; readonly message: string }): CliFault => {
  const detail = problem.message;
  switch (problem.code) {
    case "unreachable":
    case "no-answer":
      return fault("network-unreachable", { detail });
    case "key-refused":
      return fault("network-key-refused", { detail });
    case "key-file":
      return fault("network-key-file", { detail });
    case "root-unreadable":
    case "seal-broken":
    case "seal-lost":
      return fault("keys-unusable", { detail });
    case "network-busy":
      return fault("network-busy", {});
    case "refused":
      return fault("network-refused", { detail });
    default:
      return boxProblem(cli.say, problem);
  }
};

const labels = { survey: "network.survey", apply: "network.apply" } as const;

/** Shows progress, and gives the last line: what was planned or applied. */
export async function provision(cli: Cli, verb: "plan", options: NetworkOptions): Promise<NetworkPlan>;
export async function provision(cli: Cli, verb: "apply", options: NetworkOptions): Promise<NetworkApplied>;
export async function provision(cli: Cli, verb: Verb, options: NetworkOptions): Promise<NetworkPlan | NetworkApplied> {
  const bar = createProgress(cli.err);
  const waiting = setTimeout(() => cli.err.line(cli.err.paint("dim", cli.say("network.waiting"))), 2_000);
  try {
    for await (const line of linesOf(cli, verb, options)) {
      if ("progress" in line) {
        clearTimeout(waiting);
        bar.update(cli.say(labels[line.progress.phase]), line.progress.done, line.progress.all);
      } else if ("problem" in line) throw networkFault(cli, line.problem);
      else return "planned" in line ? line.planned : line.applied;
    }
  } finally {
    clearTimeout(waiting);
    bar.end();
  }
  throw fault("cut-short", { folder: await dataFolderOf(cli, options) });
}

/** Declares a LoRa gateway or a multicast group; whether the box runs. */
export async function declare(
  cli: Cli,
  options: BoxOptions,
  what: { readonly gateway: AddGateway } | { readonly group: AddGroup },
): Promise<boolean> {
  const folder = await dataFolderOf(cli, options);
  const { createBoxClient } = await import("./box-client.ts");
  const box = createBoxClient(cli, folder);
  try {
    await ("gateway" in what ? box.addGateway(what.gateway) : box.addGroup(what.group));
    return true;
  } catch (error) {
    if (!(error instanceof CliFault && error.code === "box-not-running")) throw error;
    const { declareAtRest } = await import("./network-at-rest.ts");
    declareAtRest(cli, folder, what);
    return false;
  }
}
