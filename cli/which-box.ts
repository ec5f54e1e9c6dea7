/** Which box a command speaks to: `--data`, `--config`, BEFFROI_CONFIG, `./beffroi.toml`, the demo that runs here, in this order. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { GatewayConfig } from "../gateway/config.ts";
import type { Cli } from "./cli.ts";
import { demoConfigIn } from "./demo-door.ts";
import { fault } from "./faults.ts";

export const CONFIG_FILE = "beffroi.toml";

export interface BoxOptions {
  readonly data?: string;
  readonly config?: string;
}

export function withBoxOptions(command: Command, cli: Cli): Command {
  return command.option("--data <folder>", cli.say("option.data")).option("--config <file>", cli.say("option.config"));
}

/** The configuration file that counts, or undefined when there is none. */
export function configFileOf(cli: Cli, options: BoxOptions): string | undefined {
  const named = options.config ?? (cli.env.BEFFROI_CONFIG || undefined);
  if (named !== undefined) return resolve(cli.cwd, named);
  const here = resolve(cli.cwd, CONFIG_FILE);
  return existsSync(here) ? here : undefined;
}

export async function readConfig(cli: Cli, file: string): Promise<GatewayConfig> {
  const { loadConfig } = await import("../gateway/config.ts");
  const result = loadConfig(file);
  if (result.ok) return result.config;
  const { configFaultLines } = await import("./config-fault-lines.ts");
  const lines = configFaultLines(cli.say, result.faults);
  throw fault("config-invalid", { file, n: result.faults.length }, { lines, detail: { file, faults: result.faults } });
}

export async function dataFolderOf(cli: Cli, options: BoxOptions): Promise<string> {
  if (options.data !== undefined) return resolve(cli.cwd, options.data);
  const file = configFileOf(cli, options) ?? demoConfigIn(cli.cwd);
  if (file === undefined) throw fault("no-box-named", { file: CONFIG_FILE });
  return (await readConfig(cli, file)).dataFolder;
}
