/** `codec add` and `codec test`: the real bin, a real box, a real broker. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mqtt from "mqtt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { JSON_OUTPUT } from "../../cli/json-output.ts";
import { type Gateway, startGateway } from "../../gateway/main.ts";
import { startAedes, type TestBroker } from "../gateway/brokers.ts";
import { chirpStackProfiles, examplesFiles } from "../sandbox/invented-collections.ts";
import { beffroi, FRENCH, temporaryFolder } from "./bin.ts";

const PROBE = `function decodeUplink(input) {
  if (input.bytes.length < 3) return { errors: ["too short"] };
  return { data: { battery_mV: input.bytes[0] * 100, distance_cm: input.bytes[1], heard: input.bytes[2] } };
}`;
const SENSOR = "70b3d5e75e01a2b3";
const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let folder: ReturnType<typeof temporaryFolder>;
let broker: TestBroker | undefined;
let gateway: Gateway | undefined;
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder.path, "probe.js"), PROBE);
});
afterEach(async () => {
  await gateway?.stop();
  await broker?.stop();
  gateway = undefined;
  broker = undefined;
  folder.remove();
});

const run = (...args: string[]) => beffroi(args, { cwd: folder.path, env: FRENCH });
const written = (files: Readonly<Record<string, string>>): string => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, "c", name)), { recursive: true });
    writeFileSync(join(folder.path, "c", name), content);
  }
  return join(folder.path, "c");
};
const lastLine = (out: string) => JSON.parse(out.trimEnd().split("\n").at(-1)!) as unknown;

test("a mapping is proposed, written, corrected and installed on a box that does not run", {
  timeout: 60_000,
}, async () => {
  const add = ["codec", "add", "probe.js", "--model", "acme-probe"];
  const first = await run(...add, "--sample", "24D701:2", "--sample", "01:2", "--write-mapping", "m.json");
  expect(first.code, first.err).toBe(0);
  expect(first.out).toMatch(/battery_mV +battery\.voltage +0\.001 +3,6 V/);
  expect(first.out).toMatch(/distance_cm +container\.distance +10 +2 150 mm/);
  expect(first.out).not.toMatch(/heard/);
  expect(first.err).toMatch(/1 trame d’essai n’a pas pu être lue : .*too short/);
  expect((await run(...add, "--sample", "24D701:2", "--write-mapping", "m.json")).code).toBe(1);

  const rows = JSON.parse(readFileSync(join(folder.path, "m.json"), "utf8")) as object[];
  const install = [...add, "--mapping", "m.json", "--data", "box"];
  const incomplete = await run(...install);
  expect([incomplete.code, incomplete.err]).toEqual([4, expect.stringContaining("--use")]);

  writeFileSync(
    join(folder.path, "m.json"),
    JSON.stringify([...rows, { path: "heard", quantity: "noise", unit: "", scale: 1 }]),
  );
  const wrong = await run(...install, "--use", "waste", "--serves", "container");
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('no quantity "noise"')]);

  writeFileSync(join(folder.path, "m.json"), JSON.stringify(rows));
  const done = await run(...install, "--use", "waste", "--serves", "container", "--json");
  expect(done.code, done.err).toBe(0);
  const said = JSON.parse(done.out);
  JSON_OUTPUT["codec add"]!.schema.parse(said);
  expect(said).toMatchObject({
    change: "added",
    running: false,
    codec: { model: "acme-probe", version: 1, mapping: rows },
  });
  expect((await run(...install, "--maker", "Acme")).out).toMatch(/remplacé \(version 1,/);
  writeFileSync(join(folder.path, "probe.js"), `${PROBE}\n// newer`);
  expect((await run(...install)).out).toMatch(/remplacé \(version 2,/);
  expect((await run(...install)).out).toMatch(/rien à changer/);

  const listed = JSON.parse((await run("codec", "list", "--data", "box", "--json")).out);
  JSON_OUTPUT["codec list"]!.schema.parse(listed);
  expect(listed.at(-1)).toMatchObject({ id: "acme-probe", version: 2, maker: "Acme", use: "waste", verified: false });
  const device = await run(
    "device",
    "add",
    SENSOR,
    "--model",
    "acme-probe",
    "--asset",
    "container:88383:7",
    "--data",
    "box",
  );
  expect([device.code, device.err]).toEqual([0, ""]);
  const typo = await run("device", "add", SENSOR, "--model", "acme-prob", "--data", "box");
  expect([typo.code, typo.err]).toEqual([2, expect.stringContaining("acme-probe")]);
});

test("names of the house are not given away, and what is no codec is not installed", { timeout: 60_000 }, async () => {
  const rest = ["--sample", "24D701:2", "--use", "waste", "--serves", "container", "--data", "box"];
  const taken = await run("codec", "add", "probe.js", "--model", "milesight-em400", ...rest);
  expect([taken.code, taken.err]).toEqual([4, expect.stringContaining("sait déjà lire")]);
  writeFileSync(join(folder.path, "probe.js"), "const x = ;");
  const broken = await run("codec", "add", "probe.js", "--model", "acme-probe", ...rest, "--json");
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.err).error).toMatchObject({ code: "codec-unloadable" });
  const nowhere = await run("codec", "add", "none.js", "--model", "acme-probe", ...rest, "--json");
  expect(JSON.parse(nowhere.err).error).toMatchObject({ code: "file-unreadable", exit: 1 });
  const sample = await run("codec", "add", "probe.js", "--model", "acme-probe", "--sample", "24D701");
  expect([sample.code, sample.err]).toEqual([2, expect.stringContaining("01F4:2")]);
});

test("a codec installed on a running box reads the next frame of its devices", { timeout: 60_000 }, async () => {
  broker = await startAedes();
  const config = {
    box: "remiremont",
    dataFolder: join(folder.path, "box"),
    commitDelayMs: 0,
    logLevel: "silent",
  } as const;
  const address = { url: broker.url, clientId: "beffroi-remiremont", sessionExpirySeconds: 3_600 };
  gateway = await startGateway({ ...config, broker: address }, { log: silent });
  const files = {
    "examples.json": JSON.stringify([{ input: { bytes: "24D701", fPort: 2 }, output: { data: {} } }]),
    "codec.js": PROBE,
  };
  const collection = written(files);
  const added = await run(
    ...["codec", "add", join(collection, "codec.js"), "--model", "acme-probe", "--data", "box"],
    ...["--use", "waste", "--serves", "container", "--json"],
  );
  expect(added.code, added.err).toBe(0);
  expect(JSON.parse(added.out)).toMatchObject({ running: true, change: "added" });
  const asset = ["--asset", "container:88383:7", "--depth", "3m"];
  expect((await run("device", "add", SENSOR, "--model", "acme-probe", ...asset, "--data", "box")).code).toBe(0);

  const publisher = await mqtt.connectAsync(broker.url);
  const event = {
    deduplicationId: "d-1",
    time: new Date().toISOString(),
    deviceInfo: { applicationId: APPLICATION, deviceName: "bac", devEui: SENSOR, tags: {} },
    devAddr: "01a3b2c4",
    dr: 5,
    fCnt: 1,
    fPort: 2,
    data: Buffer.of(0x24, 150, 1).toString("base64"),
    rxInfo: [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25 }],
  };
  let exported = "";
  // The box may not have subscribed yet when the first one is sent; a copy has no effect.
  while (exported === "") {
    await publisher.publishAsync(`application/${APPLICATION}/device/${SENSOR}/event/up`, JSON.stringify(event), {
      qos: 1,
    });
    await wait(100);
    exported = (await run("export", "--json", "--data", "box")).out;
  }
  await publisher.endAsync(true);
  expect(JSON.parse(exported)).toMatchObject({
    codec: "acme-probe@1",
    asset: "container:88383:7",
    frame: "249601",
    measurements: {
      "battery.voltage": { value: 3.6, unit: "V" },
      "container.distance": { value: 1_500, unit: "mm" },
      "container.level": { value: 50, unit: "%" },
    },
  });
});

test("published collections run with their own vectors; the total is the last line whatever does not load", {
  timeout: 60_000,
}, async () => {
  const collection = written({ ...chirpStackProfiles, ...examplesFiles });
  const script = await run("codec", "test", collection, "--json");
  expect(script.code).toBe(1);
  expect(lastLine(script.out)).toEqual({ codecs: 8, loaded: 7, vectors: 13, passed: 11 });
  for (const line of script.out.trimEnd().split("\n")) JSON_OUTPUT["codec test"]!.schema.parse(JSON.parse(line));
  expect(JSON.parse(script.err).error).toMatchObject({ code: "vectors-failed", total: { codecs: 8 } });

  const people = await run("codec", "test", collection, "--failures");
  expect(people.out).toMatch(/vendors\/acme\/codecs\/acme-x1\.js +oui +3 +2/);
  expect(people.out).toMatch(/broken\/codec\.js +non +1 +0/);
  expect(people.out).toMatch(/TOTAL : 8 +7 +13 +11/);
  expect(people.out).toMatch(/acme-x1\.js: decodeUplink “wrong”: data\.level: expected 42, found 41/);

  const single = await run("codec", "test", join(collection, "beside/index.js"), "--json");
  expect([single.code, lastLine(single.out)]).toEqual([0, { codecs: 1, loaded: 1, vectors: 1, passed: 1 }]);
  mkdirSync(join(folder.path, "empty"));
  const empty = await run("codec", "test", "empty", "--json");
  expect([empty.code, lastLine(empty.out)]).toEqual([1, { codecs: 0, loaded: 0, vectors: 0, passed: 0 }]);
});
