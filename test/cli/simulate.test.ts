/** `beffroi simulate --chirpstack` as a person runs it, against the double's API and air. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { JSON_OUTPUT } from "../../cli/json-output.ts";
import type { Simulation } from "../../cli/simulation-door.ts";
import { type Broker, startBroker } from "../../fixtures/broker.ts";
import { type ChirpStackDouble, startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import type { Commune } from "../../fixtures/territory.ts";
import * as training from "../../fixtures/virtual-radio/training.ts";
import { beffroi, FRENCH, finished, start, temporaryFolder } from "./bin.ts";

let folder: ReturnType<typeof temporaryFolder>;
let broker: Broker;
let double: ChirpStackDouble;

beforeEach(async () => {
  folder = temporaryFolder();
  broker = await startBroker();
  double = await startChirpStackDouble({
    brokerUrl: broker.url,
    devices: [],
    gateways: [],
    api: { port: 0 },
    air: true,
  });
  writeFileSync(join(folder.path, "key"), `${double.api!.apiKey}\n`);
});
afterEach(async () => {
  await double.stop();
  await broker.stop();
  folder.remove();
});

const line = (...more: string[]): string[] => [
  "simulate",
  "--chirpstack",
  "--api",
  double.api!.address,
  "--mqtt",
  broker.url,
  "--api-key-file",
  join(folder.path, "key"),
  ...more,
];

test("the fixtures offer what the command expects of them", () => {
  const offered: Simulation<Commune> = training;
  expect(offered.findCommune("88383")?.name).toBe("Remiremont");
});

test("ten devices join and report; Ctrl-C ends it, and with --remove nothing of it stays", async () => {
  const before = double.api!.records.tenants.all().length;
  const child = start(line("--devices", "10", "--every", "5", "--remove", "--json"));
  const watch = (text: Buffer): void => {
    if (!text.toString().includes('"joined":10')) return;
    child.stdout!.off("data", watch);
    child.kill("SIGINT");
  };
  child.stdout!.on("data", watch);
  const { code, out, err } = await finished(child);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const said = out
    .trimEnd()
    .split("\n")
    .map((each) => JSON_OUTPUT.simulate!.schema.parse(JSON.parse(each)) as Record<string, unknown>);
  expect(said[0]).toMatchObject({ event: "ready", tenant: "beffroi-simulation-88383", devices: 10, created: 10 });
  expect(said.slice(-3)).toMatchObject([
    { event: "stopping" },
    { event: "removed", devices: 10 },
    { event: "stopped", joined: 10, devices: 10 },
  ]);
  const { sent, published } = said.at(-1) as { sent: number; published: number };
  expect(published).toBeGreaterThanOrEqual(10);
  expect(sent).toBeGreaterThanOrEqual(published);
  const { tenants, devices, gateways } = double.api!.records;
  expect([tenants.all().length, devices.all(), gateways.all()]).toEqual([before, [], []]);
}, 60_000);

test("it says in French what it made, what it leaves behind, and takes that away when asked", async () => {
  const made = await beffroi(line("--devices", "12", "--minutes", "0"), { env: FRENCH });
  expect(made.code).toBe(0);
  expect(made.out).toMatch(
    /Client beffroi-simulation-88383 : antenne 0016c00100088383, 12 appareils, dont 12 nouveaux/,
  );
  expect(made.out).toMatch(/y reste ; pour le retirer : beffroi simulate/);
  const removed = await beffroi(line("--minutes", "0", "--remove"), { env: FRENCH });
  expect(removed.out).toBe("Retirés de ChirpStack : le client beffroi-simulation-88383 et 12 appareils.\n");
  const again = await beffroi(line("--minutes", "0", "--remove"), { env: FRENCH });
  expect([again.code, again.out]).toEqual([
    0,
    "ChirpStack n’a pas de client beffroi-simulation-88383 : rien à retirer.\n",
  ]);
}, 60_000);

test("what is wrong is told by its code and exit", async () => {
  const failing = async (args: readonly string[]) => {
    const { code, err } = await beffroi([...args, "--json"]);
    return [JSON.parse(err.trim().split("\n").at(-1)!).error.code, code];
  };
  writeFileSync(join(folder.path, "wrong"), "another-key");
  expect(await failing(line("--api-key-file", join(folder.path, "wrong")))).toEqual(["chirpstack-key-refused", 4]);
  expect(await failing(line("--api-key-file", join(folder.path, "none")))).toEqual(["key-unreadable", 2]);
  expect(await failing(line("--api", "127.0.0.1:1"))).toEqual(["chirpstack-unreachable", 3]);
  expect(await failing(line("--mqtt", "ftp://127.0.0.1:1"))).toEqual(["wrong-broker", 2]);
  expect(await failing(line("--mqtt", "mqtt://127.0.0.1:1"))).toEqual(["mqtt-unreachable", 3]);
  expect(await failing(line("--commune", "75056"))).toEqual(["unknown-commune", 2]);
  expect(await failing(line("--devices", "5"))).toEqual(["wrong-number", 2]);
  expect(await failing(["simulate", "--api-key-file", "key"])).toEqual(["missing-option", 2]);
}, 60_000);
