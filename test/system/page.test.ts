/** The page as a commune's agent uses it, against the whole product: a click in Chromium reaches a lamp, and its effect comes back. */
import { expect, it } from "vitest";
import { buildPage } from "../../fixtures/demo/page.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { browserSuite, startBrowser } from "../console/browser.ts";
import { startWholeRegion } from "./whole-region.ts";

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
    await buildPage();
    const whole = await startWholeRegion([COMMUNES[0]!]);
    const { region } = whole;
    const browser = await startBrowser();
    try {
      await whole.open(COMMUNES[0]!, 0.25);
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
      await whole.stop();
    }
  });
});
