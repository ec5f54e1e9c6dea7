/**
 * 10,000 devices planned and applied against the ChirpStack double by `beffroi network apply`, killed once in the middle and run
 * again. What stands at the double is compared with the registry, key by key, before anything is printed. `--devices N`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { NetworkApplied } from "../api/network.ts";
import { openKeyStore, SecretKey } from "../device-registry/keys/index.ts";
import { findModel, models } from "../device-registry/models.ts";
import { openNetworkStore } from "../device-registry/network/store.ts";
import { openRegistry } from "../device-registry/store.ts";
import { startBroker } from "../fixtures/broker.ts";
import { type ChirpStackDouble, startChirpStackDouble } from "../fixtures/chirpstack/double.ts";
import { seededHex } from "../fixtures/seeded.ts";
import { openBoxStore } from "../gateway/box-store.ts";

const BIN = fileURLToPath(new URL("../cli/beffroi.js", import.meta.url));
const GATEWAY = "0016c001f1500001";
const WATCH_MS = 50;

interface Entered {
  readonly devEui: string;
  readonly model: string;
  readonly appKey: string;
}

const entered = (count: number): Entered[] =>
  Array.from({ length: count }, (_, i) => ({
    devEui: seededHex(`provision:${i}`, 8),
    model: models[i % models.length]!.id,
    appKey: seededHex(`provision-key:${i}`, 16),
  }));

/** The registry of a box that does not run, filled as an import fills it. */
function fill(folder: string, devices: readonly Entered[]): void {
  const store = openBoxStore(folder);
  try {
    const registry = openRegistry(store.db);
    const keys = openKeyStore(store.db, { folder });
    const network = openNetworkStore(store.db);
    const enter = store.db.transaction(() => {
      const step = registry.step({ at: Date.now(), by: "bench", action: "import" }, () => 0);
      for (const { devEui, model, appKey } of devices) {
        step.putDevice({ devEui, model, state: "in-stock" });
        keys.put(devEui, { activation: "otaa", lorawan: "1.0.3", appKey: SecretKey.parse(appKey)! });
      }
      network.putGateway({ id: GATEWAY, name: "belfry", latitude: 48.0163, longitude: 6.5897 });
    });
    enter.immediate();
  } finally {
    store.close();
  }
}

const startApply = (folder: string): ChildProcess =>
  spawn(process.execPath, [BIN, "network", "apply", "--config", join(folder, "beffroi.toml"), "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });

/** Kills it hard as soon as so many devices stand. */
async function killedAt(child: ChildProcess, standing: () => number, count: number): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const watch = setInterval(() => {
    if (standing() >= count) child.kill("SIGKILL");
  }, WATCH_MS);
  await ended;
  clearInterval(watch);
  if (child.signalCode !== "SIGKILL") throw new Error("it ended before it could be killed");
}

async function whole(child: ChildProcess): Promise<NetworkApplied> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`network apply ended with ${code}`);
  return JSON.parse(text) as NetworkApplied;
}

/** Throws unless every device stands as it was entered, and nothing else does. */
function check({ api }: ChirpStackDouble, devices: readonly Entered[]): void {
  const { records } = api!;
  const profiles = new Map(records.profiles.all().map(({ message }) => [message.getId(), message]));
  const applications = new Map(records.applications.all().map(({ message }) => [message.getId(), message.getName()]));
  const used = new Set(models.map(({ use }) => use));
  const facts = [
    [records.devices.all().length, devices.length, "devices"],
    [records.keys.all().length, devices.length, "keys"],
    [records.gateways.all().length, 1, "LoRa gateways"],
    [applications.size, used.size, "applications"],
  ] as const;
  for (const [found, wanted, what] of facts) if (found !== wanted) throw new Error(`${found} ${what}, not ${wanted}`);
  for (const { devEui, model, appKey } of devices) {
    const device = records.devices.need(devEui).message;
    const profile = profiles.get(device.getDeviceProfileId());
    const known = findModel(model)!;
    const right =
      records.keys.need(devEui).message.getNwkKey() === appKey &&
      applications.get(device.getApplicationId()) === known.use &&
      profile?.getUplinkInterval() === known.expectedIntervalSeconds &&
      profile.getSupportsClassC() === (known.deviceClass === "C") &&
      profile.getPayloadCodecRuntime() === 0;
    if (!right) throw new Error(`${devEui} does not stand as it was entered`);
  }
}

export async function run(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...flags], options: { devices: { type: "string", default: "10000" } } });
  const devices = entered(Number(values.devices));
  const folder = mkdtempSync(join(tmpdir(), "beffroi-provision-"));
  const broker = await startBroker();
  const double = await startChirpStackDouble({ brokerUrl: broker.url, devices: [], gateways: [], api: { port: 0 } });
  const standing = (): number => double.api!.records.devices.all().length;
  try {
    fill(join(folder, "data"), devices);
    writeFileSync(join(folder, "api.key"), `${double.api!.apiKey}\n`, { mode: 0o600 });
    writeFileSync(
      join(folder, "beffroi.toml"),
      `[box]\nname = "bench"\ndata = "data"\n[chirpstack]\napi = "http://${double.api!.address}"\napi_key_file = "api.key"\n`,
    );
    const began = performance.now();
    await killedAt(startApply(folder), standing, devices.length / 2);
    const killed = standing();
    console.log(`killed       ${killed} devices standing after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const resumed = await whole(startApply(folder));
    const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
    console.log(
      `resumed      ${resumed.applied.done} further steps, ${standing()} devices standing after ${seconds} s`,
    );
    check(double, devices);
    const again = await whole(startApply(folder));
    const secondRunChanges = again.plan.steps.length;
    console.log(`once more    ${secondRunChanges} changes, ${again.plan.unchanged} in place`);
    check(double, devices);
    console.log(
      JSON.stringify({ bench: "provision", devices: devices.length, seconds, secondRunChanges, killedAt: killed }),
    );
  } finally {
    await double.stop();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
