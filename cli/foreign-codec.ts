/** A codec of another maker on its way to a box: its source, frames to try it with, and the mapping they lead to. */
import { readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { z } from "zod";
import { MappingRow } from "../api/control.ts";
import {
  createSandbox,
  type JsonObject,
  type Mapping,
  mappingFaults,
  proposeMapping,
  type RecvTimeForm,
  type Sandbox,
  type UplinkInput,
  uplinksBeside,
} from "../codecs/sandbox/index.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import { parseHex } from "./inputs.ts";

/** What the sandbox accepts (codecs/sandbox/limits.ts). */
const SOURCE_BYTES_MAX = 512 * 1024;
const SAMPLES_MAX = 200;

export function readText(cli: Cli, typed: string, bytesMax = 16 * 1024 * 1024): string {
  const file = resolve(cli.cwd, typed);
  try {
    const { size } = statSync(file);
    if (size > bytesMax) throw new Error(`${size} > ${bytesMax}`);
    return readFileSync(file, "utf8");
  } catch (error) {
    throw fault("file-unreadable", { file, detail: error instanceof Error ? error.message : "" });
  }
}

export const readSource = (cli: Cli, file: string): string => readText(cli, file, SOURCE_BYTES_MAX);

/** `01F4:2`: the frame in hex and its FPort. */
export function parseSample(typed: string, cli: Cli): UplinkInput {
  const match = /^(.+):(\d+)$/.exec(typed.trim());
  const fPort = Number(match?.[2]);
  if (match === null || fPort < 1 || fPort > 255) throw fault("wrong-sample", { typed });
  return { bytes: parseHex([match[1]!], cli.say), fPort, recvTime: new Date(cli.now()).toISOString() };
}

/** A mapping table as a person edited it. */
export function readMapping(cli: Cli, typed: string): Mapping {
  const file = resolve(cli.cwd, typed);
  let value: unknown;
  try {
    value = JSON.parse(readText(cli, typed));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw fault("mapping-invalid", { file, n: 1 }, { lines: [error.message] });
  }
  const parsed = z.array(MappingRow).max(500).safeParse(value);
  const lines = parsed.success
    ? mappingFaults(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  if (!parsed.success || lines.length > 0)
    throw fault("mapping-invalid", { file, n: lines.length }, { lines, detail: { faults: lines } });
  return parsed.data;
}

export interface Tried {
  /** What the codec gave for the samples it could read. */
  readonly outputs: readonly JsonObject[];
  /** Why it could not read the others. */
  readonly failures: readonly string[];
}

const ID = "sample";

async function tried(sandbox: Sandbox, samples: readonly UplinkInput[]): Promise<Tried> {
  const answers = await Promise.all(samples.slice(0, SAMPLES_MAX).map((sample) => sandbox.decodeUplink(ID, sample)));
  return {
    outputs: answers.flatMap((answer) => (answer.ok && answer.value.data !== null ? [answer.value.data] : [])),
    failures: answers.flatMap((answer) => (answer.ok ? [] : [answer.fault.message])),
  };
}

/** Loads the codec in a sandbox of its own and runs it on the samples given, else on the vectors published beside it. */
export async function trySamples(
  cli: Cli,
  file: string,
  source: string,
  given: readonly UplinkInput[],
  recvTime: RecvTimeForm,
): Promise<Tried> {
  const sandbox = createSandbox();
  try {
    const loaded = await sandbox.load(ID, source, { recvTime });
    if (!loaded.ok) throw fault("codec-unloadable", { file: basename(file), detail: loaded.fault.message });
    const { parse } = await import("yaml");
    const samples = given.length > 0 ? given : await uplinksBeside(resolve(cli.cwd, file), sandbox, parse);
    return await tried(sandbox, samples);
  } finally {
    await sandbox.stop();
  }
}

/** The table that the outputs lead to, for a person to look over. Refuses when there is nothing to go by. */
export function proposed(file: string, { outputs, failures }: Tried): Mapping {
  if (outputs.length === 0) throw fault("no-samples", { file: basename(file) }, { lines: failures.slice(0, 5) });
  const mapping = proposeMapping(outputs);
  if (mapping.length === 0)
    throw fault("nothing-proposed", { file: basename(file) }, { lines: [JSON.stringify(outputs[0]).slice(0, 400)] });
  return mapping;
}
