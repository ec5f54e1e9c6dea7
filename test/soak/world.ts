/** The demo's region and boxes, its devices speaking several times as often. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type DemoBox, startBox } from "../../fixtures/demo/box.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { addBoxTo, type Region, startRegion } from "../../fixtures/demo/region.ts";
import { territoriesFile } from "../../fixtures/demo/territories.ts";
import { type SimulatedCommune, startCommune } from "../../fixtures/simulation/commune.ts";
import { COMMUNES, type Commune } from "../../fixtures/territory.ts";

export interface Place {
  readonly commune: Commune;
  readonly box: DemoBox;
  readonly simulated: SimulatedCommune;
  readonly dataFolder: string;
}

export interface World {
  readonly region: Region;
  readonly regionFolder: string;
  readonly places: readonly Place[];
  /** The devices fall silent; what they said goes on its way. */
  hush(): Promise<void>;
  stop(): Promise<void>;
}

/** A device of the demo speaks every 10 to 60 s. */
const EVERY_SECONDS = [10, 60] as const;
const COMMIT_DELAY = "5s";

export const startWorld = async (boxes: number, times: number): Promise<World> => {
  // Not in /tmp, which may be memory.
  const folder = mkdtempSync("/var/tmp/beffroi-soak-");
  const communes = COMMUNES.slice(0, boxes);
  const regionFolder = join(folder, "hypervisor");
  const stops: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const places: Place[] = [];
  const silences: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next();
  };
  try {
    const region = await startRegion({
      folder: regionFolder,
      pagePort: await freePort(),
      boxPort: await freePort(),
      territoriesFile: territoriesFile(folder, communes),
      logFile: join(folder, "hypervisor.log"),
    });
    stops.push(() => region.stop());
    for (const commune of communes) {
      const boxFolder = join(folder, "boxes", commune.box);
      const box = await startBox({
        name: commune.box,
        folder: boxFolder,
        identity: await addBoxTo(regionFolder, commune),
        hypervisorPort: region.boxPort,
        commitDelay: COMMIT_DELAY,
      });
      stops.push(() => box.stop());
      const [shortest, longest] = EVERY_SECONDS;
      const simulated = await startCommune({
        commune,
        brokerUrl: box.broker.url,
        everySeconds: [shortest / times, longest / times],
      });
      let silent: Promise<void> | undefined;
      const silence = () => {
        silent ??= simulated.stop();
        return silent;
      };
      silences.push(silence);
      stops.push(silence);
      for (const { devEui, model, asset } of simulated.devices)
        await box.addDevice({ devEui, model, asset: asset.ref, ...asset.attributes });
      places.push({ commune, box, simulated, dataFolder: join(boxFolder, "data") });
    }
    for (const { simulated } of places) simulated.live();
    return {
      region,
      regionFolder,
      places,
      async hush() {
        await Promise.all(silences.map((silence) => silence()));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
