/** The uplinks published beside one codec's file: what it can be tried with. */
import { readdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Sandbox, UplinkInput } from "../words.ts";
import { readChirpStackProfiles } from "./chirpstack-profiles.ts";
import { createCollector } from "./collector.ts";
import { publishedBytes } from "./compare.ts";
import { readDeviceRepository } from "./device-repository.ts";
import { readExamplesFiles } from "./examples-file.ts";
import { readUpstreamPairs } from "./upstream-pair.ts";

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);

/** Looks in the file's folder and the one above, not below: the file may lie anywhere on somebody's disk. */
export async function uplinksBeside(
  file: string,
  sandbox: Sandbox,
  parseYaml?: (text: string) => unknown,
): Promise<UplinkInput[]> {
  const folder = dirname(resolve(file));
  const root = dirname(folder);
  const below = (name: string): string => (root === folder ? name : `${basename(folder)}/${name}`);
  const above = root === folder ? [] : await filesOf(root);
  const files = [...above, ...(await filesOf(folder)).map(below)].sort();
  const collector = createCollector({ root, files }, sandbox);
  await readChirpStackProfiles(collector);
  await readExamplesFiles(collector);
  await readUpstreamPairs(collector);
  await readDeviceRepository(collector, parseYaml);
  const vectors = collector.specimens.get(below(basename(file)))?.vectors ?? [];
  return vectors.flatMap(({ kind, input }) => {
    const bytes = kind === "decodeUplink" ? publishedBytes(input.bytes) : undefined;
    if (bytes === undefined) return [];
    const { fPort, recvTime, variables } = input;
    return {
      bytes: Uint8Array.from(bytes),
      fPort: typeof fPort === "number" ? fPort : 1,
      recvTime: typeof recvTime === "string" ? recvTime : new Date().toISOString(),
      ...(variables === undefined ? {} : { variables: variables as Readonly<Record<string, string>> }),
    };
  });
}
