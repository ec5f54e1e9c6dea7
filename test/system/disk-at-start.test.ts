/** A box whose disk cannot be written when it starts: real gateway, real mosquitto, a file system of its own. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { describe, expect, it, onTestFinished } from "vitest";
import { BoxStatus } from "../../api/control.ts";
import { type ProductProcess, startProcess } from "../../fixtures/demo/process.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { beffroi, FRENCH } from "../cli/bin.ts";
import { fill, missingForSmallDisks, mountSmallDisk } from "../crash/full-disk.ts";
import { listen } from "./listen.ts";
import { missingPackages, startMosquitto } from "./servers.ts";
import { startWholeRegion } from "./whole-region.ts";

const PATIENCE = { timeout: 60_000, interval: 250 };
const LAMP = "lamp:88383:042";
const commune = COMMUNES[0]!;

const isRequired = process.env.BEFFROI_SYSTEM_TESTS === "required";
const packages = isRequired ? [] : missingPackages(["mosquitto"]);
const missing = packages.length > 0 ? `Debian package missing: ${packages.join(", ")}` : missingForSmallDisks();
if (missing !== undefined) console.warn(`system test skipped: a disk that cannot be written at the start (${missing})`);

const remount = (folder: string, how: "ro" | "rw"): void =>
  void execFileSync("mount", ["-o", `remount,${how}`, folder], { stdio: "pipe" });

/** Whatever fills it takes what becomes free, until it is told to give all back. */
const keepFull = (folder: string): (() => void) => {
  const free = fill(folder);
  const again = setInterval(() => fill(folder), 200);
  const end = (): void => clearInterval(again);
  onTestFinished(end);
  return () => {
    end();
    free();
  };
};

/** The program beside the box of this data folder, in French. */
const at = (data: string) => {
  const here = process.env.TMPDIR === undefined ? {} : { TMPDIR: process.env.TMPDIR };
  /** What is printed, whatever the width of the screen. */
  const run = async (...args: readonly string[]) => {
    const { code, out, err } = await beffroi([...args, "--data", data], { env: { ...FRENCH, ...here } });
    return { code, out: out.replace(/\s+/g, " "), err: err.replace(/\s+/g, " ") };
  };
  return {
    run,
    status: async (): Promise<BoxStatus | undefined> => {
      const { code, out } = await run("status", "--json");
      return code === 0 ? BoxStatus.parse(JSON.parse(out)) : undefined;
    },
  };
};

const stopsAtEnd = (part: ProductProcess): ProductProcess => {
  onTestFinished(() => part.stop());
  return part;
};

