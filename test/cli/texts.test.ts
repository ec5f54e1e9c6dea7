import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMMANDS } from "../../cli/command-table.ts";
import { FAULTS as CLI_FAULTS } from "../../cli/faults.ts";
import { FAULTS, WARNINGS } from "../../codecs/index.ts";
import { placeholdersOf } from "../../texts/catalogue.ts";
import { en } from "../../texts/cli/en.ts";
import { fr } from "../../texts/cli/fr.ts";

const french: Readonly<Record<string, string>> = fr;
const english: Readonly<Record<string, string>> = en;

test("both languages have the same keys with the same placeholders, and no empty text", () => {
  expect(Object.keys(english).sort()).toEqual(Object.keys(french).sort());
  for (const [key, text] of Object.entries(french)) {
    expect(placeholdersOf(english[key] ?? ""), key).toEqual(placeholdersOf(text));
    expect(text.trim(), key).not.toBe("");
    expect(english[key]?.trim(), key).not.toBe("");
  }
});

test("every fault says what happened, what it means and what to do", () => {
  for (const code of Object.keys(CLI_FAULTS))
    for (const part of ["", ".means", ".todo"]) expect(french, code).toHaveProperty([`fault.${code}${part}`]);
  const told = Object.keys(french).filter((key) => /^fault\.[^.]+$/.test(key));
  expect(told.map((key) => key.slice("fault.".length)).sort()).toEqual(Object.keys(CLI_FAULTS).sort());
});

test("every fault and warning of a codec has a sentence", () => {
  for (const code of [...Object.keys(FAULTS), ...Object.keys(WARNINGS)])
    expect(french).toHaveProperty([`wire.${code}`]);
});

test("French has its no-break spaces, so that no line begins with a colon, and its own apostrophe", () => {
  for (const [key, text] of Object.entries(french)) {
    expect(text, key).not.toMatch(/[a-zà-ÿ]'[a-zà-ÿ]/i);
    expect(text, key).not.toMatch(/« | [»?!;%]| :(?!\/\/)/);
  }
});

const sources = (folder: string): string[] =>
  readdirSync(new URL(`../../${folder}/`, import.meta.url), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("docs"))
    .map((name) => `${folder}/${name}`);

/** Three words in a row in a string are a sentence; command lines in examples are not. */
const sentencesIn = (source: string): string[] => {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const strings = [...code.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
  return strings.filter((text) =>
    /\b[a-zà-ÿ]{2,},? [a-zà-ÿ]{2,},? [a-zà-ÿ]{2,}\b/i.test(text.replace(/\$\{[^}]*\}/g, "")),
  );
};

test("no sentence stands in the code of the command line", () => {
  // What a shell runs reads like a sentence and is none.
  const spoken = sources("cli").filter((file) => file !== "cli/completion.ts");
  const found = spoken.flatMap((file) => {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").replace(/line:\s*["'`].*["'`]/g, "");
    const paths: readonly string[] = COMMANDS.map((entry) => entry.path);
    const sentences = sentencesIn(source).filter((text) => !paths.includes(text));
    return sentences.map((text) => `${file}: ${text}`);
  });
  expect(found).toEqual([]);
  expect(sources("cli").length).toBeGreaterThan(25);
  expect(sentencesIn('throw new Error("the box is gone")')).toHaveLength(1);
});
