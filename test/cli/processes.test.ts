import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Invitation } from "../../api/enrolment.ts";
import { JSON_OUTPUT } from "../../cli/json-output.ts";
import { readCode } from "../../cloud-sync/protocol/enrolment.ts";
import { BIN, beffroi, FRENCH, finished, start, temporaryFolder } from "./bin.ts";

/** A dozen processes one after the other, on a machine that has other work. */
const PROCESSES_MS_MAX = 120_000;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  // Port 1: nobody listens there, and a box must live with that.
  writeFileSync(
    join(folder.path, "beffroi.toml"),
    '[box]\nname = "remiremont"\ndata = "data"\n[broker]\nurl = "mqtt://127.0.0.1:1"\n[log]\nlevel = "error"\n',
  );
});
afterEach(() => folder.remove());

const here = (...args: string[]) => beffroi(args, { cwd: folder.path, env: FRENCH });

async function startGateway(ipc = false) {
  const child = start(["gateway", "--json"], { cwd: folder.path, env: FRENCH }, ipc);
  const ended = finished(child);
  const [first] = (await once(child.stdout!, "data")) as [string];
  expect(JSON.parse(first)).toMatchObject({ event: "ready", box: "remiremont" });
  return { child, ended };
}

test(
  "a device entered while the box is off is there when it runs; the box stops cleanly",
  async () => {
    const typed = ["device", "add", "70b3d5e75e01a2b3", "--model", "nas-ul20xx", "--asset", "lamp:88383:042", "--json"];
    const first = await here(...typed);
    expect(first.code).toBe(0);
    const added = JSON.parse(first.out);
    JSON_OUTPUT["device add"]!.schema.parse(added);
    expect(added).toMatchObject({ change: "added", running: false, device: { commune: "88383" } });
    expect(JSON.parse((await here(...typed)).out)).toMatchObject({ change: "unchanged", running: false });
    const other = await here("device", "add", "70b3d5e75e01ffff", "--model", "nas-ul20xx", "--asset", "lamp:88383:042");
    expect(other).toMatchObject({ code: 4, out: "" });

    const { child, ended } = await startGateway();
    try {
      expect(JSON.parse((await here(...typed)).out)).toMatchObject({ change: "unchanged", running: true });
      const { devices } = JSON.parse((await here("device", "list", "--json")).out);
      expect(devices).toMatchObject([{ devEui: "70b3d5e75e01a2b3", asset: "lamp:88383:042" }]);
      expect(await here("status")).toMatchObject({ code: 0 });
      const second = await here("gateway", "--json");
      expect(second.code).toBe(1);
      expect(JSON.parse(second.err).error).toMatchObject({ code: "box-in-use" });
    } finally {
      child.kill("SIGTERM");
    }
    const { code, out } = await ended;
    expect(code).toBe(0);
    const events = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON_OUTPUT.gateway!.schema.parse(JSON.parse(line)));
    expect(events).toMatchObject([{ event: "ready" }, { event: "stopping" }, { event: "stopped" }]);
    expect((await here("status")).code).toBe(3);
  },
  PROCESSES_MS_MAX,
);

/** Ports on which a process listens, as the kernel's tables have it (proc(5): state 0A of its sockets); Unix sockets are no ports. */
const portsOf = (pid: number): readonly string[] => {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return ""; // Closed meanwhile.
    }
  });
  const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((cells) => cells[3] === "0A" && own.has(cells[9] ?? ""))
      .map((cells) => cells[1]!),
  );
};

test(
  "a box opens no port: the region never comes to it",
  async () => {
    const { child, ended } = await startGateway();
    expect(portsOf(child.pid!)).toEqual([]);
    child.kill("SIGTERM");
    await ended;
    // Who listens is found.
    const listening = createServer();
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as { readonly port: number };
    const written = port.toString(16).toUpperCase().padStart(4, "0");
    expect(portsOf(process.pid).filter((each) => each.endsWith(`:${written}`))).toHaveLength(1);
    listening.close();
  },
  PROCESSES_MS_MAX,
);

test(
  "a box whose parent is gone stops by itself",
  async () => {
    const { child } = await startGateway(true);
    // Not `close`: it does not come for a child whose channel was closed from this side.
    const exited = once(child, "exit");
    child.disconnect();
    expect(await exited).toEqual([0, null]);
  },
  PROCESSES_MS_MAX,
);

/** Of one that stays. */
const ENDS_MS_MAX = 50_000;

/** What a process says that has to fail at its start, while its parent holds a channel to it open. */
async function failingStart(...args: readonly string[]): Promise<unknown> {
  const child = start([...args, "--json"], { cwd: folder.path, env: FRENCH }, true);
  let err = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const exited = once(child, "exit", { signal: AbortSignal.timeout(ENDS_MS_MAX) });
  expect(await exited.finally(() => child.kill("SIGKILL"))).toEqual([1, null]);
  return (JSON.parse(err.trimEnd().split("\n").at(-1)!) as { readonly error: unknown }).error;
}

test(
  "a box or a hypervisor whose start fails ends, also while its parent holds a channel to it open",
  async () => {
    writeFileSync(join(folder.path, "data"), "a file, where a folder has to be");
    expect(await failingStart("gateway")).toMatchObject({ code: "start-failed", cause: "EEXIST" });
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { readonly port: number };
    const line = ["hypervisor", "--data", "region", "--box-port", "0", "--port", `${port}`];
    expect(await failingStart(...line)).toMatchObject({
      code: "hypervisor-not-started",
      problem: { code: "port-busy" },
    });
    taken.close();
  },
  PROCESSES_MS_MAX,
);

test(
  "a box gets its code also while no hypervisor runs, and the code is written nowhere",
  async () => {
    const line = ["hypervisor", "box", "add", "--commune", "88383", "--data", "region"];
    const { code, out } = await here(...line, "--json");
    expect(code).toBe(0);
    const added = Invitation.parse(JSON.parse(out));
    JSON_OUTPUT["hypervisor box add"]!.schema.parse(added);
    expect(added).toMatchObject({ box: "commune-88383", communes: ["88383"] });
    expect(added).not.toHaveProperty("ticket");
    expect(readCode(added.code)).toMatchObject({ ok: true });
    const pattern = added.code.replaceAll("-", "-?");
    const { status, stdout } = spawnSync("grep", ["-rlaE", pattern, "."], { cwd: folder.path, encoding: "utf8" });
    expect([status, stdout]).toEqual([1, ""]);
  },
  PROCESSES_MS_MAX,
);

/** A Node before 24 on this machine's PATH, outside of the project; most developers still have one. */
function olderNode(): string | undefined {
  const places = (process.env.PATH ?? "").split(":").map((place) => join(place, "node"));
  return ["/usr/bin/node", ...places].find((node) => {
    if (node.includes("node_modules") || !existsSync(node)) return false;
    return Number(execFileSync(node, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" })) < 24;
  });
}

test.skipIf(olderNode() === undefined)(
  "under an older Node it finds the one npm brought (needs a Node before 24 on the PATH)",
  async () => {
    const { code, out, err } = await beffroi(["codec", "encode", "nas-ul20xx", "dim", '{"level":50}', "--json"], {
      node: olderNode()!,
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out).bytes).toBe("01fe32");
    expect((await beffroi(["satus"], { node: olderNode()! })).code).toBe(2);
    expect(BIN).toMatch(/\.js$/);
  },
);
