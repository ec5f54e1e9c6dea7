/** A disk that gives I/O errors when a box starts: the real program over a library that makes them, real mosquitto, a whole region. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { expect, onTestFinished } from "vitest";
import { BoxStatus } from "../../api/control.ts";
import { startProcess } from "../../fixtures/demo/process.ts";
import { beffroi, FRENCH, temporaryFolder } from "../cli/bin.ts";
import { missingForPreloading, preloadable } from "../crash/preloadable.ts";
import { startRegion } from "../hypervisor/region.ts";
import { startMosquitto, systemTest } from "./servers.ts";

const PATIENCE = { timeout: 60_000, interval: 250 };
const SOURCE = fileURLToPath(new URL("./failing-disk.c", import.meta.url));
const LAMP = ["70b3d5e75e01a2b3", "--model", "nas-ul20xx", "--asset", "lamp:88383:042"];

/** Faults as failing-disk.c takes them; of one file where it is named. */
const DISKS = [
  { faults: "l", how: "stop", what: "nothing of it answers" },
  { faults: "or", how: "kill", what: "its files can be neither opened nor read" },
  { faults: "wm", how: "kill", what: "nothing can be written" },
  { faults: "r", of: "identity.pem", how: "stop", what: "who the box is cannot be read" },
] as const;

const missing = missingForPreloading();
if (missing !== undefined) console.warn(`system test skipped: a disk that gives errors at the start (${missing})`);

/** A box enrolled with a region, in a folder of its own; `faults` are those of the moment. */
const createBox = async () => {
  const region = await startRegion();
  onTestFinished(() => region.stop());
  const broker = await startMosquitto();
  onTestFinished(() => broker.stop());
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const shim = preloadable(SOURCE);
  onTestFinished(shim.stop);
  const at = (name: string): string => join(folder.path, name);
  mkdirSync(at("data"), { mode: 0o700 });
  const box = `[box]\nname = "failing"\ndata = "data"\n[broker]\nurl = "${broker.url}"\n`;
  writeFileSync(at("beffroi.toml"), `${box}[journal]\nfree_space = "4MB"\n`);
  const here = process.env.TMPDIR === undefined ? {} : { TMPDIR: process.env.TMPDIR };
  const run = async (...args: readonly string[]) => {
    const { code, out, err } = await beffroi([...args], { cwd: folder.path, env: { ...FRENCH, ...here } });
    return { code, out, err: err.replace(/\s+/g, " ") };
  };
  const invited = await region.hypervisor.invite({ name: "failing", communes: ["88383"], validMs: 3_600_000 });
  expect(await run("enroll", invited.ticket!)).toMatchObject({ code: 0, err: "" });
  const publisher = await connectAsync(broker.url);
  onTestFinished(() => publisher.endAsync(true));
  let published = 0;
  return {
    run,
    faults: (letters: string) => writeFileSync(at("faults"), letters),
    start(of = "") {
      const env = {
        LD_PRELOAD: shim.library,
        DISK_FAULTS: at("faults"),
        DISK_FAULTS_OF: of === "" ? at("data") : join(at("data"), of),
      };
      const line = ["gateway", "--config", at("beffroi.toml")];
      const gateway = startProcess("box", line, at("box.log"), { ...process.env, ...env });
      onTestFinished(() => gateway.stop());
      return gateway;
    },
    status: async (): Promise<BoxStatus | undefined> => {
      const { code, out } = await run("status", "--json");
      return code === 0 ? BoxStatus.parse(JSON.parse(out)) : undefined;
    },
    /** Of the region: how many devices it knows. */
    devices: async (): Promise<number> =>
      JSON.parse((await region.page("/api/v1/assets?commune=88383")).body).assets.length,
    /** A message that becomes an entry. Returns how many were published so far. */
    publish: async (): Promise<number> => {
      published += 1;
      const topic = "application/a/device/24e124136b502217/event/up";
      await publisher.publishAsync(topic, `no event ${published}`, { qos: 1 });
      return published;
    },
  };
};

if (missing === undefined)
  systemTest(
    "a box whose disk gives errors when it starts stays up and says so; once they end it goes on where it was, nothing lost",
    ["mosquitto"],
    async () => {
      const { run, faults, start, status, devices, publish } = await createBox();
      faults("");
      let gateway = start();
      await expect.poll(async () => (await status())?.broker.connected, PATIENCE).toBe(true);
      expect(await run("device", "add", ...LAMP)).toMatchObject({ code: 0 });
      await expect.poll(devices, PATIENCE).toBe(1);
      const { epoch } = (await status())!.journal;
      for (const { faults: letters, how, what, ...only } of DISKS) {
        await gateway[how]();
        faults(letters);
        gateway = start("of" in only ? only.of : "");
        // Asked until it says so: it starts, and between two tries nobody answers for a moment.
        const says = async () => (await run("status")).err;
        await expect
          .poll(says, PATIENCE)
          .toMatch(/tourne, mais ne peut ouvrir ses données.*le disque rend des erreurs/);
        const problem = async () => JSON.parse((await run("status", "--json")).err).error.problem?.code;
        await expect.poll(problem, PATIENCE).toBe("disk-failing");
        const findings = async () => (await run("doctor", "--json")).out;
        await expect.poll(findings, PATIENCE).toContain('"box-disk-failing"');
        const published = await publish();
        expect(gateway.isRunning(), what).toBe(true);
        faults("");
        await expect.poll(async () => (await status())?.counts.undecoded, PATIENCE).toBe(published);
        await expect.poll(async () => (await status())?.journal.storage.state, PATIENCE).toBe("ok");
        const { journal, counts } = (await status())!;
        expect({ epoch: journal.epoch, devices: counts.devices }, what).toEqual({ epoch, devices: 1 });
        await expect.poll(async () => (await status())?.journal.waiting, PATIENCE).toBe(0);
        expect(gateway.isRunning(), what).toBe(true);
      }
      await gateway.stop();
      expect(await gateway.ended).toBe(0);
    },
    300_000,
  );
