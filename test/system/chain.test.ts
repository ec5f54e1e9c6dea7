/** The whole chain with real neighbours and three faults: nothing lost, nothing twice, order kept. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { pino } from "pino";
import { expect } from "vitest";
import { startBoxProcess } from "../../fixtures/demo/box.ts";
import { layFibre } from "../../fixtures/demo/fibre.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { addBoxTo, startRegion } from "../../fixtures/demo/region.ts";
import { territoriesFile } from "../../fixtures/demo/territories.ts";
import { eventTopic, upEvent } from "../../fixtures/events.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { openPostgres } from "../../hypervisor/store/postgres.ts";
import { startMosquitto, startPostgres, systemTest } from "./servers.ts";

const EVENTS = 2_000;
const DEVICES = 20;
const APPLICATION = "5b1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const START = Date.parse("2026-03-02T06:00:00Z");

const devEui = (index: number): string => `24e12400000000${(index % DEVICES).toString(16).padStart(2, "0")}`;

/** A container's battery, temperature and distance, another distance each time. */
const frame = (index: number): Buffer => {
  const bytes = Buffer.from("01755c03670101048200000500 00".replace(" ", ""), "hex");
  bytes.writeUInt16LE(100 + (index % 900), 9);
  return bytes;
};

const event = (index: number) =>
  upEvent({
    devEui: devEui(index),
    applicationId: APPLICATION,
    time: START + index * 1_000,
    fPort: 85,
    fCnt: Math.floor(index / DEVICES),
    dr: 5,
    data: frame(index),
    rxInfo: [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25, channel: 3 }],
  });

const keyOf = (device: string, fCnt: number): string => `${device} #${fCnt}`;

systemTest(
  "2,000 events survive kill -9 of gateway and hypervisor and a cut of the network",
  ["mosquitto", "postgresql"],
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-chain-"));
    const [mosquitto, postgres] = [await startMosquitto(), await startPostgres({ durable: true })];
    const commune = COMMUNES[0]!;
    const regionOptions = {
      folder: join(folder, "hypervisor"),
      pagePort: await freePort(),
      boxPort: await freePort(),
      territoriesFile: territoriesFile(folder, [commune]),
      logFile: join(folder, "hypervisor.log"),
      env: { ...process.env, DATABASE_URL: postgres.url },
    };
    let region = await startRegion(regionOptions);
    const identity = await addBoxTo(regionOptions.folder, commune);
    const fibre = await layFibre(regionOptions.boxPort);
    const boxOptions = {
      name: commune.box,
      folder: join(folder, "box"),
      identity,
      hypervisorPort: fibre.port,
      brokerUrl: mosquitto.url,
      commitDelay: "200ms",
    };
    let box = await startBoxProcess(boxOptions);
    const publisher = await connectAsync(mosquitto.url, { clientId: "publisher" });
    try {
      for (let index = 0; index < DEVICES; index++)
        await box.addDevice({
          devEui: devEui(index),
          model: "milesight-em400",
          asset: `container:88383:${index + 1}`,
          depthMm: 1_500,
        });

      const faults: Readonly<Record<number, () => Promise<void>>> = {
        500: async () => {
          await box.process.kill();
          box = await startBoxProcess(boxOptions);
        },
        1000: async () => {
          await region.process.kill();
          region = await startRegion(regionOptions);
        },
        1500: async () => fibre.cut(),
        1750: async () => fibre.mend(),
      };
      const underWay: Promise<void>[] = [];
      const sent: Promise<unknown>[] = [];
      for (let index = 0; index < EVENTS; index++) {
        const body = event(index);
        sent.push(
          publisher.publishAsync(eventTopic(APPLICATION, devEui(index), "up"), JSON.stringify(body), { qos: 1 }),
        );
        const fault = faults[index];
        if (fault !== undefined) underWay.push(fault());
        if (index % 50 === 49) await pause(25);
      }
      await Promise.all([...sent, ...underWay]);

      const deadline = Date.now() + 60_000;
      const arrived = async () => (await region.boxes())[0]?.durableSeq ?? 0;
      for (;;) {
        const { journal, counts } = await box.status();
        if (counts.readings >= EVENTS && journal.waiting === 0 && (await arrived()) >= journal.lastSeq) break;
        if (Date.now() > deadline) break;
        await pause(200);
      }

      const readings = await region.readings(commune.box);
      const published = Array.from({ length: EVENTS }, (_, index) => keyOf(devEui(index), Math.floor(index / DEVICES)));
      expect(readings.map(({ device, fCnt }) => keyOf(device, fCnt))).toEqual(published);
      expect(readings.map(({ frame: bytes }) => bytes)).toEqual(
        Array.from({ length: EVENTS }, (_, index) => frame(index).toString("hex")),
      );
      expect(readings.every(({ measurements }) => Object.keys(measurements).length === 5)).toBe(true);

      const database = await openPostgres({ url: postgres.url, log: pino({ level: "silent" }), connectionsMax: 1 });
      const [row] = await database.query<{ n: string }>("SELECT count(*) AS n FROM reading");
      await database.close();
      expect(Number(row?.n)).toBe(EVENTS);
    } finally {
      await publisher.endAsync(true);
      await box.process.stop();
      await fibre.stop();
      await region.stop();
      await mosquitto.stop();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  240_000,
);
