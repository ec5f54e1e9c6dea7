import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { COMMANDS, pathsFor, type TableEntry } from "../../cli/command-table.ts";
import { displayWidth } from "../../cli/terminal/width.ts";
import { placeholderFr } from "../../texts/cli/placeholder-fr.ts";
import { beffroi, FRENCH, temporaryFolder } from "./bin.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const table: readonly TableEntry[] = COMMANDS;
const ran = Promise.all(table.map(async ({ path }) => ({ path, ...(await help(path)) })));

async function help(path: string) {
  return beffroi([...path.split(" "), "--help"], { env: FRENCH });
}

/** A command line as a shell cuts it, for what the examples use. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");

// As many processes as there are commands, at once: on a loaded machine that takes its time.
test("every command's help is French, fits 80 columns and ends well", { timeout: 180_000 }, async () => {
  for (const { path, code, out, err } of await ran) {
    expect({ path, code, err }).toEqual({ path, code: 0, err: "" });
    expect(out, path).toMatch(/^Usage : beffroi /);
    // A command line is copied, not read: it is never broken.
    const prose = out.split("\n").filter((line) => !line.startsWith("    beffroi "));
    for (const line of prose) expect(displayWidth(line), `${path}: ${line}`).toBeLessThanOrEqual(80);
    expect(out, path).not.toMatch(/undefined|\{\w+\}|Usage: |Options:|Commands:|Arguments:/);
  }
});

test("every command that does something shows examples of itself, and its exit codes", async () => {
  for (const { path, out } of (await ran).filter(({ path: each }) =>
    table.some((entry) => entry.path === each && entry.load),
  )) {
    const examples = [...out.matchAll(/^ {4}beffroi (.*)$/gm)].map((match) => words(match[1]!));
    expect(examples.length, path).toBeGreaterThan(0);
    for (const example of examples) {
      const called = [...pathsFor(example)].at(-1);
      expect(called, example.join(" ")).toBe(path);
      const options = example.filter((word) => word.startsWith("--")).map((word) => word.split("=")[0]!);
      for (const option of options) expect(out, path).toContain(option);
    }
    expect(out, path).toContain("Codes de sortie :");
  }
});

test("`help COMMAND` is `COMMAND --help`", async () => {
  const [one, other] = await Promise.all([
    beffroi(["help", "codec", "decode"], { env: FRENCH }),
    beffroi(["--lang", "fr", "help", "codec", "decode"]),
  ]);
  expect(one.out).toBe((await help("codec decode")).out);
  expect(other.out).toBe(one.out);
});

test("the examples of the codec commands run", async () => {
  for (const path of ["codec decode", "codec encode", "codec list", "codec show"]) {
    const { out } = await help(path);
    for (const [, line] of out.matchAll(/^ {4}beffroi (.*)$/gm))
      expect(await beffroi(words(line!)), line).toMatchObject({ code: 0, err: "" });
  }
});

test("what stands for a value has its word in both languages", () => {
  const page = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8").replace(/```json[\s\S]*?```/g, "");
  const words = new Set([...page.matchAll(/[<[]([a-z][a-z-]*)(?:\.\.\.)?[>\]]/g)].map((match) => match[1]!));
  words.delete("options");
  expect(words.size).toBeGreaterThan(20);
  expect([...words].filter((word) => !Object.hasOwn(placeholderFr, `placeholder.${word}`))).toEqual([]);
});

test("the language is the terminal's, or the one asked for", async () => {
  const first = async (env: Record<string, string>, ...args: string[]) =>
    (await beffroi([...args, "--help"], { env })).out.split("\n")[0];
  expect(await first({ LANG: "fr_FR.UTF-8" })).toMatch(/^Usage :/);
  expect(await first({ LANG: "fr_FR.UTF-8", LC_ALL: "C" })).toMatch(/^Usage:/);
  expect(await first({ LANG: "de_DE.UTF-8" })).toMatch(/^Usage:/);
  expect(await first({})).toMatch(/^Usage:/);
  expect(await first({}, "--lang", "fr")).toMatch(/^Usage :/);
  expect(await first({ LC_ALL: "fr_FR.UTF-8" }, "status", "--lang=en")).toMatch(/^Usage:/);
});

test("nothing but the word called for is loaded for help", async () => {
  const hook = `import { registerHooks } from "node:module"; registerHooks({ load: (url, context, next) => {
    process.stderr.write(url + "\\n"); return next(url, context); } });`;
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}` };
  const { out, err } = await beffroi(["--help"], { env });
  expect(out).toMatch(/^Usage:/);
  const loaded = err.split("\n").filter((url) => url.startsWith("file:"));
  expect(loaded.some((url) => url.endsWith("cli/main.ts"))).toBe(true);
  expect(loaded.some((url) => url.includes("/commander/"))).toBe(true);
  expect(
    loaded.filter((url) => /\/(zod|better-sqlite3|pino|mqtt|smol-toml)\/|cli\/commands\/|texts\/cli\/fr/.test(url)),
  ).toEqual([]);
  expect(loaded.length).toBeLessThan(30);
});