describe.skipIf(missing !== undefined)("a box whose disk cannot be written at the start", () => {
  it("reads its file, steers its lamps, takes nothing in, and goes on by itself with nothing lost", {
    timeout: 240_000,
  }, async () => {
    const whole = await startWholeRegion([commune]);
    onTestFinished(() => whole.stop());
    const data = whole.dataOf(commune);
    mkdirSync(data, { recursive: true });
    onTestFinished(mountSmallDisk(data));
    const { world, past } = await whole.open(commune, 0.1, { freeSpace: "4MB", startBroker: startMosquitto });
    const { status, run } = at(data);
    const heard = await listen(world.box.broker.url);
    const start = (): ProductProcess =>
      stopsAtEnd(startProcess("box", ["gateway", "--config", world.box.configFile], join(whole.folder, "box.log")));
    const stateOf = async () => (await status())?.journal.storage.state;
    await expect.poll(async () => (await status())?.counts.readings ?? 0, PATIENCE).toBeGreaterThanOrEqual(past);

    /** The box begins as the disk is, steers a lamp, and takes nothing; the disk is mended; all is there. */
    const tryWhile = async (
      state: "full" | "read-only",
      says: RegExp,
      mend: () => void,
      send: () => Promise<string>,
    ): Promise<ProductProcess> => {
      const box = start();
      const { uplinks, downlinks } = heard;
      const before = uplinks.size;
      await expect.poll(() => stateOf(), PATIENCE).toBe(state);
      const taken = (await status())!.counts.readings;
      expect((await run("status")).out).toMatch(says);
      // The region is told too.
      const told = async () =>
        (await whole.region.boxes()).find(({ box: name }) => name === commune.box)?.storage?.state;
      await expect.poll(told, PATIENCE).toBe(state);
      await expect.poll(async () => (await status())?.broker.connected, PATIENCE).toBe(true);
      const id = await send();
      await expect.poll(() => heard.downlinks - downlinks, PATIENCE).toBe(1);
      await expect.poll(() => uplinks.size - before, PATIENCE).toBeGreaterThan(4);
      const still = await status();
      expect(still?.counts.readings).toBe(taken);
      expect(still?.journal.held).toBeGreaterThan(0);
      mend();
      await expect.poll(() => stateOf(), PATIENCE).not.toBe(state);
      // Given and sent while nothing could be written: kept since.
      await expect.poll(async () => (await whole.region.command(id)).state, PATIENCE).toBe("effect-observed");
      const missed = async () => {
        const all = new Set((await whole.region.readings(commune.box)).map(({ device, fCnt }) => `${device} ${fCnt}`));
        return [...uplinks].filter((each) => !all.has(each));
      };
      await expect.poll(missed, PATIENCE).toEqual([]);
      return box;
    };

    const onTheBox = async (): Promise<string> => {
      const { code, out, err } = await run("send", LAMP, "dim", "50", "--json");
      expect(code, err).toBe(0);
      return (JSON.parse(out) as { id: string }).id;
    };
    const atTheRegion = async (): Promise<string> =>
      (await whole.region.send({ target: LAMP, name: "dim", fields: { level: 70 }, reason: "it is dark" })).id;

    await world.box.process.stop();
    rmSync(join(data, "box.reserve"), { force: true });
    const free = keepFull(data);
    const one = await tryWhile("full", /le disque est plein/, free, onTheBox);
    await one.stop();

    remount(data, "ro");
    const two = await tryWhile("read-only", /en lecture seule/, () => remount(data, "rw"), onTheBox);
    // Killed, it leaves SQLite's log as it is.
    await two.kill();
    remount(data, "ro");
    const three = await tryWhile("read-only", /en lecture seule/, () => remount(data, "rw"), atTheRegion);
    await three.stop();

    const all = (await whole.region.readings(commune.box)).map(({ device, fCnt }) => `${device} ${fCnt}`);
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    { name: "full", code: "disk-full", says: /le disque est plein/ },
    { name: "read-only", code: "disk-read-only", says: /ne peut être écrit/ },
  ])("that has no file yet ($name) stays up, says so, and begins once it can", { timeout: 120_000 }, async (disk) => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-start-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const broker = await startMosquitto();
    onTestFinished(() => broker.stop());
    const data = join(folder, "data");
    mkdirSync(data, { mode: 0o700 });
    onTestFinished(mountSmallDisk(data));
    const mend = disk.name === "full" ? keepFull(data) : () => remount(data, "rw");
    if (disk.name !== "full") remount(data, "ro");
    const config = join(folder, "beffroi.toml");
    writeFileSync(
      config,
      `[box]\nname = "start"\ndata = "data"\n[broker]\nurl = "${broker.url}"\n[journal]\nfree_space = "4MB"\n`,
    );
    const { run, status } = at(data);
    const box = stopsAtEnd(startProcess("box", ["gateway", "--config", config], join(folder, "box.log")));
    const seen = readdirSync(data);
    await expect
      .poll(async () => (await run("status")).err, PATIENCE)
      .toMatch(/tourne, mais ne peut ouvrir ses données/);
    const { code, err } = await run("status");
    expect(code).toBe(3);
    expect(err).toMatch(disk.says);
    expect(err).toMatch(/le courtier MQTT garde ce qui arrive/);
    const asJson = JSON.parse((await run("status", "--json")).err) as object;
    expect(asJson).toMatchObject({ error: { code: "box-closed", problem: { code: disk.code } } });
    expect((await run("send", LAMP, "dim", "50")).code).toBe(3);
    const findings = async (): Promise<readonly string[]> => {
      const { out } = await beffroi(["doctor", "--config", config, "--json"], { env: FRENCH });
      return (JSON.parse(out) as { findings: { code: string }[] }).findings.map((each) => each.code);
    };
    expect(await findings()).toContain(`box-${disk.code}`);
    // A second box on the same folder is refused as ever.
    const second = await beffroi(["gateway", "--config", config], { env: FRENCH });
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/Un autre processus tient les données/);
    expect(seen).not.toContain("box.sqlite");
    expect(box.isRunning()).toBe(true);
    // No box ever asked this broker for anything: what comes now is kept all the same.
    const publisher = await connectAsync(broker.url);
    onTestFinished(() => publisher.endAsync(true));
    for (const each of [1, 2, 3])
      await publisher.publishAsync("application/a/device/24e124136b502217/event/up", `no event ${each}`, { qos: 1 });
    mend();
    await expect.poll(async () => (await status())?.counts.undecoded, PATIENCE).toBe(3);
    await expect.poll(async () => (await status())?.broker.connected, PATIENCE).toBe(true);
    expect((await status())?.journal.storage.state).not.toBe(disk.name);
    await box.stop();
    expect(await box.ended).toBe(0);
  });
});
