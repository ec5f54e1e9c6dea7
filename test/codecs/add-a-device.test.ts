import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { quantityOf } from "../../codecs/index.ts";
import * as words from "../../codecs/language/index.ts";
import { milesightWs301 } from "../../codecs/models/milesight-ws301.ts";
import { judge } from "./judge.ts";
import { brokenLaws, portsOf } from "./laws.ts";
import type { VectorFile } from "./vectors.ts";

const page = readFileSync(new URL("../../docs/add-a-device.md", import.meta.url), "utf8");
const block = (language: string): string => page.match(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``))![1]!;

it("the page shows the codec that is in the catalogue", () => {
  expect(block("ts")).toBe(readFileSync(new URL("../../codecs/models/milesight-ws301.ts", import.meta.url), "utf8"));
});

it("the page's vectors hold for the page's codec", () => {
  expect(judge(milesightWs301, JSON.parse(block("json")) as VectorFile)).toEqual([]);
});

it("the example keeps the laws", () => {
  for (const port of portsOf(milesightWs301)) {
    for (let byte = 0; byte < 256; byte++)
      expect(brokenLaws(milesightWs301, port, Uint8Array.of(1, 0x75, 80, 3, byte, byte))).toEqual([]);
  }
});

it("the page's table of words leaves none out, and names none that does not exist", () => {
  const table = page.slice(page.indexOf("| word |"), page.indexOf("Two channels"));
  const elsewhere = new Set([
    "DeclarationError",
    "defineCodec",
    "channel",
    "inline",
    "wishes",
    "countOf",
    "crc16",
    "literal",
    "characters",
    "hexDigits",
    "i8",
    "le",
    "be",
  ]);
  for (const word of Object.keys(words)) if (!elsewhere.has(word)) expect(table).toContain(word);
  for (const [, quantity] of table.matchAll(/(?:quantity|truth)\("([^"]+)"/g))
    expect(quantityOf(quantity!)).toBeDefined();
});
