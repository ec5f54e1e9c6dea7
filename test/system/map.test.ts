/** The map over the whole product: real boxes, a real hypervisor with its own policy, real positions from their registries. */
import { expect, it } from "vitest";
import { buildPage } from "../../fixtures/demo/page.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { browserSuite, startBrowser } from "../console/browser.ts";
import { servePlan } from "../console/fake-plan.ts";
import { startWholeRegion } from "./whole-region.ts";

const LAMP = "lamp:88383:042";

browserSuite("the map over the whole product", () => {
  it("shows what the boxes of two communes told, with and without the plan", { timeout: 240_000 }, async () => {
    const communes = COMMUNES.slice(0, 2);
    await buildPage();
    const whole = await startWholeRegion(communes);
    const { region } = whole;
    const browser = await startBrowser();
    try {
      for (const commune of communes) await whole.open(commune, 0.05);
      const { page, complaints } = await browser.page();
      page.setDefaultTimeout(120_000);
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
      await whole.stop();
    }
  });
});
