/** A lamp's controller is swapped on a running box: its chart goes on in one line, at the region and on the page. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { expect, test } from "vitest";
import { AssetView, SeriesReply } from "../../api/schemas.ts";
import { startBroker } from "../../fixtures/broker.ts";
import { startBoxProcess } from "../../fixtures/demo/box.ts";
import { buildPage } from "../../fixtures/demo/page.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { addBoxTo, startRegion } from "../../fixtures/demo/region.ts";
import { territoriesFile } from "../../fixtures/demo/territories.ts";
import { eventTopic, upEvent } from "../../fixtures/events.ts";
import { fleet } from "../../fixtures/simulation/fleet.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { beffroi, FRENCH } from "../cli/bin.ts";
import { browserSuite, startBrowser } from "../console/browser.ts";

const APPLICATION = "5b1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const HOUR = 3_600_000;
const OLD = "70b3d5e75e00aa01";
const NEW = "70b3d5e75e00aa02";
const HOURS = 12;
const SWAP = 6;

browserSuite("a replacement", () => {
  test("keeps the lamp's chart in one line", async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-swap-"));
    const commune = COMMUNES[0]!;
    await buildPage();
    const broker = await startBroker();
    const regionOptions = {
      folder: join(folder, "hypervisor"),
      pagePort: await freePort(),
      boxPort: await freePort(),
      territoriesFile: territoriesFile(folder, [commune]),
      logFile: join(folder, "hypervisor.log"),
    };
    const region = await startRegion(regionOptions);
    const box = await startBoxProcess({
      name: commune.box,
      folder: join(folder, "box"),
      identity: await addBoxTo(regionOptions.folder, commune),
      hypervisorPort: region.boxPort,
      brokerUrl: broker.url,
      commitDelay: "100ms",
    });
    const publisher = await connectAsync(broker.url, { clientId: "chirpstack" });
    const browser = await startBrowser();
    try {
      const lamp = fleet(commune, { memory: {} }).find(({ model }) => model === "nas-ul20xx")!;
      const { ref } = lamp.asset;
      await box.addDevice({ devEui: OLD, model: lamp.model, asset: ref, name: "Rue de la Xavée", ratedWatts: 45 });
      const start = Math.floor(Date.now() / HOUR) * HOUR - HOURS * HOUR;
      const speak = async (devEui: string, from: number, to: number): Promise<void> => {
        let fCnt = 0;
        for (let n = from; n < to; n++)
          for (const [i, frame] of lamp.report(start + n * HOUR).entries()) {
            const time = start + n * HOUR + i * 3_000;
            const rxInfo = [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25, channel: 3 }];
            const event = upEvent({ devEui, applicationId: APPLICATION, time, fCnt: fCnt++, dr: 5, rxInfo, ...frame });
            await publisher.publishAsync(eventTopic(APPLICATION, devEui, "up"), JSON.stringify(event), { qos: 1 });
          }
      };
      const api = `${region.pageUrl}/api/v1/assets/${encodeURIComponent(ref)}`;
      const get = async <T>(schema: { parse(value: unknown): T }, path: string): Promise<T> =>
        schema.parse(await (await fetch(`${api}${path}`)).json());
      const until = async (what: () => Promise<boolean>): Promise<void> => {
        for (const deadline = Date.now() + 60_000; !(await what()); await pause(200))
          if (Date.now() > deadline) throw new Error("not in time");
      };
      const readings = async () => (await region.readings(commune.box)).length;

      await speak(OLD, 0, SWAP);
      await until(async () => (await readings()) >= SWAP);
      const before = await get(AssetView, "");
      expect(before.device).toMatchObject({ devEui: OLD, state: "installed" });

      const swapped = await beffroi(
        ["device", "replace", ref, "--with", NEW, "--config", box.configFile, "--by", "Léa"],
        {
          env: FRENCH,
        },
      );
      expect([swapped.code, swapped.err]).toEqual([0, ""]);
      await speak(NEW, SWAP, HOURS);
      await until(async () => (await get(AssetView, "")).device?.devEui === NEW);
      const sent = (await readings()) && lamp.report(start).length * HOURS;
      await until(async () => (await readings()) >= sent);

      const after = await get(AssetView, "");
      expect(after.device).toMatchObject({ devEui: NEW, state: "installed", by: "Léa" });
      expect(after.installations?.map(({ device, until: ended }) => [device, ended !== undefined])).toEqual([
        [NEW, false],
        [OLD, true],
      ]);
      const query = new URLSearchParams({
        from: new Date(start).toISOString(),
        to: new Date(start + HOURS * HOUR).toISOString(),
      });
      const measured = Object.keys(before.latest);
      expect(measured.length).toBeGreaterThan(2);
      for (const measurement of measured) {
        const series = await get(SeriesReply, `/series?${query}&measurement=${encodeURIComponent(measurement)}`);
        expect([measurement, series.points.length]).toEqual([measurement, HOURS]);
        const times = series.points.map(({ at }) => Date.parse(at));
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.filter((at) => at < start + SWAP * HOUR)).toHaveLength(SWAP);
      }

      const { page, complaints } = await browser.page();
      page.setDefaultTimeout(30_000);
      await page.goto(`${region.pageUrl}/communes/${commune.insee}/assets/${ref}`);
      const card = page.getByRole("region", { name: "Appareil", exact: true });
      await card.getByText(NEW).waitFor();
      await card.getByText("Avant lui").waitFor();
      await card.getByText(OLD).waitFor();
      await page.locator(".chart canvas, .u-wrap").first().waitFor();
      // For who wants to see it.
      if (process.env.BEFFROI_SCREENSHOT !== undefined)
        for (const [n, place] of [page.locator(".now").first(), card].entries()) {
          await place.scrollIntoViewIfNeeded();
          await page.screenshot({ path: `${process.env.BEFFROI_SCREENSHOT}-${n}.png` });
        }
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      await publisher.endAsync(true);
      await box.process.stop();
      await region.stop();
      await broker.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 240_000);
});
