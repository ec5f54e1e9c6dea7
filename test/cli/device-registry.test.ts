/** The registry by command line, on a box that does not run: each deed, a list, and what undoes them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { ErrorJson, JSON_OUTPUT } from "../../cli/json-output.ts";
import { displayWidth } from "../../cli/terminal/width.ts";
import { faultyList } from "../device-registry/faulty-list.ts";
import { beffroi, FRENCH, temporaryFolder } from "./bin.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const OLD = "70b3d5e75e01a2b3";
const NEW = "70b3d5e75e01a2c4";
const LAMP = "lamp:88383:042";

const run = (...args: readonly string[]) => beffroi([...args, "--data", folder.path], { env: FRENCH });
const json = async (path: keyof typeof JSON_OUTPUT, ...args: readonly string[]) => {
  const { code, out, err } = await run(...path.split(" "), ...args, "--json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON_OUTPUT[path]!.schema.parse(JSON.parse(out)) as Readonly<Record<string, unknown>>;
};

test("from stock to a lamp, through its acceptance, replaced, and back by undo", async () => {
  await json("device add", OLD, "--model", "nas-ul20xx");
  const where = ["--at", "48.0166,6.5889", "--address", "12 rue de la Xavée", "--rated", "45W", "--colour", "3000K"];
  expect(await json("device place", OLD, "--asset", LAMP, ...where, "--feeder", "ARM-03/D2")).toMatchObject({
    device: { state: "installed", asset: LAMP },
    running: false,
  });
  expect(await json("device accept", OLD, "--by", "Léa")).toMatchObject({ device: { state: "accepted", by: "Léa" } });
  const replaced = await json("device replace", LAMP, "--with", NEW, "--old", "faulty");
  expect(replaced).toMatchObject({ device: { devEui: NEW, asset: LAMP }, old: { devEui: OLD, state: "faulty" } });
  expect(await json("device show", LAMP)).toMatchObject({
    device: { devEui: NEW },
    asset: { address: "12 rue de la Xavée", attributes: { colourTemperatureKelvin: 3000, feeder: "ARM-03/D2" } },
    installations: [{ device: NEW }, { device: OLD, until: expect.any(String) }],
  });
  // Of an asset also what was done to its devices while they served it.
  const { operations } = await json("device show", LAMP);
  expect(operations).toMatchObject([{ action: "replace" }, { action: "accept", by: "Léa" }, { action: "place" }]);
  expect(await json("device undo", String(replaced.operation))).toMatchObject({ undone: { action: "replace" } });
  expect(await json("device show", LAMP)).toMatchObject({ device: { devEui: OLD, state: "accepted" } });

  const shown = await run("device", "show", LAMP);
  for (const word of ["recetté", "Léa", "12 rue de la Xavée", "3000 K", "Ce qui a été fait", "remplacé – annulé"])
    expect(shown.out).toContain(word);
  for (const line of shown.out.split("\n")) expect(displayWidth(line), line).toBeLessThanOrEqual(80);

  const early = await run("device", "in-service", NEW, "--json");
  expect(early.code).toBe(4);
  expect(ErrorJson.parse(JSON.parse(early.err)).error).toMatchObject({ code: "box-refused", exit: 4 });
  const wrong = await run("device", "accept", OLD);
  expect(wrong.err).not.toMatch(/[a-z]+ is [a-z]+/);
});

test("a faulty list is told line by line, its good lines can go on, its keys are nowhere in clear", async () => {
  const list = faultyList();
  const file = join(folder.path, "list.csv");
  writeFileSync(file, list.text);
  const whole = await run("device", "import", file, "--plan", "--all");
  expect(whole.code).toBe(1);
  for (const line of whole.out.split("\n")) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
  // In this registry nothing is taken and nobody retired: those two lines are good here.
  const known = list.expected.filter(({ code }) => code !== "asset-taken" && code !== "device-retired");
  expect(whole.out).toContain(`${known.length} en faute`);
  expect((await json("device list")).devices).toHaveLength(1);

  const stopped = await run("device", "import", file);
  expect([stopped.code, stopped.err]).toEqual([1, expect.stringContaining("--skip-bad")]);
  expect((await json("device list")).devices).toHaveLength(1);

  const done = await run("device", "import", file, "--skip-bad", "--json");
  expect(done.code).toBe(1);
  const said = JSON.parse(done.out);
  JSON_OUTPUT["device import"]!.schema.parse(said);
  const good = list.good.length + 2;
  expect(said.entered).toMatchObject({ added: good, changed: 0 });
  expect(said.faults).toHaveLength(known.length);
  expect((await json("device list")).devices).toHaveLength(good + 1);
  const again = JSON.parse((await run("device", "import", file, "--skip-bad", "--json")).out);
  expect(again.entered).toMatchObject({ added: 0, changed: 0 });

  const clear = /0102030405060708090a0b0c0d0e0f10|deadbeef/i;
  for (const text of [whole.out, whole.err, stopped.err, done.out, done.err]) expect(text).not.toMatch(clear);
  const database = readFileSync(join(folder.path, "box.sqlite"));
  expect(database.includes(Buffer.from("0102030405060708090a0b0c0d0e0f10", "hex"))).toBe(false);
  expect(database.toString("latin1")).not.toMatch(clear);
  const db = new Database(join(folder.path, "box.sqlite"), { readonly: true });
  expect((db.prepare("SELECT count(*) AS n FROM operation").get() as { n: number }).n).toBeGreaterThan(0);
  db.close();

  expect(await json("device undo")).toMatchObject({ undone: { action: "import" } });
  expect((await json("device list")).devices).toHaveLength(1);
}, 300_000);

test("what is exported reads back to no change; a file is not overwritten unasked", async () => {
  const file = join(folder.path, "out.csv");
  expect(await json("device export", file)).toMatchObject({ lines: 1 });
  expect((await run("device", "export", file)).code).toBe(1);
  const read = await json("device import", file, "--plan");
  expect(read).toMatchObject({ plan: { add: 0, change: 0, same: 1 }, faults: [] });
  expect((await run("device", "export", "--format", "geojson")).out).toContain('"FeatureCollection"');
});
