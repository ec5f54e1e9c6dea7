/**
 * A list of 10,000 devices with keys and places read, planned and entered by `beffroi device import` on a box at rest, and once more.
 * What stands in the registry is compared with the list before anything is printed. `--devices N`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openKeyStore } from "../device-registry/keys/index.ts";
import { openRegistry } from "../device-registry/store.ts";
import { seededHex } from "../fixtures/seeded.ts";
import { openBoxStore } from "../gateway/box-store.ts";

const BIN = fileURLToPath(new URL("../cli/beffroi.js", import.meta.url));
const AIM_SECONDS = 60;
const HEADER = "DevEUI;JoinEUI;Modèle;Équipement;Code INSEE;Nom;Latitude;Longitude;AppKey";

interface Listed {
  readonly devEui: string;
  readonly asset: string;
  readonly appKey: string;
  readonly latitude: number;
}

const listed = (count: number): Listed[] =>
  Array.from({ length: count }, (_, i) => ({
    devEui: seededHex(`import:${i}`, 8),
    asset: `lamp:88383:${i + 1}`,
    appKey: seededHex(`import-key:${i}`, 16),
    latitude: Number((48 + i / 100_000).toFixed(5)),
  }));

const csv = (devices: readonly Listed[]): string =>
  [
    HEADER,
    ...devices.map(({ devEui, asset, appKey, latitude }) =>
      [
        devEui,
        "70B3D5E75E000001",
        "nas-ul20xx",
        asset,
        "88383",
        `Candélabre ${asset.split(":")[2]}`,
        String(latitude).replace(".", ","),
        "6,5897",
        appKey,
      ].join(";"),
    ),
  ].join("\n");

/** As somebody at a shell starts it; how often its progress was told. */
async function enter(folder: string): Promise<{ seconds: number; progress: number }> {
  const began = performance.now();
  const args = [BIN, "device", "import", join(folder, "list.csv"), "--config", join(folder, "beffroi.toml")];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, LANG: "fr_FR.UTF-8" },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    said += part;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`device import ended with ${code}: ${said}`);
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  return { seconds, progress: said.match(/\d+\/\d+/g)?.length ?? 0 };
}

/** Throws unless every device stands as the list has it, and nothing else does. */
function check(folder: string, devices: readonly Listed[]): void {
  const store = openBoxStore(join(folder, "data"));
  try {
    const registry = openRegistry(store.db);
    const keys = openKeyStore(store.db, { folder: join(folder, "data") });
    const found = registry.devices().length;
    if (found !== devices.length) throw new Error(`${found} devices, not ${devices.length}`);
    for (const { devEui, asset, appKey, latitude } of devices) {
      const sealed = keys.get(devEui);
      const right =
        registry.device(devEui)?.asset === asset &&
        registry.asset(asset)?.latitude === latitude &&
        sealed?.activation === "otaa" &&
        sealed.appKey.revealHex() === appKey;
      if (!right) throw new Error(`${devEui} does not stand as the list has it`);
    }
  } finally {
    store.close();
  }
}

export async function run(flags: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...flags], options: { devices: { type: "string", default: "10000" } } });
  const devices = listed(Number(values.devices));
  const folder = mkdtempSync(join(tmpdir(), "beffroi-import-"));
  try {
    writeFileSync(join(folder, "list.csv"), csv(devices));
    writeFileSync(join(folder, "beffroi.toml"), `[box]\nname = "bench"\ndata = "data"\n`);
    const first = await enter(folder);
    console.log(
      `entered      ${devices.length} lines in ${first.seconds} s (aim ${AIM_SECONDS} s), ${first.progress} times progress`,
    );
    check(folder, devices);
    const again = await enter(folder);
    console.log(`once more    ${again.seconds} s`);
    check(folder, devices);
    const { seconds, progress } = first;
    console.log(
      JSON.stringify({ bench: "import", devices: devices.length, seconds, againSeconds: again.seconds, progress }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
