/** The map over the whole product: real boxes, a real hypervisor with its own policy, real positions from their registries. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startBox } from "../../fixtures/demo/box.ts";
import { openCommune } from "../../fixtures/demo/commune.ts";
import { buildPage } from "../../fixtures/demo/page.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { addBoxTo, startRegion } from "../../fixtures/demo/region.ts";
import { territoriesFile } from "../../fixtures/demo/territories.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { browserSuite, startBrowser } from "../console/browser.ts";
import { servePlan } from "../console/fake-plan.ts";

const LAMP = "lamp:88383:042";

browserSuite("the map over the whole product", () => {
  it("shows what the boxes of two communes told, with and without the plan", { timeout: 240_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-map-"));
    const communes = COMMUNES.slice(0, 2);
    await buildPage();
    const region = await startRegion({
      folder: join(folder, "hypervisor"),
      pagePort: await freePort(),
      boxPort: await freePort(),
      territoriesFile: territoriesFile(folder, communes),
      logFile: join(folder, "hypervisor.log"),
    });
    const worlds: Awaited<ReturnType<typeof openCommune>>[] = [];
    const browser = await startBrowser();
    try {
      for (const commune of communes) {
        const box = await startBox({
          name: commune.box,
          folder: join(folder, commune.box),
          identity: await addBoxTo(join(folder, "hypervisor"), commune),
          hypervisorPort: region.boxPort,
          commitDelay: "50ms",
        });
        const world = await openCommune(commune, box);
        worlds.push(world);
        await world.register();
        await world.simulated.catchUp({ days: 0.05 });
        world.simulated.live();
      }
      const { page, complaints } = await browser.page();
      page.setDefaultTimeout(60_000);
      const plan = await servePlan(page);
      await page.goto(`${region.pageUrl}/?view=map`);
      for (const { name } of communes) await page.getByRole("button", { name: new RegExp(`^${name}, `) }).waitFor();
      await page.getByText("© IGN").waitFor();
      await expect.poll(plan.asked, { timeout: 60_000 }).toBeGreaterThan(2);
      // The hypervisor's policy lets the plan be fetched and refuses nothing else the map does.
      expect(complaints.filter((text) => !text.includes("GL Driver Message"))).toEqual([]);

      plan.reachable(false);
      await page.goto(`${region.pageUrl}/communes/88383/assets/${LAMP}?view=map`);
      await page.locator(`[data-ref="${LAMP}"] a[aria-current="page"]`).waitFor();
      await page.locator("#panel-title").waitFor();
      await page.getByText("Fond de plan hors d’atteinte").waitFor();
      await page.getByText("Positions indicatives").waitFor();
    } finally {
      await browser.close();
      for (const world of worlds) await world.stop();
      await region.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
