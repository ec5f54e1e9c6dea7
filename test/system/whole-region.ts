/** A hypervisor, and boxes of communes with their simulated devices: the whole product, started as the demo starts it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BoxOptions, startBox } from "../../fixtures/demo/box.ts";
import { type DemoCommune, openCommune } from "../../fixtures/demo/commune.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { addBoxTo, startRegion } from "../../fixtures/demo/region.ts";
import { territoriesFile } from "../../fixtures/demo/territories.ts";
import type { Commune } from "../../fixtures/territory.ts";

export const startWholeRegion = async (communes: readonly Commune[]) => {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-whole-"));
  const hypervisor = join(folder, "hypervisor");
  const region = await startRegion({
    folder: hypervisor,
    pagePort: await freePort(),
    boxPort: await freePort(),
    territoriesFile: territoriesFile(folder, communes),
    logFile: join(folder, "hypervisor.log"),
  });
  const opened: DemoCommune[] = [];
  const dataOf = ({ box }: Commune): string => join(folder, box);
  return {
    folder,
    region,
    /** The box's data folder. */
    dataOf: (commune: Commune): string => join(dataOf(commune), "data"),
    /** Its box, all its devices registered, and `days` of their past; then they live on. `past`: the uplinks of those days. */
    async open(
      commune: Commune,
      days: number,
      options: Pick<BoxOptions, "freeSpace" | "startBroker"> = {},
    ): Promise<{ readonly world: DemoCommune; readonly past: number }> {
      const box = await startBox({
        name: commune.box,
        folder: dataOf(commune),
        identity: await addBoxTo(hypervisor, commune),
        hypervisorPort: region.boxPort,
        commitDelay: "50ms",
        ...options,
      });
      const world = await openCommune(commune, box);
      opened.push(world);
      await world.register();
      const past = await world.simulated.catchUp({ days });
      world.simulated.live();
      return { world, past };
    },
    async stop(): Promise<void> {
      for (const world of opened) await world.stop();
      await region.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
