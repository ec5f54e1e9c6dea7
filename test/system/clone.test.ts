/** A copied disk: two copies of a box's data folder run on; one is refused and named, its data kept aside, and a person decides. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { expect } from "vitest";
import { IncidentsReply, IncidentView } from "../../api/incidents.ts";
import { type BoxProcess, startBoxProcess } from "../../fixtures/demo/box.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { addBoxTo, startRegion } from "../../fixtures/demo/region.ts";
import { territoriesFile } from "../../fixtures/demo/territories.ts";
import { eventTopic, upEvent } from "../../fixtures/events.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { startMosquitto, startPostgres, systemTest } from "./servers.ts";

const APPLICATION = "5b1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const DEVICE = "24e1240000000001";
const START = Date.parse("2026-03-02T06:00:00Z");

const uplink = (fCnt: number) =>
  upEvent({
    devEui: DEVICE,
    applicationId: APPLICATION,
    time: START + fCnt * 60_000,
    fPort: 85,
    fCnt,
    dr: 5,
    data: Buffer.from("01755c0367010104820000050000", "hex"),
    rxInfo: [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25, channel: 3 }],
  });

const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await pause(200);
  }
};

systemTest(
  "of two copies of a box one is refused and named, its data is kept aside, and a person decides",
  ["mosquitto", "postgresql"],
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-clone-"));
    const commune = COMMUNES[0]!;
    // Each copy hears its own broker: the devices of a box that was carried off, and of the one that stayed.
    const [brokerA, brokerB] = [await startMosquitto(), await startMosquitto()];
    const postgres = await startPostgres();
    const region = await startRegion({
      folder: join(folder, "hypervisor"),
      pagePort: await freePort(),
      boxPort: await freePort(),
      territoriesFile: territoriesFile(folder, [commune]),
      logFile: join(folder, "hypervisor.log"),
      env: { ...process.env, DATABASE_URL: postgres.url },
    });
    const identity = await addBoxTo(join(folder, "hypervisor"), commune);
    const start = (name: string, brokerUrl: string): Promise<BoxProcess> =>
      startBoxProcess({
        name: commune.box,
        folder: join(folder, name),
        identity,
        hypervisorPort: region.boxPort,
        brokerUrl,
        commitDelay: "0ms",
      });
    const running: BoxProcess[] = [];
    const publish = async (url: string, counts: readonly number[]) => {
      const client = await connectAsync(url);
      for (const fCnt of counts)
        await client.publishAsync(eventTopic(APPLICATION, DEVICE, "up"), JSON.stringify(uplink(fCnt)), { qos: 1 });
      await client.endAsync();
    };
    const incidents = async (query: string) =>
      IncidentsReply.parse(await (await fetch(`${region.pageUrl}/api/v1/incidents${query}`)).json()).incidents;
    const drained = (box: BoxProcess, readings: number) =>
      until(`${readings} readings drained`, async () => {
        const { counts, journal } = await box.status();
        return counts.readings >= readings && journal.waiting === 0 ? true : undefined;
      });
    try {
      let one = await start("one", brokerA.url);
      await one.addDevice({ devEui: DEVICE, model: "milesight-em400", asset: "container:88383:1", depthMm: 1_500 });
      await publish(brokerA.url, [0, 1, 2, 3, 4]);
      await drained(one, 5);
      await one.process.stop();
      cpSync(join(folder, "one"), join(folder, "two"), { recursive: true });

      one = await start("one", brokerA.url);
      running.push(one);
      await publish(brokerA.url, [5, 6, 7]);
      await drained(one, 8);
      const two = await start("two", brokerB.url);
      running.push(two);
      await publish(brokerB.url, [105, 106, 107, 108, 109]);

      const incident = await until("an incident", async () => (await incidents("?open=true"))[0]);
      expect(incident.box).toBe(commune.box);
      const boxes = await region.boxes();
      expect(boxes[0]?.incident).toBe(`${incident.id}`);
      const told = await until("the second copy knows", async () => {
        const { hypervisor } = await two.status();
        return hypervisor?.lastError === undefined ? undefined : hypervisor.lastError;
      });
      expect(told).toMatch(/closed this box off|another entry/);
      // Its people are told, not only its log.
      expect((await two.status()).hypervisor?.refusal).toMatch(/^(locked|another-history)$/);
      expect((await one.status()).hypervisor?.refusal).toBeUndefined();
      // Kept aside at the region, and all of it still on the copy.
      const aside = await until("kept aside", async () => {
        const [seen] = await incidents("?open=true");
        return seen !== undefined && seen.kept.entries > 0 ? seen : undefined;
      });
      expect(aside.kept.batches).toBeGreaterThan(0);
      expect((await two.status()).journal.waiting).toBeGreaterThanOrEqual(5);
      // The first is not held up.
      await publish(brokerA.url, [8]);
      await drained(one, 9);
      const ofRegion = async () => (await region.readings(commune.box)).map(({ fCnt }) => fCnt);
      expect(await ofRegion()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);

      const reply = await fetch(`${region.pageUrl}/api/v1/incidents/${incident.id}/decision`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ decision: "new-epoch", author: "claire" }),
      });
      expect(IncidentView.parse(await reply.json())).toMatchObject({ decision: "new-epoch", decidedBy: "claire" });
      await two.process.stop();
      // A restart is a next try at once.
      const again = await start("two", brokerB.url);
      running.push(again);
      await until("the copy goes on in its epoch", async () => {
        const { journal } = await again.status();
        return journal.epoch === incident.epoch + 1 && journal.waiting === 0 ? true : undefined;
      });
      expect(await ofRegion()).toEqual([105, 106, 107, 108, 109]);
      expect(await incidents("?open=true")).toEqual([]);
      // What the first had sent stays as it was, and it is told that another has taken its place.
      const old = await fetch(`${region.pageUrl}/api/v1/readings?box=${commune.box}&epoch=${incident.epoch}`);
      const { readings } = (await old.json()) as { readings: { fCnt: number }[] };
      expect(readings.map(({ fCnt }) => fCnt)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect((await one.status()).journal.epoch).toBe(incident.epoch);
      await publish(brokerA.url, [9]);
      await until("the first is told that it was replaced", async () =>
        (await one.status()).hypervisor?.refusal === "replaced" ? true : undefined,
      );
      expect(await ofRegion()).toEqual([105, 106, 107, 108, 109]);
      expect((await one.status()).journal.waiting).toBeGreaterThan(0);
    } finally {
      for (const box of running) await box.process.stop();
      await region.stop();
      await Promise.all([brokerA.stop(), brokerB.stop(), postgres.stop()]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
  240_000,
);
