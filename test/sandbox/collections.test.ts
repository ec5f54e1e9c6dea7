import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firstDifference, publishedBytes } from "../../codecs/sandbox/collections/compare.ts";
import { type CodecOutcome, type CollectionOutcome, testCollection } from "../../codecs/sandbox/collections.ts";
import { createSandbox, type Sandbox } from "../../codecs/sandbox/index.ts";
import { chirpStackProfiles, deviceRepository, examplesFiles, upstreamPair } from "./invented-collections.ts";

let sandbox: Sandbox;
let shelf: string;
beforeAll(async () => {
  sandbox = createSandbox();
  shelf = await mkdtemp(join(tmpdir(), "beffroi-collections-"));
});
afterAll(async () => {
  await sandbox.stop();
  await rm(shelf, { recursive: true });
});

async function write(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(shelf, name, path)), { recursive: true });
    await writeFile(join(shelf, name, path), text);
  }
  return join(shelf, name);
}

async function run(name: string, files: Readonly<Record<string, string>>): Promise<CollectionOutcome> {
  return testCollection(await write(name, files), { sandbox, parseYaml: JSON.parse });
}

const failures = (outcome: CollectionOutcome) =>
  outcome.codecs.flatMap(({ codec, failures }) => failures.map(({ name, reason }) => `${codec} ${name}: ${reason}`));
const problemFiles = (outcome: CollectionOutcome) => outcome.problems.map(({ file }) => file);

describe("the four layouts of published collections", () => {
  test("ChirpStack's device profiles", async () => {
    const outcome = await run("a", chirpStackProfiles);
    expect(failures(outcome)).toEqual(["vendors/acme/codecs/acme-x1.js wrong: data.level: expected 42, found 41"]);
    expect(problemFiles(outcome)).toEqual(["vendors/bolt/codecs/test_decode_nobody.json"]);
    expect(outcome.total).toEqual({ codecs: 5, loaded: 5, vectors: 8, passed: 7 });
  });

  test("examples.json beside or above the codec", async () => {
    const outcome = await run("b", examplesFiles);
    expect(failures(outcome)).toEqual([expect.stringContaining("broken/codec.js decodeUplink: ")]);
    expect(problemFiles(outcome)).toEqual(["lost/examples.json"]);
    expect(outcome.total).toEqual({ codecs: 3, loaded: 2, vectors: 5, passed: 4 });
  });

  test("a pair of upstream files", async () => {
    const outcome = await run("c", upstreamPair);
    expect(failures(outcome)).toEqual([]);
    expect(outcome.total).toEqual({ codecs: 1, loaded: 1, vectors: 3, passed: 3 });
  });

  test("The Things Network's device repository", async () => {
    const outcome = await run("d", deviceRepository);
    expect(failures(outcome)).toEqual([]);
    expect(problemFiles(outcome)).toEqual(["vendor/acme/gone.yaml", "vendor/acme/malformed.yaml"]);
    expect(outcome.total).toEqual({ codecs: 2, loaded: 2, vectors: 3, passed: 3 });
  });

  test("all of them side by side, each codec reported once", async () => {
    const folder = await write("all", {
      ...chirpStackProfiles,
      ...examplesFiles,
      ...upstreamPair,
      ...deviceRepository,
    });
    const seen: CodecOutcome[] = [];
    const outcome = await testCollection(folder, {
      sandbox,
      parseYaml: JSON.parse,
      onProgress: (codec, done, of) => {
        expect([done, of]).toEqual([seen.length + 1, 11]);
        seen.push(codec);
      },
    });
    expect(seen).toEqual(outcome.codecs);
    expect(outcome.total).toEqual({ codecs: 11, loaded: 10, vectors: 19, passed: 17 });
  });

  test("one file alone, with the vectors beside it", async () => {
    await write("a", chirpStackProfiles);
    const outcome = await testCollection(join(shelf, "a/vendors/acme/codecs/acme-x1.js"), { sandbox });
    expect(outcome.total).toEqual({ codecs: 1, loaded: 1, vectors: 3, passed: 2 });
  });

  test("without a YAML parser the other layouts are still tested", async () => {
    const folder = await write("mixed", { ...upstreamPair, ...deviceRepository });
    const outcome = await testCollection(folder, { sandbox });
    expect(outcome.total).toEqual({ codecs: 1, loaded: 1, vectors: 3, passed: 3 });
    expect(outcome.problems.map(({ reason }) => reason)).toContain("no YAML parser was given");
  });

  test("a codec that hangs fails its own vectors only", async () => {
    const vectors = '[{"input": {"fPort": 1, "bytes": []}, "expected": {"data": {"ok": 1}}}]';
    const outcome = await run("hang", {
      "vendors/x/codecs/bad.js": "function decodeUplink() { var a = []; a.length = 4294967295; a.indexOf(1); }",
      "vendors/x/codecs/test_decode_bad.json": vectors,
      "vendors/x/codecs/good.js": "function decodeUplink() { return { data: { ok: 1 } }; }",
      "vendors/x/codecs/test_decode_good.json": vectors,
    });
    expect(outcome.total).toEqual({ codecs: 2, loaded: 2, vectors: 2, passed: 1 });
  });
});

describe("comparison", () => {
  test.each<[unknown, unknown, string | undefined]>([
    [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, undefined],
    [{ a: 0 }, { a: -0 }, undefined],
    [{ a: 1 }, { a: "1" }, 'data.a: expected 1, found "1"'],
    [{ a: 1 }, {}, "data.a: expected 1, found nothing"],
    [{}, { a: null }, "data.a: expected nothing, found null"],
    [{ a: [1] }, { a: { 0: 1 } }, 'data.a: expected [1], found {"0":1}'],
    [[1, 2], [1], "data: expected 2 items, found 1"],
  ])("%j and %j", (expected, found, difference) => {
    expect(firstDifference(expected, found, "data")).toBe(difference);
  });

  test("bytes as they are published", () => {
    for (const bytes of ["012A", "01 2a", "0x012a", "01:2A", [1, 42], ["1", "0x2a"]])
      expect(publishedBytes(bytes)).toEqual([1, 42]);
    for (const bytes of ["012", "zz", [256], [-1], 7, null]) expect(publishedBytes(bytes)).toBeUndefined();
    expect(publishedBytes("")).toEqual([]);
  });
});
