/** A commune without a line: its batches are carried on a key, count once, and the line finds them there when it comes. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { expect } from "vitest";
import { CompletenessView } from "../../api/completeness.ts";
import { OutgoingView } from "../../api/outgoing.ts";
import { startBoxProcess } from "../../fixtures/demo/box.ts";
import { layFibre } from "../../fixtures/demo/fibre.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { addBoxTo, startRegion } from "../../fixtures/demo/region.ts";
import { territoriesFile } from "../../fixtures/demo/territories.ts";
import { eventTopic, upEvent } from "../../fixtures/events.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { beffroi } from "../cli/bin.ts";
import { startMosquitto, startPostgres, systemTest } from "./servers.ts";

const APPLICATION = "5b1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const DEVICE = "24e1240000000001";
const READINGS = 30;
const DAY_MS = 86_400_000;
/** Yesterday's: a day that is over, and that the box still looks for in what it wrote since. */
const NOON = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS / 2;

const uplink = (fCnt: number) =>
  upEvent({
    devEui: DEVICE,
    applicationId: APPLICATION,
    time: NOON + fCnt * 60_000,
    fPort: 85,
    fCnt,
    dr: 5,
    data: Buffer.from("01755c0367010104820000050000", "hex"),
    rxInfo: [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25, channel: 3 }],
  });

systemTest(
  "batches carried on a key count once, in whatever order line and key come",
  ["mosquitto", "postgresql"],
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-carried-"));
    const commune = COMMUNES[0]!;
    const [mosquitto, postgres] = [await startMosquitto(), await startPostgres()];
    const region = await startRegion({
      folder: join(folder, "hypervisor"),
      pagePort: await freePort(),
      boxPort: await freePort(),
      territoriesFile: territoriesFile(folder, [commune]),
      logFile: join(folder, "hypervisor.log"),
      env: { ...process.env, DATABASE_URL: postgres.url },
    });
    const identity = await addBoxTo(join(folder, "hypervisor"), commune);
    const fibre = await layFibre(region.boxPort);
    fibre.cut();
    const box = await startBoxProcess({
      name: commune.box,
      folder: join(folder, "box"),
      identity,
      hypervisorPort: fibre.port,
      brokerUrl: mosquitto.url,
      commitDelay: "0ms",
    });
    const key = join(folder, "key");
    try {
      await box.addDevice({ devEui: DEVICE, model: "milesight-em400", asset: "container:88383:1", depthMm: 1_500 });
      const client = await connectAsync(mosquitto.url);
      for (let fCnt = 0; fCnt < READINGS; fCnt++)
        await client.publishAsync(eventTopic(APPLICATION, DEVICE, "up"), JSON.stringify(uplink(fCnt)), { qos: 1 });
      await client.endAsync();
      while ((await box.status()).counts.readings < READINGS) await pause(100);

      const exported = await beffroi(["sync", "export", key, "--config", box.configFile, "--json"]);
      expect([exported.code, exported.err]).toEqual([0, ""]);
      const { lastSeq } = JSON.parse(exported.out) as { lastSeq: number };
      expect(readdirSync(key)).toHaveLength(1);
      for (let twice = 0; twice < 2; twice++) {
        const imported = await beffroi(["hypervisor", "import", key, "--data", join(folder, "hypervisor"), "--json"]);
        expect(JSON.parse(imported.out)).toMatchObject({ batches: 1, durableSeq: { [commune.box]: lastSeq } });
      }
      // What was carried is certified like what came over the line: the box, at rest on its disk, agrees with the region.
      const run = async (...args: string[]) => {
        const { code, out, err } = await beffroi([...args, "--json"]);
        expect({ args, code, err }).toMatchObject({ code: 0, err: "" });
        return JSON.parse(out);
      };
      const day = ["--day", new Date(NOON).toISOString().slice(0, 10)];
      const atRegion = CompletenessView.parse(
        await run("hypervisor", "completeness", commune.box, ...day, "--data", join(folder, "hypervisor")),
      );
      const atBox = CompletenessView.parse(await run("completeness", ...day, "--config", box.configFile));
      expect([atRegion.by, atBox.by]).toEqual(["region", "box"]);
      for (const { lost, devices } of [atRegion, atBox]) {
        expect(lost).toBe(0);
        expect(devices).toMatchObject([{ device: DEVICE, received: READINGS, lostOnAir: 0, lostByUs: 0 }]);
      }
      const certificate = join(folder, "certificate.json");
      const check = (told: unknown) => {
        writeFileSync(certificate, JSON.stringify(told));
        return beffroi(["completeness", "--check", certificate, "--config", box.configFile, "--json"]);
      };
      const held = await check(atRegion);
      expect([held.code, JSON.parse(held.out)]).toMatchObject([0, { same: true, differences: [] }]);
      const [device, ...others] = atRegion.devices;
      const embellished = { ...atRegion, devices: [{ ...device, received: READINGS + 1 }, ...others] };
      expect(JSON.parse((await check(embellished)).out)).toMatchObject({ same: false, differences: ["hash"] });
      const told = await beffroi(["completeness", "--check", certificate, "--config", box.configFile]);
      expect([told.code, told.out]).toEqual([1, ""]);

      const outgoing = OutgoingView.parse(await run("sync", "outgoing", "--config", box.configFile));
      expect(outgoing.destinations).toMatchObject([{ connected: false }]);
      expect(outgoing.destinations[0]!.waiting).toBeGreaterThanOrEqual(READINGS);
      expect(outgoing.kinds.find(({ kind }) => kind === "reading")).toMatchObject({ entries: READINGS });
      expect(outgoing.never).toContain("lorawan-keys");

      const counts = async () => (await region.readings(commune.box)).map(({ fCnt }) => fCnt);
      const all = Array.from({ length: READINGS }, (_, fCnt) => fCnt);
      expect(await counts()).toEqual(all);

      fibre.mend();
      while ((await box.status()).journal.waiting > 0) await pause(200);
      expect(await counts()).toEqual(all);
      expect((await box.status()).counts.rewinds).toBe(0);
      const { destinations } = OutgoingView.parse(await run("sync", "outgoing", "--config", box.configFile));
      expect(destinations).toMatchObject([{ connected: true }]);

      const nothing = await beffroi(["hypervisor", "import", folder, "--data", join(folder, "hypervisor")]);
      expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining(folder)]);
    } finally {
      await box.process.stop();
      await fibre.stop();
      await region.stop();
      await Promise.all([mosquitto.stop(), postgres.stop()]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
  360_000,
);
