import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allImports, type Import, importsOf, room, sourceFiles } from "./imports.ts";

const root = new URL("../..", import.meta.url).pathname;

/** Arrows that may be followed, beside those within a room. A longer path narrows the arrow to that part of the room. */
const ARROWS: Readonly<Record<string, readonly string[] | "all">> = {
  codecs: [],
  "cloud-sync": [],
  commands: [],
  lighting: [],
  alarms: [],
  texts: [],
  "device-registry": ["codecs", "cloud-sync/protocol"],
  api: ["codecs", "commands", "device-registry/words.ts"],
  gateway: ["codecs", "cloud-sync", "commands", "lighting", "alarms", "device-registry", "api", "texts"],
  hypervisor: [
    "api",
    "commands",
    "lighting",
    "alarms",
    "codecs",
    "device-registry/words.ts",
    "device-registry/health/day-count.ts",
    "cloud-sync/protocol",
    "texts",
  ],
  console: ["api", "texts"],
  fixtures: "all",
  cli: "all",
  test: "all",
  bench: "all",
};

/** Rooms that may open a package's door; a package that is not listed may be imported anywhere. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  mqtt: ["gateway/chirpstack", "fixtures"],
  "mqtt-packet": ["gateway/chirpstack"],
  "@grpc/grpc-js": ["gateway/chirpstack", "fixtures"],
  "@redis/client": ["gateway/chirpstack/redis-streams.ts", "fixtures/chirpstack/event-streams.ts"],
  "@chirpstack/chirpstack-api": ["gateway/chirpstack", "fixtures"],
  "better-sqlite3": ["cloud-sync/journal", "device-registry", "gateway"],
  pg: ["hypervisor/store"],
  "pg-copy-streams": ["hypervisor/store"],
  "@electric-sql/pglite": ["hypervisor/store"],
  commander: ["cli"],
  "csv-parse": ["device-registry/lists"],
  proj4: ["device-registry/lists"],
  "zxing-wasm": ["cli"],
  qrcode: ["cli/terminal"],
  "@peculiar/x509": ["cloud-sync/enrolment/key.ts", "hypervisor/authority.ts"],
  "quickjs-emscripten": ["codecs/sandbox"],
  "quickjs-emscripten-core": ["codecs/sandbox"],
  aedes: ["fixtures"],
  react: ["console"],
  fastify: ["hypervisor", "gateway"],
};

const below = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);
const packageName = (target: string): string =>
  target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");

const wrongArrows = (imports: readonly Import[]): string[] =>
  imports
    .filter(({ from, to, own }) => {
      if (!own || room(from) === room(to) || !from.includes("/")) return false;
      const allowed = ARROWS[room(from)];
      return allowed !== "all" && !(allowed ?? []).some((place) => below(to, place));
    })
    .map(({ from, to }) => `${from} → ${to}`);

const wrongDoors = (imports: readonly Import[]): string[] =>
  imports
    .filter(({ from, to, own }) => {
      const doors = own ? undefined : DOORS[packageName(to)];
      return doors !== undefined && !["test", "bench"].includes(room(from)) && !doors.some((door) => below(from, door));
    })
    .map(({ from, to }) => `${from} → ${to}`);

describe("the direction of the house", () => {
  const imports = allImports(root);

  it("sees the house at all", () => {
    expect(sourceFiles(root).length).toBeGreaterThan(80);
    expect(imports.filter(({ own }) => own).length).toBeGreaterThan(150);
  });

  it("follows no arrow that the design does not draw", () => {
    expect(wrongArrows(imports)).toEqual([]);
  });

  it("opens each outside package at its own door", () => {
    expect(wrongDoors(imports)).toEqual([]);
  });

  it("imports no value of node:http where it would bring 14 MB of undici", () => {
    const importsValue = (source: string): boolean =>
      /^import\s+(?!type\b)[^"';]*?\bfrom\s*["'](?:node:)?http["']/m.test(source);
    expect(importsValue('import { type Server, createServer } from "node:http";')).toBe(true);
    expect(importsValue('import type { Server } from "node:http";')).toBe(false);
    const heavy = sourceFiles(root).filter(
      (path) =>
        ["gateway", "cli", "hypervisor", "cloud-sync"].includes(room(path)) &&
        importsValue(readFileSync(join(root, path), "utf8")),
    );
    expect(heavy).toEqual([]);
  });

  it("catches a wrong import, however it is written", () => {
    const wrong = [
      'import { createRelay } from "../gateway/relay.ts";',
      'import type { Registry } from "../device-registry/store.ts";',
      'export * from "../cloud-sync/journal/journal.ts";',
      'import "../gateway/main.ts";',
      'const { startGateway } = await import("../gateway/main.ts");',
      'import {\n  one,\n  two,\n} from "../cli/main.ts";',
    ];
    for (const source of wrong) expect(wrongArrows(importsOf("codecs/index.ts", source))).toHaveLength(1);
    expect(
      wrongArrows(importsOf("hypervisor/ingest.ts", 'import { x } from "../device-registry/store.ts";')),
    ).toHaveLength(1);
    expect(wrongDoors(importsOf("cli/main.ts", 'import mqtt from "mqtt";'))).toHaveLength(1);
  });

  it("lets a right import pass", () => {
    const right = 'import type { Asset } from "../device-registry/words.ts";\nimport { z } from "zod";';
    expect(wrongArrows(importsOf("api/schemas.ts", right))).toEqual([]);
  });
});
