/** What the README tells a newcomer to type exists: every npm script, every command, every option, every file it points to. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = new URL("../..", import.meta.url).pathname;
const readme = readFileSync(join(root, "README.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

const shellLines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) => block[1]!.trim().split("\n"));
const commands = shellLines.flatMap((line) => line.split("&&")).map((line) => line.replace(/\s*&\s*$/, "").trim());
const beffroi = commands.filter((line) => line.startsWith("npx beffroi ")).map((line) => line.split(/\s+/).slice(2));

const help = (words: readonly string[]) =>
  spawnSync(process.execPath, [join(root, "cli/beffroi.js"), ...words, "--help"], { encoding: "utf8" });

describe("the README", () => {
  it("holds commands at all", () => {
    expect(beffroi.length).toBeGreaterThan(5);
    expect(shellLines).toContain("npm ci && npm run demo");
    expect(shellLines).toContain("npm ci && npm test");
  });

  it("names npm scripts that exist", () => {
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(scripts.test).toBeDefined();
  });

  it.each(beffroi.map((words) => [words.join(" "), words] as const))("beffroi %s", (_, words) => {
    const first = words.findIndex((word) => word.startsWith("-") || /[:./0-9]/.test(word));
    const path = words.slice(0, first === -1 ? undefined : first).filter((word) => !["remiremont"].includes(word));
    const { status, stdout } = help(path);
    expect(status).toBe(0);
    expect(stdout).toContain(`beffroi ${path.join(" ")}`);
    for (const option of words.filter((word) => word.startsWith("--"))) expect(stdout).toContain(option);
  });

  it("points only to files that exist", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1]!);
    expect(links.length).toBeGreaterThan(15);
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });
});
