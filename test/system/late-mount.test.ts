/**
 * A disk that is mounted after the box began, in a mount namespace of its own: a disk that /etc/fstab names, and one that nothing
 * names. Real program, real mosquitto.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { connectAsync } from "mqtt";
import { expect, onTestFinished } from "vitest";
import { BoxStatus } from "../../api/control.ts";
import { BIN, FRENCH, finished, temporaryFolder } from "../cli/bin.ts";
import { startRegion } from "../hypervisor/region.ts";
import { startMosquitto, systemTest } from "./servers.ts";

const PATIENCE = { timeout: 60_000, interval: 250 };
const LAMP = ["70b3d5e75e01a2b3", "--model", "nas-ul20xx", "--asset", "lamp:88383:042"];

const missingForNamespaces = (): string | undefined => {
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "pipe" });
    execFileSync("nsenter", ["--version"], { stdio: "pipe" });
    return undefined;
  } catch {
    return "no mount namespace may be made here";
  }
};
const missing = process.platform === "linux" ? missingForNamespaces() : "mounts are tried on Linux only";
if (missing !== undefined) console.warn(`system test skipped: a disk that is mounted late (${missing})`);

/** A world whose mounts nobody else sees: a folder `disk` that can be mounted at `mnt`, and a broker. */
const createWorld = async (data = "mnt") => {
  const broker = await startMosquitto();
  onTestFinished(() => broker.stop());
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const at = (name: string): string => join(folder.path, name);
  for (const name of ["mnt", "disk"]) mkdirSync(at(name), { mode: 0o700 });
  writeFileSync(
    at("beffroi.toml"),
    `[box]\nname = "late"\ndata = "${data}"\n[broker]\nurl = "${broker.url}"\n[log]\nlevel = "error"\n`,
  );
  const holder = spawn("unshare", ["--mount", "--propagation", "private", "sleep", "600"], { stdio: "ignore" });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder, "spawn");
  // Until it is in its namespace, what is done there would be done here.
  const own = execFileSync("readlink", ["/proc/self/ns/mnt"], { encoding: "utf8" });
  const its = () => execFileSync("readlink", [`/proc/${holder.pid}/ns/mnt`], { encoding: "utf8" });
  await expect.poll(its, PATIENCE).not.toBe(own);
  const inside = ["--target", `${holder.pid}`, "--mount", "--"];
  const act = (...line: readonly string[]): void =>
    void execFileSync("nsenter", [...inside, ...line], { stdio: "pipe" });
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...FRENCH };
  const program = (...args: readonly string[]) =>
    spawn("nsenter", [...inside, process.execPath, BIN, ...args], {
      cwd: folder.path,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
  const run = async (...args: readonly string[]) => {
    const { code, out, err } = await finished(program(...args, "--config", at("beffroi.toml")));
    return { code, out, err: err.replace(/\s+/g, " ") };
  };
  const publisher = await connectAsync(broker.url);
  onTestFinished(() => publisher.endAsync(true));
  let published = 0;
  return {
    at,
    act,
    mount: () => act("mount", "--bind", at("disk"), at("mnt")),
    umount: () => act("umount", "--lazy", at("mnt")),
    /** From now on the machine says that something has to be mounted there. */
    wantMounted: () => {
      writeFileSync(at("fstab"), `# a comment\nUUID=none none swap sw 0 0\n/dev/disk ${at("mnt")} xfs nofail 0 2\n`);
      act("mount", "--bind", at("fstab"), "/etc/fstab");
    },
    run,
    start() {
      const child = program("gateway", "--config", at("beffroi.toml"));
      const ended = finished(child);
      const stop = async (how: NodeJS.Signals = "SIGTERM") => {
        child.kill(how);
        return (await ended).code;
      };
      onTestFinished(() => void child.kill("SIGKILL"));
      return { stop, ended };
    },
    status: async (): Promise<BoxStatus | undefined> => {
      const { code, out } = await run("status", "--json");
      return code === 0 ? BoxStatus.parse(JSON.parse(out)) : undefined;
    },
    publish: async (): Promise<number> => {
      published += 1;
      const topic = "application/a/device/24e124136b502217/event/up";
      await publisher.publishAsync(topic, `no event ${published}`, { qos: 1 });
      return published;
    },
  };
};

type World = Awaited<ReturnType<typeof createWorld>>;

/** A box lived on the disk, knows a lamp and one message, and was killed. */
const liveOnce = async ({ mount, umount, start, run, status, publish }: World): Promise<number> => {
  mount();
  const box = start();
  await expect.poll(async () => (await status())?.broker.connected, PATIENCE).toBe(true);
  expect(await run("device", "add", ...LAMP)).toMatchObject({ code: 0 });
  await publish();
  await expect.poll(async () => (await status())?.counts.undecoded, PATIENCE).toBe(1);
  const { epoch } = (await status())!.journal;
  await box.stop("SIGKILL");
  umount();
  return epoch;
};

/** That box again, with all it had. */
const expectTheSame = async ({ status }: World, epoch: number, undecoded: number): Promise<void> => {
  await expect.poll(async () => (await status())?.counts.undecoded, PATIENCE).toBe(undecoded);
  await expect.poll(async () => (await status())?.journal.storage.state, PATIENCE).toBe("ok");
  const { journal, counts } = (await status())!;
  expect({ epoch: journal.epoch, devices: counts.devices }).toEqual({ epoch, devices: 1 });
};

if (missing === undefined) {
  systemTest(
    "a box whose disk /etc/fstab names begins no journal in its place: it waits, says so, and goes on once it is mounted",
    ["mosquitto"],
    async () => {
      const world = await createWorld();
      const { at, run, start, publish, mount, wantMounted } = world;
      const epoch = await liveOnce(world);
      wantMounted();
      const box = start();
      const says = async () => (await run("status")).err;
      await expect.poll(says, PATIENCE).toMatch(/tourne, mais ne peut ouvrir ses données.*son disque n’est pas monté/);
      const { error } = JSON.parse((await run("status", "--json")).err) as { error: object };
      expect(error).toMatchObject({ code: "box-closed", problem: { code: "disk-absent" } });
      expect((await run("doctor", "--json")).out).toContain('"box-disk-absent"');
      const published = await publish();
      expect(readdirSync(at("mnt"))).toEqual([]);
      mount();
      await expectTheSame(world, epoch, published);
      expect(await box.stop()).toBe(0);
    },
  );

  systemTest(
    "at rest nothing is begun either in the place of a disk that /etc/fstab names",
    ["mosquitto"],
    async () => {
      const region = await startRegion();
      onTestFinished(() => region.stop());
      const { ticket } = await region.hypervisor.invite({ name: "late", communes: ["88383"], validMs: 3_600_000 });
      const { at, run, mount, wantMounted } = await createWorld();
      wantMounted();
      for (const line of [
        ["device", "add", ...LAMP],
        ["enroll", ticket!],
      ]) {
        const { code, err } = await run(...line, "--json");
        expect({ code, ...JSON.parse(err).error }, line[0]).toMatchObject({ code: "store-unusable" });
        expect(err, line[0]).toContain("is not mounted");
        expect(readdirSync(at("mnt")), line[0]).toEqual([]);
      }
      // The code was not used up.
      mount();
      expect(await run("enroll", ticket!)).toMatchObject({ code: 0, err: "" });
    },
  );

  systemTest(
    "a disk that is mounted over the data folder of a box that runs is gone over to, and that is told",
    ["mosquitto"],
    async () => {
      const world = await createWorld();
      const { run, start, status, publish, mount, umount } = world;
      const epoch = await liveOnce(world);
      // Nothing says that a disk belongs there: a new box begins.
      const box = start();
      await expect.poll(async () => (await status())?.broker.connected, PATIENCE).toBe(true);
      expect((await status())?.journal.epoch).not.toBe(epoch);
      mount();
      await expectTheSame(world, epoch, 1);
      await expect.poll(async () => (await status())?.broker.connected, PATIENCE).toBe(true);
      const published = await publish();
      await expectTheSame(world, epoch, published);
      const entries = (await run("journal", "export")).out;
      expect(entries).toContain("the data folder is on another disk now");
      expect(await box.stop()).toBe(0);
      // What it began meanwhile is beneath, whole.
      umount();
      const beneath = JSON.parse((await run("journal", "verify", "--json")).out) as { epoch: number };
      expect(beneath.epoch).not.toBe(epoch);
    },
  );

  systemTest(
    "a disk that is mounted over the data folder and whose journal cannot be opened ends the box, which says why",
    ["mosquitto"],
    async () => {
      const world = await createWorld();
      const { at, start, status, mount } = world;
      await liveOnce(world);
      const db = new Database(join(at("disk"), "box.sqlite"));
      db.exec("UPDATE schema_version SET version = 99");
      db.close();
      const box = start();
      await expect.poll(async () => (await status())?.broker.connected, PATIENCE).toBe(true);
      mount();
      const { code, err } = await box.ended;
      expect(code).toBe(1);
      expect(err).toMatch(/Le démarrage a échoué.*written by a newer version/s);
    },
  );

  systemTest(
    "a disk that is taken away under a box that runs is waited for: no journal is begun in its place",
    ["mosquitto"],
    async () => {
      const world = await createWorld("mnt/data");
      const { at, run, start, status, publish, mount, umount } = world;
      const epoch = await liveOnce(world);
      mount();
      const box = start();
      await expect.poll(async () => (await status())?.broker.connected, PATIENCE).toBe(true);
      umount();
      const problem = async () => JSON.parse((await run("status", "--json")).err).error.problem?.code;
      await expect.poll(problem, PATIENCE).toBe("disk-absent");
      expect(readdirSync(at("mnt"))).toEqual([]);
      const published = await publish();
      mount();
      await expectTheSame(world, epoch, published);
      expect(await box.stop()).toBe(0);
    },
  );
}
