import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listFiles, weigh, wrongIn } from "./inventory.ts";

const MARKER = "marker-of-a-secret";
const CLEAN = [
  "/opt/beffroi/dist/cli/main.js",
  "/opt/beffroi/node_modules/zod/index.js",
  "/usr/local/bin/node",
  "/usr/bin/perl",
];

let root: string;

const put = (path: string, text = "x"): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

const wrong = (): string[] =>
  wrongIn(root, listFiles(root), { developmentPackages: ["vite", "@types/node"], marker: MARKER });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "inventory-"));
  for (const path of CLEAN) put(path);
  put("/etc/ssl/certs/some.key", "an authority's name");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("what must not be in an image", () => {
  it("lets a clean one pass, and weighs it", () => {
    expect(wrong()).toEqual([]);
    expect(weigh(listFiles(root)).map(([place]) => place)).toContain("/opt/beffroi/dist/cli");
  });

  const key = `-----BEGIN EC PRIVATE KEY-----\n${"A".repeat(64)}\n`;
  it.each([
    ["a compiler", "/usr/bin/gcc-12", "x", "toolchain"],
    ["a package manager", "/usr/local/bin/npm", "x", "toolchain"],
    ["a source", "/opt/beffroi/dist/cli/main.ts", "x", "source"],
    ["a test", "/opt/beffroi/node_modules/zod/test/one.js", "x", "test"],
    ["a test file", "/opt/beffroi/dist/cli/main.test.js", "x", "test"],
    ["a development package", "/opt/beffroi/node_modules/vite/index.js", "x", "development package: vite"],
    [
      "a scoped one, nested",
      "/opt/beffroi/node_modules/zod/node_modules/@types/node/index.js",
      "x",
      "development package",
    ],
    ["registry credentials", "/root/.npmrc", "x", "secret by its name"],
    ["a key by its name", "/etc/beffroi/box.key", "x", "secret by its name"],
    ["a key by its text", "/opt/beffroi/dist/some.js", key, "a key or a token"],
    ["a secret of the build", "/run/secrets/npmrc", `; ${MARKER}`, "a secret of the build"],
  ])("finds %s", (_, path, text, found) => {
    put(path, text);
    expect(wrong().join("\n")).toContain(found);
  });

  it("does not follow links out of the image", () => {
    mkdirSync(join(root, "etc/beffroi"), { recursive: true });
    symlinkSync("/etc/passwd", join(root, "etc/beffroi/link"));
    expect(wrong()).toEqual([]);
  });
});
