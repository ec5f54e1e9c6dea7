import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../codecs/index.ts";
import { allPages } from "../../codecs/pages.ts";
import { findModel } from "../../device-registry/models.ts";

const folder = new URL("../../docs/models/", import.meta.url);
const pages = allPages(
  [...catalogue.values()].map((codec) => codec.shape),
  findModel,
);

describe("docs/models/", () => {
  it("has one page a model in each language, and no other", () => {
    expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
  });

  it("speak French with its own apostrophe and no-break spaces", () => {
    const notes = [...catalogue.values()].flatMap(({ shape }) => [shape.what, ...shape.notCovered, ...shape.differs]);
    expect(notes.length).toBeGreaterThan(100);
    for (const { en, fr } of notes) {
      expect(en.length, fr).toBeGreaterThan(0);
      expect(fr).not.toMatch(/\b[dlnsmtcj]'[a-zà-ÿ]|qu'|« | [»?!;%]| :(?!\/\/)/i);
    }
  });

  it.each([...pages])("%s is current (npm run generate:models)", (file, text) => {
    expect(readFileSync(new URL(file, folder), "utf8")).toBe(text);
  });
});
