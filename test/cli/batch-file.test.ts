/** Batches are written onto a key as they are, over what an interrupted export left, and through no link. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeBatchFile } from "../../cli/batch-file.ts";
import { temporaryFolder } from "./bin.ts";

const NAME = "remiremont-1-000000000001-000000000002.batch";
const BODY = new Uint8Array([1, 2, 3]);

let folder: ReturnType<typeof temporaryFolder>;
let key: string;
beforeEach(() => {
  folder = temporaryFolder();
  key = join(folder.path, "key");
});
afterEach(() => folder.remove());

test("the folder is made; what stands under the name, whole or half, is replaced", () => {
  for (let twice = 0; twice < 2; twice++) {
    writeBatchFile(key, NAME, BODY);
    writeFileSync(join(key, `${NAME}.new`), "half");
  }
  writeBatchFile(key, NAME, BODY);
  expect(readdirSync(key)).toEqual([NAME]);
  expect([...readFileSync(join(key, NAME))]).toEqual([...BODY]);
});

test.each([NAME, `${NAME}.new`])("a link called %s is replaced: what it leads to stays as it was", (link) => {
  const elsewhere = join(folder.path, "elsewhere");
  writeFileSync(elsewhere, "mine");
  mkdirSync(key);
  symlinkSync(elsewhere, join(key, link));
  writeBatchFile(key, NAME, BODY);
  expect(readFileSync(elsewhere, "utf8")).toBe("mine");
  expect([...readFileSync(join(key, NAME))]).toEqual([...BODY]);
});

test("where nothing can be written it says so", () => {
  writeFileSync(key, "a file, no folder");
  expect(() => writeBatchFile(key, NAME, BODY)).toThrow(expect.objectContaining({ code: "file-unwritable" }));
});
