import { readdir, stat } from "node:fs/promises";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { readChirpStackProfiles } from "./collections/chirpstack-profiles.ts";
import { type Collector, createCollector, type Problem, type Specimen, type Vector } from "./collections/collector.ts";
import { readDeviceRepository } from "./collections/device-repository.ts";
import { readExamplesFiles } from "./collections/examples-file.ts";
import { runVector } from "./collections/run-vector.ts";
import { readUpstreamPairs } from "./collections/upstream-pair.ts";
import { createSandbox } from "./sandbox.ts";
import type { Sandbox } from "./words.ts";

export interface VectorFailure {
  readonly kind: Vector["kind"];
  readonly name: string;
  readonly from: string;
  /** Where it differs, or why there is no result. */
  readonly reason: string;
}

export interface CodecOutcome {
  /** Path of the source, relative to the collection. */
  readonly codec: string;
  readonly loaded: boolean;
  /** Why it did not load. */
  readonly reason?: string;
  readonly entry: readonly string[];
  readonly vectors: number;
  readonly passed: number;
  readonly failures: readonly VectorFailure[];
}

export interface CollectionTotal {
  readonly codecs: number;
  readonly loaded: number;
  readonly vectors: number;
  readonly passed: number;
}

export interface CollectionOutcome {
  readonly codecs: readonly CodecOutcome[];
  /** Files that could not be used; everything else was tested. */
  readonly problems: readonly Problem[];
  readonly total: CollectionTotal;
}

export interface CollectionOptions {
  /** Called after each codec. */
  readonly onProgress?: (outcome: CodecOutcome, done: number, of: number) => void;
  /** For The Things Network's layout; without it those files are listed as problems. */
  readonly parseYaml?: (text: string) => unknown;
  /** One of the caller's own; otherwise one is made and stopped. */
  readonly sandbox?: Sandbox;
  /** What a vector without `recvTime` is given; default now, as a network server would. */
  readonly now?: () => Date;
}

/**
 * Runs a published collection of codecs against the vectors published with it. `path` is its folder, or one codec's file
 * (then only that codec is run). The four layouts may stand side by side. Throws only when `path` cannot be read.
 */
export async function testCollection(path: string, options: CollectionOptions = {}): Promise<CollectionOutcome> {
  const sandbox = options.sandbox ?? createSandbox();
  try {
    const single = (await stat(path)).isFile() ? basename(path) : undefined;
    const root = resolve(single === undefined ? path : dirname(path));
    const collector = createCollector({ root, files: await listFiles(root) }, sandbox);
    await readChirpStackProfiles(collector);
    await readExamplesFiles(collector);
    await readUpstreamPairs(collector);
    await readDeviceRepository(collector, options.parseYaml);
    if (single !== undefined) collector.specimen(single);
    const chosen = [...collector.specimens.values()].filter(({ path }) => single === undefined || path === single);
    const codecs: CodecOutcome[] = [];
    for (const specimen of chosen.sort((a, b) => (a.path < b.path ? -1 : 1))) {
      const outcome = await testSpecimen(collector, specimen, sandbox, options.now ?? (() => new Date()));
      codecs.push(outcome);
      options.onProgress?.(outcome, codecs.length, chosen.length);
    }
    return { codecs, problems: collector.problems, total: sum(codecs) };
  } finally {
    if (options.sandbox === undefined) await sandbox.stop();
  }
}

async function testSpecimen(
  collector: Collector,
  { path, recvTime, vectors }: Specimen,
  sandbox: Sandbox,
  now: () => Date,
): Promise<CodecOutcome> {
  const source = await collector.text(path);
  const loaded = await sandbox.load(path, source, { recvTime });
  if (!loaded.ok) {
    const reason = loaded.fault.message;
    sandbox.unload(path);
    const failures = vectors.map(({ kind, name, from }) => ({ kind, name, from, reason }));
    return { codec: path, loaded: false, reason, entry: [], vectors: vectors.length, passed: 0, failures };
  }
  const reasons = await Promise.all(vectors.map((vector) => runVector(sandbox, path, vector, now)));
  sandbox.unload(path);
  const failures: VectorFailure[] = [];
  for (const [at, reason] of reasons.entries()) {
    const { kind, name, from } = vectors[at] as Vector;
    if (reason !== undefined) failures.push({ kind, name, from, reason });
  }
  const passed = vectors.length - failures.length;
  return { codec: path, loaded: true, entry: loaded.value.entry, vectors: vectors.length, passed, failures };
}

function sum(codecs: readonly CodecOutcome[]): CollectionTotal {
  return {
    codecs: codecs.length,
    loaded: codecs.filter(({ loaded }) => loaded).length,
    vectors: codecs.reduce((total, { vectors }) => total + vectors, 0),
    passed: codecs.reduce((total, { passed }) => total + passed, 0),
  };
}

/** Links are not followed: a collection is read where it stands, and cannot lead out of itself. */
async function listFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, resolve(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((file) => !/(^|\/)(node_modules|\.git)\//.test(file))
    .sort();
}
