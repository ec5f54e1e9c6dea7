/** Starting and stopping: every refusal coded, nothing left open, acknowledged rows there after a kill. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, expect, test } from "vitest";
import { Invitation } from "../../api/enrolment.ts";
import { enrolBoxAt } from "../../fixtures/enrolled-box.ts";
import { completeConfig } from "../../hypervisor/config.ts";
import { askControl } from "../../hypervisor/control.ts";
import { HypervisorFault } from "../../hypervisor/faults.ts";
import { startHypervisor } from "../../hypervisor/main.ts";
import { problemOf } from "../../hypervisor/problem.ts";
import { lockFolder } from "../../hypervisor/store/folder-lock.ts";
import { checkTerritories, readTerritories } from "../../hypervisor/territories.ts";

const root = mkdtempSync(join(tmpdir(), "beffroi-start-"));
const log = pino({ level: "silent" });
const parts = { log, commandForms: () => [] };
const children: ChildProcess[] = [];
let folders = 0;
const newFolder = () => join(root, `data-${++folders}`);

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const holder = (file: string): Promise<ChildProcess> => {
  const lock = join(import.meta.dirname, "../../hypervisor/store/folder-lock.ts");
  const script = `const { lockFolder } = await import(${JSON.stringify(lock)}); lockFolder(${JSON.stringify(file)}); console.log("held"); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  return new Promise((resolve) => child.stdout?.once("data", () => resolve(child)));
};

test("a folder in use by another process is refused with its pid; one left by a killed process is taken", async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "store"), { recursive: true });
  const file = join(folder, "store", "lock");
  const child = await holder(file);
  const refused = startHypervisor({ dataFolder: folder, pagePort: 0, boxPort: 0 }, parts);
  await expect(refused).rejects.toMatchObject({ code: "folder-locked", detail: { pid: child.pid } });
  const gone = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  lockFolder(file)();
});

test("a data folder that is a file, or in which nothing can be made, is told as such, and nothing stays behind", async () => {
  const folder = newFolder();
  mkdirSync(folder);
  const file = join(folder, "file");
  writeFileSync(file, "");
  const startAt = (dataFolder: string) => startHypervisor({ dataFolder, pagePort: 0, boxPort: 0 }, parts);
  await expect(startAt(file)).rejects.toMatchObject({ code: "folder-unusable", detail: { folder: file } });
  // The store's folder cannot be made, once the lock is held.
  const data = join(folder, "data");
  mkdirSync(data);
  writeFileSync(join(data, "store"), "");
  await expect(startAt(data)).rejects.toMatchObject({ code: "folder-unusable", detail: { folder: data } });
  expect(readdirSync(data)).toEqual(["store"]);
});

test("the lock is refused to its own process, and a reused pid does not hold it", () => {
  const file = join(root, "lock-reused");
  const unlock = lockFolder(file);
  expect(() => lockFolder(file)).toThrow("folder-locked");
  unlock();
  writeFileSync(file, `${process.pid} 1\n`);
  lockFolder(file)();
  writeFileSync(file, "");
  lockFolder(file)();
});

test("a busy port is named, and nothing stays open behind it", { timeout: 120_000 }, async () => {
  const blocker = createServer();
  const port = await new Promise<number>((resolve) => {
    blocker.listen(0, "127.0.0.1", () => {
      const address = blocker.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const folder = newFolder();
  const config = { dataFolder: folder, boxPort: 0, boxAddress: "127.0.0.1" };
  await expect(startHypervisor({ ...config, pagePort: port }, parts)).rejects.toMatchObject({
    code: "port-busy",
    detail: { port, flag: "--port" },
  });
  const second = await startHypervisor({ ...config, pagePort: 0 }, parts);
  const invite = (name: string) => {
    const body = { name, communes: ["88158"], validMs: 60_000 };
    const asked = { method: "POST", path: "/boxes", body, reply: Invitation } as const;
    return askControl(join(folder, "hypervisor.sock"), asked, "fr");
  };
  expect(await invite("eloyes")).toMatchObject({ ok: true, value: { box: "eloyes", url: second.boxUrl } });
  expect(await invite("NO")).toMatchObject({ ok: false, problem: { code: "request-invalid" } });
  const { fingerprint } = second;
  await Promise.all([second.stop(), second.stop()]);
  // The same data and authority after a stop.
  const third = await startHypervisor({ ...config, pagePort: 0 }, parts);
  expect(third.fingerprint).toBe(fingerprint);
  const other = { name: "eloyes", communes: ["88383"], validMs: 60_000 };
  await expect(third.invite(other)).rejects.toMatchObject({ code: "box-exists" });
  await third.stop();
  blocker.close();
});

test("all faults of a configuration are told at once", () => {
  const faulty = { dataFolder: "", pagePort: 70_000, databaseUrl: "mysql://x", hostNames: ["a b"], colour: "red" };
  try {
    completeConfig(faulty);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(HypervisorFault);
    const { faults } = (error as HypervisorFault).detail;
    for (const key of ["dataFolder", "pagePort", "databaseUrl", "hostNames", "colour"]) expect(faults).toContain(key);
  }
  expect(completeConfig({ dataFolder: "x" })).toMatchObject({ pagePort: 8400, boxPort: 8443, hostNames: [] });
});

test("a database that does not answer is told so, without its password", async () => {
  const start = startHypervisor(
    { dataFolder: newFolder(), pagePort: 0, boxPort: 0, databaseUrl: "postgres://me:secret@127.0.0.1:1/x" },
    parts,
  );
  const error: unknown = await start.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "store-unreachable" });
  expect(JSON.stringify(problemOf(error as HypervisorFault, "fr"))).not.toContain("secret");
});

test("an authority that is not there, as on a disk not mounted, is not replaced once a box is enrolled under it", {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const config = { dataFolder: folder, pagePort: 0, boxPort: 0, boxAddress: "127.0.0.1" };
  const first = await startHypervisor(config, parts);
  await first.invite({ name: "eloyes", communes: ["88158"], validMs: 60_000 });
  await first.stop();
  const [authority, aside] = [join(folder, "authority"), join(folder, "aside")];
  // Nobody holds a certificate of it yet.
  rmSync(authority, { recursive: true });
  const second = await startHypervisor(config, parts);
  await enrolBoxAt(folder, { name: "rupt", communes: ["88408"] });
  await second.stop();
  renameSync(authority, aside);
  await expect(startHypervisor(config, parts)).rejects.toMatchObject({ code: "authority-missing" });
  expect(existsSync(authority)).toBe(false);
  renameSync(aside, authority);
  const third = await startHypervisor(config, parts);
  expect(third.fingerprint).toBe(second.fingerprint);
  await third.stop();
});

test("an authority whose key is lost is not replaced in silence", async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "authority"), { recursive: true });
  writeFileSync(join(folder, "authority", "ca.pem"), "no certificate");
  await expect(startHypervisor({ dataFolder: folder }, parts)).rejects.toMatchObject({ code: "authority-broken" });
});

test("territories: every fault of the file is named", () => {
  const commune = { insee: "88383", name: "Remiremont" };
  const whole = (communes: unknown[]) => ({ region: "R", territories: [{ id: "t", name: "T", communes }] });
  expect(checkTerritories(whole([commune, { ...commune, insee: "2A004" }]))).toBeDefined();
  expect(() => checkTerritories(whole([commune, commune]))).toThrow("88383 ×2");
  expect(() => checkTerritories(whole([{ insee: "883", name: "" }]))).toThrow(/insee.*name/);
  expect(() => readTerritories(join(root, "missing.json"))).toThrow("territories-invalid");
});
