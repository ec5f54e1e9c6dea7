/** The view of exchanges in a real Chromium, of a real hypervisor: a fork is read and decided, the certificate has the day's numbers. */
import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserSuite, buildPage, PHONE, startBrowser } from "../console/browser.ts";
import { Journal, readingOf } from "../hypervisor/batches.ts";
import { type Region, startRegion } from "../hypervisor/region.ts";

const DAY = 86_400_000;
const METER = "24e124713b492281";
const plain = (text: string | null): string => (text ?? "").replace(/\s+/g, " ").trim();

browserSuite("the view of exchanges", () => {
  let built: Awaited<ReturnType<typeof buildPage>>;
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let region: Region;
  const yesterday = Math.floor(Date.now() / DAY) * DAY - DAY;

  beforeAll(async () => {
    built = await buildPage();
    browser = await startBrowser();
    region = await startRegion({
      consoleFolder: built.dist,
      territories: {
        region: "Grand Est",
        territories: [{ id: "t", name: "Vosges", communes: [{ insee: "88383", name: "Remiremont" }] }],
      },
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await region?.stop();
    await built?.remove();
  });

  test("what a box sent and lost yesterday, what leaves it, and two histories of it decided by a button", async () => {
    const box = await region.addBox({ name: "remiremont", communes: ["88383"] });
    const journal = new Journal("remiremont");
    const uplink = (fCnt: number, hour: number) =>
      readingOf({ fCnt, at: yesterday + hour * 3_600_000, receivedAt: yesterday + hour * 3_600_000 });
    for (const hour of [0, 1, 2, 5, 6]) journal.append(uplink(100 + hour, hour));
    const clone = journal.copy();
    journal.append(uplink(107, 7), uplink(125, 25));
    clone.append(uplink(900, 7), uplink(901, 8));
    expect((await region.send(box, journal.batch(1, 7))).status).toBe(200);
    expect((await region.send(box, clone.batch(6, 7))).status).toBe(423);

    const { page, complaints } = await browser.page();
    await page.goto(`${region.hypervisor.pageUrl}/communes/88383/exchanges`);
    const row = page.getByRole("row", { name: new RegExp(METER) });
    await row.waitFor();
    // Two unheard between 2 and 5 o'clock, and of the seventeen after 7 all but the one of midnight. Nobody knows its model.
    expect((await row.locator("td").allTextContents()).map(plain)).toEqual(["—", "6", "18", "0"]);
    expect(plain(await page.locator(".exchange").textContent())).toContain("Perdu par nous : rien.");
    await page.getByRole("row", { name: /Relevés 7/ }).waitFor();
    expect(plain(await page.locator(".exchange").textContent())).toContain("Ne sortent jamais : les clés LoRaWAN");

    const incident = page.getByRole("article", { name: /À trancher/ });
    expect(plain(await incident.textContent())).toMatch(/Accepté jusqu’à l’entrée7.*1 lot, entrées 6 à 7/);
    const keep = incident.getByRole("button", { name: "Garder celui que la région connaît" });
    expect(await keep.isDisabled()).toBe(true);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    await incident.getByLabel("Votre nom").fill("Claire Dupont");
    await keep.click();
    await page.getByText("Garder celui que la région connaît, par Claire Dupont").waitFor();
    const told = JSON.parse((await region.page("/api/v1/incidents")).body);
    expect(told.incidents).toMatchObject([{ decision: "keep", decidedBy: "Claire Dupont" }]);
    expect(complaints).toEqual([]);
  });

  test("on a phone nothing is wider than the screen but the tables, which scroll; in English too", async () => {
    const { page } = await browser.page({ viewport: PHONE });
    await page.goto(`${region.hypervisor.pageUrl}/communes/88383/exchanges`);
    await page.getByRole("row", { name: new RegExp(METER) }).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(PHONE.width);
    await page.getByRole("button", { name: /English/ }).click();
    await page.getByText("What leaves this box").waitFor();
  });
});
