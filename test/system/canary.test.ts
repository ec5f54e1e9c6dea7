/**
 * A key that must never be seen: it is imported, sealed, sent to the network server and backed up by the real programs, and then
 * looked for in everything they wrote, however it could be spelt.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSeal } from "../../device-registry/keys/index.ts";
import { startBroker } from "../../fixtures/broker.ts";
import { startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { BIN } from "../cli/bin.ts";

const CANARY = "c0ffee5eedcafe0123456789abcdef42";
const SESSION = { appSKey: "c0ffee5eedcafe0123456789abcdef43", nwkSKey: "c0ffee5eedcafe0123456789abcdef44" };
const [LAMP, SENSOR] = ["70b3d5e75e000042", "a81758fffe030001"];

/** As hex of both cases, grouped, as bytes in either order, as base64, and as UTF-16, in which V8 may keep a text. */
const spellings = [CANARY, ...Object.values(SESSION)].flatMap((hex) => {
  const bytes = Buffer.from(hex, "hex");
  const base64 = bytes.toString("base64").replace(/=+$/, "");
  return [
    bytes,
    Buffer.from(bytes).reverse(),
    Buffer.from(hex),
    Buffer.from(hex.toUpperCase()),
    Buffer.from(hex, "utf16le"),
    Buffer.from(hex.match(/../g)!.join(":")),
    Buffer.from(base64),
    Buffer.from(base64.replaceAll("+", "-").replaceAll("/", "_")),
  ];
});

const seenIn = (content: Buffer): boolean => spellings.some((spelling) => content.includes(spelling));

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beffroi-canary-"));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("close", () => resolve());
  });

/** Whether the kernel writes core dumps where the process stands. */
const dumpsHere = readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim() === "core";
const GCORE = "/usr/bin/gcore";

it.skipIf(!dumpsHere)(
  "the search does find a key in the dump of a process that does not keep its memory out",
  async () => {
    const crash = `const key = Buffer.from("${CANARY}", "hex"); process.abort(key);`;
    const script = 'ulimit -c unlimited; exec "$0" -e "$1"';
    await ended(spawn("/bin/sh", ["-c", script, process.execPath, crash], { cwd: folder, stdio: "ignore" }));
    const [core] = readdirSync(folder).filter((name) => name.startsWith("core"));
    expect(seenIn(readFileSync(join(folder, core!)))).toBe(true);
  },
  120_000,
);

it.skipIf(!dumpsHere)(
  "a key that was opened, and copied within messages of all lengths, stands in no register of a dump once the turn is over",
  async () => {
    const room = new URL("../../device-registry/keys/index.ts", import.meta.url).href;
    const sealed = createSeal(Buffer.alloc(32, 7)).close("lamp", Buffer.from(CANARY, "hex")).toString("hex");
    const deeds = [
      `createSeal(Buffer.alloc(32, 7)).open("lamp", Buffer.from("${sealed}", "hex"))`,
      // As text, once in each vector register.
      ...[200, 256, 512, 1_024, 4_096].map(
        (bytes) => `const key = ["${CANARY.slice(0, 9)}", "${CANARY.slice(9)}"].join("");
          SecretKey.parse(key);
          Buffer.from(Buffer.alloc(${bytes}, key))`,
      ),
    ];
    for (const [place, deed] of deeds.entries()) {
      const program = `
        import { createSeal, keepMemoryOutOfCoreDumps, SecretKey } from "${room}";
        keepMemoryOutOfCoreDumps();
        ${deed};
        // Not abort(), which does much before it ends.
        setImmediate(() => process.kill(process.pid, "SIGABRT"));`;
      const script = 'ulimit -c unlimited; exec "$0" --input-type=module -e "$1"';
      const cwd = join(folder, String(place));
      mkdirSync(cwd);
      await ended(spawn("/bin/sh", ["-c", script, process.execPath, program], { cwd, stdio: "ignore" }));
      const [core] = readdirSync(cwd).filter((name) => name.startsWith("core"));
      expect(seenIn(readFileSync(join(cwd, core!))), deed).toBe(false);
    }
  },
  120_000,
);

