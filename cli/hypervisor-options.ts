import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { HypervisorFault } from "../hypervisor/faults.ts";
import { problemOf } from "../hypervisor/problem.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";

export const HYPERVISOR_FOLDER = "hypervisor-data";

export const hypervisorFolder = (cli: Cli, data: string | undefined): string =>
  resolve(cli.cwd, data ?? HYPERVISOR_FOLDER);

/** The database of the environment, if it names one. */
export const databaseOf = (cli: Cli): { readonly databaseUrl?: string } =>
  cli.env.DATABASE_URL ? { databaseUrl: cli.env.DATABASE_URL } : {};

/** The built page, in a checkout and in an image. */
export function consoleFolder(): string | undefined {
  const places = ["../dist/console", "../console"].map((path) => new URL(`${path}/`, import.meta.url).pathname);
  return places.find(
    (place) => existsSync(resolve(place, "index.html")) && !existsSync(resolve(place, "vite.config.ts")),
  );
}

/** A refusal of the regional process as one of ours; its sentences exist in both languages. */
export function hypervisorFault(
  cli: Cli,
  error: unknown,
  as: "hypervisor-refused" | "hypervisor-not-started",
): unknown {
  if (!(error instanceof HypervisorFault)) return error;
  const { code, message, remedy = "" } = problemOf(error, cli.language);
  return fault(as, { message, remedy }, { detail: { problem: { code, message, remedy } } });
}
