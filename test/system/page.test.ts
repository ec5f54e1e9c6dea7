/** The page as a commune's agent uses it, against the whole product: a click in Chromium reaches a lamp, and its effect comes back. */
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

const LAMP = "lamp:88383:042";
const STEPS = {
  requested: "Demandée",
  accepted: "Acceptée par le boîtier",
  queued: "En attente d’émission",
  "on-air": "Émise par radio",
  "effect-observed": "Effet constaté",
};

browserSuite("the page over the whole product", () => {
  it("dims lamp:88383:042 and sees the effect observed", { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-page-"));
    const commune = COMMUNES[0]!;
    await buildPage();
    const region = await startRegion({
      folder: join(folder, "hypervisor"),
      pagePort: await freePort(),
      boxPort: await freePort(),
      territoriesFile: territoriesFile(folder, [commune]),
      logFile: join(folder, "hypervisor.log"),
    });
    const identity = await addBoxTo(join(folder, "hypervisor"), commune);
    const box = await startBox({
      name: commune.box,
      folder: join(folder, "box"),
      identity,
      hypervisorPort: region.boxPort,
      commitDelay: "50ms",
    });
    const world = await openCommune(commune, box);
    const browser = await startBrowser();
    try {
      await world.register();
      await world.simulated.catchUp({ days: 0.25 });
      world.simulated.live();
      const { page, complaints } = await browser.page();
      page.setDefaultTimeout(30_000);
      await page.goto(`${region.pageUrl}/communes/88383/assets/${LAMP}`);
      await page.getByRole("button", { name: "50 %", exact: true }).click();
      for (const [state, words] of Object.entries(STEPS))
        await page
          .locator(`.steps li[data-state="${state}"].step-passed`, { hasText: words })
          .waitFor({ timeout: 30_000 });
      const sent = async () => (await region.commandsOf(LAMP))[0];
      await expect.poll(async () => (await sent())?.state, { timeout: 30_000, interval: 250 }).toBe("effect-observed");
      expect((await sent())?.fields).toEqual({ level: 50 });
      await page
        .getByText(/Allumée, (environ )?50\s%/)
        .first()
        .waitFor({ timeout: 30_000 });
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      await world.stop();
      await region.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
