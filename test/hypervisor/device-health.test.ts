/** How a device is heard, from the box's journal to the region's API. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AssetView } from "../../api/schemas.ts";
import { device, HOUR, LAMP, newWorld, openHeardBox, T0 } from "../gateway/heard-box.ts";
import { Journal } from "./batches.ts";
import { type EnrolledBox, lampEntries, type Region, startRegion } from "./region.ts";

const ASSET = "lamp:88383:042";
const folder = mkdtempSync(join(tmpdir(), "beffroi-health-"));
let region: Region;
let box: EnrolledBox;
beforeAll(async () => {
  region = await startRegion();
  box = await region.addBox({ name: "remiremont", communes: ["88383"] });
});
afterAll(async () => {
  await region?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const shown = async (): Promise<AssetView["device"]> =>
  AssetView.parse(JSON.parse((await region.page(`/api/v1/assets/${encodeURIComponent(ASSET)}`)).body)).device;

it("shows what the box said last, by the order of the journal, and tells the pages", async () => {
  const world = newWorld();
  const heard = await openHeardBox(folder, world);
  heard.put(device());
  heard.hear(Array.from({ length: 30 }, (_, n) => n));
  heard.live(29.5);
  heard.live(33);
  heard.live(34);
  const journal = new Journal("remiremont");
  journal.append(...lampEntries(ASSET, LAMP), ...heard.bodies());
  heard.end();

  const firstTold = journal.bodies().findIndex((body) => body.kind === "event") + 1;
  await region.send(box, journal.batch(1, firstTold));
  expect((await shown())?.health).toMatchObject({
    silence: "on-time",
    completeness: 1,
    missed: 0,
    periodSeconds: 3_600,
    radio: { snr: 7, gateways: 1, best: ["0016c001f1500001"] },
    battery: { percent: 88 },
    verdict: "good",
  });
  const feed = await region.pageFeed("/api/v1/live");
  await region.send(box, journal.batch(firstTold + 1, journal.lastSeq));
  await feed.until(ASSET);
  feed.close();
  const { health } = (await shown())!;
  expect(health?.silence).toBe("silent");
  expect(Date.parse(health!.at)).toBeGreaterThan(T0 + 33 * HOUR);
  expect(health?.lastSeenAt).toBe(new Date(T0 + 29 * HOUR).toISOString());
});

it("keeps a word of health it does not know as an event, and shows the one before", async () => {
  const before = await shown();
  const journal = new Journal("saint-nabord");
  const other = await region.addBox({ name: "saint-nabord", communes: ["88429"] });
  // Another box speaks of the same DevEUI, and of nothing readable.
  journal.append(
    { kind: "event", event: "health", device: LAMP, at: T0, detail: { silence: "asleep" } },
    { kind: "event", event: "health", device: LAMP, at: T0, detail: { ...before!.health!, silence: "lost" } },
  );
  expect(JSON.parse((await region.send(other, journal.batch(1, 2))).body)).toMatchObject({ quarantined: [] });
  expect(await shown()).toEqual(before);
});
