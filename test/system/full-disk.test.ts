/** A box whose disk fails and then is full, on the page: the truth before, while and after; nothing is lost. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { buildPage } from "../../fixtures/demo/page.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { browserSuite, startBrowser } from "../console/browser.ts";
import { fill, missingForSmallDisks, mountSmallDisk, refuseGrowth } from "../crash/full-disk.ts";
import { listen } from "./listen.ts";
import { missingPackages, startMosquitto } from "./servers.ts";
import { startWholeRegion } from "./whole-region.ts";

const LAMP = "lamp:88383:042";
const PATIENCE = { timeout: 60_000, interval: 250 };
/** Room for the process to say what it met; SQLite's log is longer, or soon will be. */
const LOG_BYTES = 16_384;
const commune = COMMUNES[0]!;

browserSuite("a box whose disk is full", () => {
  const isRequired = process.env.BEFFROI_SYSTEM_TESTS === "required";
  const packages = isRequired ? [] : missingPackages(["mosquitto"]);
  // Whether a disk can be mounted is a matter of the machine's rights, which no package brings.
  const missing = packages.length > 0 ? `Debian package missing: ${packages.join(", ")}` : missingForSmallDisks();
  if (missing !== undefined) console.warn(`system test skipped: a box whose disk is full (${missing})`);
  it.skipIf(missing !== undefined)(
    "is shown as it is before, while and after, and loses nothing",
    { timeout: 180_000 },
    async () => {
      await buildPage();
      const whole = await startWholeRegion([commune]);
      onTestFinished(() => whole.stop());
      const data = whole.dataOf(commune);
      mkdirSync(data, { recursive: true });
      const unmount = mountSmallDisk(data);
      onTestFinished(unmount);
      const { world, past } = await whole.open(commune, 0.25, { freeSpace: "4MB", startBroker: startMosquitto });
      const heard = await listen(world.box.broker.url);
      await expect.poll(async () => (await world.box.status()).counts.readings, PATIENCE).toBeGreaterThanOrEqual(past);

      const browser = await startBrowser();
      onTestFinished(() => browser.close());
      const { page, complaints } = await browser.page();
      page.setDefaultTimeout(60_000);
      const disk = page.locator(".health div", { hasText: "Disque du boîtier" });
      const short = page.locator(".banner", { hasText: "le boîtier manque de place" });
      const unwritable = page.locator(".banner", { hasText: "le disque du boîtier ne peut plus être écrit" });
      const boxes = `${whole.region.pageUrl}/communes/${commune.insee}/boxes`;
      const shown = async (name: string): Promise<void> => {
        if (process.env.BEFFROI_SCREENSHOTS !== undefined)
          await page.screenshot({ path: join(process.env.BEFFROI_SCREENSHOTS, `disk-${name}.png`) });
      };
      const stateOf = async (): Promise<string> => (await world.box.status()).journal.storage.state;
      await page.goto(boxes);
      await disk.getByText("Tout s’écrit").waitFor();
      expect((await short.count()) + (await unwritable.count())).toBe(0);
      await shown("before");

      const { logFile } = world.box.process;
      const heal = refuseGrowth(world.box.process.pid, statSync(logFile).size + LOG_BYTES);
      await unwritable.waitFor();
      await page.getByText("restent chez le courtier MQTT").waitFor();
      await disk.getByText("plus rien ne s’écrit").waitFor();
      const { counts, journal } = await world.box.status();
      expect(journal.storage.state).toBe("failing");
      await shown("unwritable");
      await page.goto(`${whole.region.pageUrl}/communes/${commune.insee}/assets/${LAMP}`);
      await unwritable.waitFor();
      await page.getByRole("button", { name: "50 %", exact: true }).click();
      await expect.poll(() => heard.downlinks, PATIENCE).toBe(1);
      const waiting = heard.uplinks.size;
      await expect.poll(() => heard.uplinks.size - waiting, PATIENCE).toBeGreaterThan(4);
      // Nothing was taken that could not be written.
      expect((await world.box.status()).counts.readings).toBe(counts.readings);

      heal();
      await unwritable.waitFor({ state: "detached" });
      await page.locator('.steps li[data-state="effect-observed"].step-passed').waitFor();
      await page.goto(boxes);
      await disk.getByText("Tout s’écrit").waitFor();

      // Whatever fills it goes on: it also takes what the box had set aside and gives back.
      const free = fill(data);
      const filling = setInterval(() => fill(data), 500);
      onTestFinished(() => clearInterval(filling));
      // By what room SQLite's log still has, the box goes on in it, or cannot write at all: the page says which.
      await short.or(unwritable).first().waitFor();
      const says: Readonly<Record<string, string>> = { shedding: "Peu de place", full: "Plein : plus rien" };
      await expect
        .poll(async () => {
          const [state, shows] = [await stateOf(), await disk.textContent()];
          return shows?.includes(says[state] ?? state) === true;
        }, PATIENCE)
        .toBe(true);
      const taken = heard.uplinks.size;
      await expect.poll(() => heard.uplinks.size - taken, PATIENCE).toBeGreaterThan(4);
      await shown("full");
      clearInterval(filling);

      free();
      await unwritable.waitFor({ state: "detached" });
      await page.locator(".health div", { hasText: "Perdus par manque de place" }).getByText("Rien").waitFor();
      await shown("after");
      const sent = [...heard.uplinks];
      const arrived = async (): Promise<string[]> =>
        (await whole.region.readings(commune.box)).map(({ device, fCnt }) => `${device} ${fCnt}`);
      await expect
        .poll(async () => {
          const all = new Set(await arrived());
          return sent.filter((each) => !all.has(each));
        }, PATIENCE)
        .toEqual([]);
      const all = await arrived();
      expect(new Set(all).size).toBe(all.length);
      expect(complaints).toEqual([]);
    },
  );
});