it("a planted key is found in no output, log, journal, backup, bundle, core dump or heap snapshot", async () => {
  const broker = await startBroker();
  const double = await startChirpStackDouble({ brokerUrl: broker.url, devices: [], gateways: [], api: { port: 0 } });
  const outputs: { what: string; content: Buffer }[] = [];
  try {
    writeFileSync(join(folder, "api.key"), `${double.api!.apiKey}\n`, { mode: 0o600 });
    writeFileSync(
      join(folder, "beffroi.toml"),
      `[box]\nname = "canary"\ndata = "data"\n[broker]\nurl = "${broker.url}"\n[chirpstack]\napi = "http://${double.api!.address}"\napi_key_file = "api.key"\n[log]\nlevel = "trace"\n`,
    );
    const list = join(folder, "list.csv");
    writeFileSync(
      list,
      [
        "DevEUI;modèle;référence;AppKey;DevAddr;AppSKey;NwkSKey",
        `${LAMP};nas-ul20xx;lamp:88383:042;${CANARY};;;`,
        `${SENSOR};elsys;room:88383:1;;01a3b2c4;${SESSION.appSKey};${SESSION.nwkSKey}`,
      ].join("\n"),
    );

    // Crashes may write their memory here.
    const gateway = spawn(
      "/bin/sh",
      ["-c", 'ulimit -c unlimited; exec "$0" "$@"', process.execPath, BIN, "gateway", "--json"],
      {
        cwd: folder,
        env: { ...process.env, NODE_OPTIONS: "--heapsnapshot-signal=SIGUSR2" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    running.push(gateway);
    /** What a person with a debugger writes, by the same filter; the registers of all threads are in it. */
    const takeDump = (after: string): void => {
      if (existsSync(GCORE)) {
        expect(spawnSync(GCORE, ["-o", `core.after-${after}`, String(gateway.pid)], { cwd: folder }).status).toBe(0);
        expect(existsSync(join(folder, `core.after-${after}.${gateway.pid}`))).toBe(true);
      } else expect(process.env.BEFFROI_SYSTEM_TESTS, "Debian package missing: gdb").not.toBe("required");
    };
    const logged: Buffer[] = [];
    gateway.stdout?.on("data", (part: Buffer) => void logged.push(part));
    gateway.stderr?.on("data", (part: Buffer) => void logged.push(part));
    await expect.poll(() => existsSync(join(folder, "data/control.sock")), { timeout: 40_000 }).toBe(true);

    const beffroi = async (exits: readonly number[], ...args: string[]): Promise<void> => {
      const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
      const parts: Buffer[] = [];
      child.stdout.on("data", (part: Buffer) => void parts.push(part));
      child.stderr.on("data", (part: Buffer) => void parts.push(part));
      await ended(child);
      const content = Buffer.concat(parts);
      outputs.push({ what: args.join(" "), content });
      expect(exits, `${args.join(" ")}: ${content}`).toContain(child.exitCode);
    };
    await beffroi([0], "device", "import", list, "--plan");
    await beffroi([0], "device", "import", list);
    takeDump("import");
    // Opens every key, to compare it with what the network server has.
    await beffroi([0], "network", "plan", "--json");
    takeDump("plan");
    await beffroi([0], "network", "apply", "--all");
    // It went where it belongs, or there would be nothing to look for.
    expect(double.api!.records.keys.need(LAMP).message.getNwkKey()).toBe(CANARY);
    expect(double.api!.records.activations.get(SENSOR)?.getAppSKey()).toBe(SESSION.appSKey);
    await beffroi([0], "network", "status");
    await beffroi([0], "device", "show", LAMP, "--json");
    await beffroi([0], "device", "list", "--json");
    await beffroi([0], "device", "export", join(folder, "export.csv"));
    await beffroi([0], "status", "--json");
    await beffroi([0], "backup", "box.backup", "--json");
    await beffroi([0, 1], "doctor", "--bundle", "bundle.json");
    // What a server says when it refuses must not bring a key back either.
    await beffroi([2], "device", "add", LAMP, "--model", CANARY);
    takeDump("all");

    // Everything that the program still holds on to, as V8 writes it.
    gateway.kill("SIGUSR2");
    const snapshot = () => readdirSync(folder).find((name) => name.endsWith(".heapsnapshot"));
    await expect.poll(snapshot, { timeout: 40_000 }).toBeDefined();
    await beffroi([0], "status", "--json");

    const before = readdirSync(folder);
    gateway.kill("SIGABRT");
    await ended(gateway);
    const core = readdirSync(folder).find((name) => !before.includes(name) && /core/.test(name));
    if (dumpsHere) expect(core).toBeDefined();

    rmSync(list);
    for (const { what, content } of outputs) if (!what.includes(CANARY)) expect(seenIn(content), what).toBe(false);
    expect(Buffer.concat(logged).includes('"level":'), "the log was written").toBe(true);
    expect(seenIn(Buffer.concat(logged)), "the gateway's log").toBe(false);
    // The snapshot does hold what the program knows: the API key that it reads again and again is no canary.
    expect(readFileSync(join(folder, snapshot()!)).includes("70b3d5e75e000042"), "the snapshot is whole").toBe(true);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const names = files.map((entry) => entry.name);
    for (const wanted of ["box.sqlite", "box.sqlite-wal", "box.backup", "bundle.json", "export.csv", "keys.root"])
      expect(names).toContain(wanted);
    for (const entry of files) {
      const content = readFileSync(join(entry.parentPath, entry.name));
      expect(seenIn(content), entry.name).toBe(false);
    }
  } finally {
    await double.stop();
    await broker.stop();
  }
}, 300_000);
