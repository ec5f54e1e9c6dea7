/** `hypervisor box add` and `enroll` as people run them: the real program in processes of its own, against a whole hypervisor. */
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { AdmittedBoxes } from "../../api/enrolment.ts";
import { codesInPicture } from "../../cli/label-picture.ts";
import { qrLines } from "../../cli/terminal/qr.ts";
import { readCode, readTicket } from "../../cloud-sync/protocol/enrolment.ts";
import { loadConfig } from "../../gateway/config.ts";
import { DATA_FOLDER_DEFAULT } from "../../gateway/config-schema.ts";
import { readIdentity } from "../../gateway/identity.ts";
import { askControl } from "../../hypervisor/control.ts";
import { type Region, startRegion } from "../hypervisor/region.ts";
import { beffroi, FRENCH, finished, type Ran, start, temporaryFolder } from "./bin.ts";

const DIES_AT = fileURLToPath(new URL("dies-at.mjs", import.meta.url));

let region: Region;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  region = await startRegion();
});
afterAll(() => region?.stop());
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const regionData = () => join(region.folder, "data");

const admitted = async (name: string) => {
  const asked = { method: "GET", path: "/boxes", reply: AdmittedBoxes } as const;
  const answer = await askControl(join(regionData(), "hypervisor.sock"), asked, "fr");
  if (!answer.ok) throw new Error(answer.problem.code);
  return answer.value.boxes.find(({ box }) => box === name);
};

const invite = (name: string) => region.hypervisor.invite({ name, communes: ["88383"], validMs: 3_600_000 });
const enroll = (...args: string[]): Promise<Ran> => beffroi(["enroll", ...args], { cwd: folder.path, env: FRENCH });

/** A picture of what stands in the terminal: each sign is two points, one above the other. */
const pictureOf = (lines: readonly string[], scale = 4): Buffer => {
  const rows = lines.flatMap((line) =>
    ["▀", "▄"].map((half) => [...line].map((sign) => sign === "█" || sign === half)),
  );
  const width = Math.max(...rows.map((row) => row.length)) * scale;
  const pixels = rows.flatMap((row) =>
    Array<Buffer>(scale).fill(
      Buffer.concat([Buffer.from([0]), Buffer.from(row.flatMap((dark) => Array<number>(scale).fill(dark ? 0 : 255)))]),
    ),
  );
  return pngOf(width, rows.length * scale, Buffer.concat(pixels));
};

/** Greyscale, 8 bits (PNG, W3C, §11). */
const pngOf = (width: number, height: number, lines: Buffer): Buffer => {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(lines)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
};

const readBack = async (lines: readonly string[]): Promise<readonly string[]> => {
  const file = join(folder.path, "screen.png");
  writeFileSync(file, pictureOf(lines));
  return codesInPicture(file);
};

test("the QR code that is printed is read back, and what it holds enrols the box", async () => {
  const add = ["hypervisor", "box", "add", "printed", "--commune", "88383", "--data", regionData()];
  const { code, out } = await beffroi(add, { env: { ...FRENCH, COLUMNS: "80" } });
  expect(code).toBe(0);
  const drawn = out.split("\n").filter((line) => /^[ ▀▄█]{25,}$/.test(line));
  expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(80);
  const [ticket = "", ...more] = await readBack(drawn);
  expect(more).toEqual([]);
  expect(out).toContain(`beffroi enroll ${ticket}\n`);
  const read = readTicket(ticket);
  const [printed] = /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/.exec(out) ?? [""];
  expect(read).toMatchObject({
    code: (readCode(printed) as { code: string }).code,
    pin: region.hypervisor.fingerprint,
  });

  const done = await enroll(ticket.toLowerCase(), "--json");
  expect(done).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(done.out)).toMatchObject({ box: "printed", communes: ["88383"] });
  expect(await admitted("printed")).toMatchObject({ state: "enrolled" });
  expect(statSync(join(folder.path, DATA_FOLDER_DEFAULT, "identity.pem")).mode & 0o077).toBe(0);
});

test("in colour too, and up to the longest address", async () => {
  for (const host of ["region.example.org:8443", `${"a".repeat(60)}.${"b".repeat(60)}.example.org:8443`]) {
    const text = `BEFFROI1:${"7".repeat(16)}:${"A".repeat(64)}:${host.toUpperCase()}`;
    const coloured = qrLines(text, true);
    const [before, after] = ["\u001b[30;107m", "\u001b[0m"];
    expect(coloured.every((line) => line.startsWith(before) && line.endsWith(after))).toBe(true);
    const lines = coloured.map((line) => line.slice(before.length, -after.length));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(await readBack(lines)).toEqual([text]);
  }
});

/** Runs `enroll` until it dies at that step; undefined: lists the steps of a run that is not disturbed. */
const dying = async (code: string, at?: string) => {
  const env = {
    ...FRENCH,
    NODE_OPTIONS: `--import=${DIES_AT}`,
    ...(at === undefined ? { STEPS_FILE: join(folder.path, "steps") } : { DIES_AT: at }),
  };
  const line = ["enroll", code, "--hypervisor", region.hypervisor.boxUrl];
  const child = start(line, { cwd: folder.path, env });
  const exited = once(child, "exit");
  const ran = await finished(child);
  const [, signal] = await exited;
  return { ...ran, signal };
};

test("killed at any step of its writing, the same line again ends an enrolment well", async () => {
  const undisturbed = await dying((await invite("whole")).code);
  expect(undisturbed).toMatchObject({ code: 0, err: "" });
  const steps = readFileSync(join(folder.path, "steps"), "utf8").trim().split("\n");
  expect(steps).toEqual([
    ...["open", "write"].map((each) => `${each} identity.begun.pem.new`),
    "rename identity.begun.pem",
    ...["open", "write"].map((each) => `${each} beffroi.toml.new`),
    "rename beffroi.toml",
    ...["open", "write"].map((each) => `${each} identity.pem.new`),
    "rename identity.pem",
    "rm identity.begun.pem",
  ]);

  folder.remove();
  mkdirSync(folder.path);
  const { code } = await invite("killed");
  const spentAfter = steps.indexOf("rename identity.begun.pem");
  for (const [index, at] of steps.entries()) {
    expect(await dying(code, at), at).toMatchObject({ signal: "SIGKILL" });
    // The region gave the certificate away, and the box had not stored it yet.
    expect((await admitted("killed"))?.state, at).toBe(index > spentAfter ? "enrolled" : "invited");
    expect(existsSync(join(folder.path, DATA_FOLDER_DEFAULT, "identity.pem")), at).toBe(at === "rm identity.begun.pem");
  }
  const ended = await enroll(code, "--hypervisor", region.hypervisor.boxUrl);
  expect(ended).toMatchObject({ code: 0, err: "" });
  expect(ended.out).toContain("killed");
  const identity = readIdentity(join(folder.path, DATA_FOLDER_DEFAULT, "identity.pem"));
  // One enrolment, however often it was begun.
  expect(identity.cert).toBeDefined();
  const path = "/v1/boxes/killed/commands?wait=0";
  const served = { key: identity.key, certificate: identity.cert, ca: identity.ca };
  expect((await region.box(served, path)).status).toBe(200);
  expect(readdirSync(folder.path).sort()).toEqual(["beffroi.toml", DATA_FOLDER_DEFAULT].sort());
  expect(readdirSync(join(folder.path, DATA_FOLDER_DEFAULT))).toEqual(["identity.pem"]);
  expect(loadConfig(join(folder.path, "beffroi.toml"))).toMatchObject({ ok: true, config: { box: "killed" } });
  // Once it is over, the same line is refused: nothing is lost by typing it again.
  const again = await enroll(code, "--hypervisor", region.hypervisor.boxUrl, "--json");
  expect([again.code, JSON.parse(again.err).error.code]).toEqual([1, "already-enrolled"]);
});

test("a box's own configuration keeps what it says: another box's code, another region and a wrong sign are refused", async () => {
  const config = join(folder.path, "beffroi.toml");
  const text = '# La mairie\n[box]\nname = "remiremont"\ndata = "data"\n[broker]\nurl = "mqtt://127.0.0.1:1"\n';
  writeFileSync(config, text, { mode: 0o640 });
  const faultOf = ({ err }: Ran): string => JSON.parse(err).error.code;
  const there = ["--hypervisor", region.hypervisor.boxUrl, "--json"];

  // A code for another commune's box.
  const other = await invite("eloyes");
  const named = await enroll(other.code, ...there);
  expect([named.code, faultOf(named)]).toEqual([1, "box-named-otherwise"]);
  expect(await admitted("eloyes")).toMatchObject({ state: "invited" });
  expect(readFileSync(config, "utf8")).toBe(text);

  const { code } = await invite("remiremont");
  const wrong = `${code.slice(0, -1)}${code.endsWith("0") ? "1" : "0"}`;
  const mistyped = await enroll(wrong, ...there);
  expect([mistyped.code, faultOf(mistyped)]).toEqual([2, "wrong-code"]);

  expect(await enroll(...code.split("-"), ...there)).toMatchObject({ code: 0 });
  expect(readFileSync(config, "utf8")).toBe(`${text}\n[hypervisor]\nurl = "${region.hypervisor.boxUrl}"\n`);
  expect(statSync(config).mode & 0o777).toBe(0o640);
  const elsewhere = await enroll(code, "--hypervisor", "https://127.0.0.1:1", "--json");
  expect(faultOf(elsewhere)).toBe("region-otherwise");

  // Somebody else with the same code, at another box.
  const used = await enroll(code, ...there, "--config", join(folder.path, "second", "beffroi.toml"));
  expect([used.code, faultOf(used)]).toEqual([4, "enrolment-refused"]);
  expect(JSON.parse(used.err).error.problem.code).toBe("code-used");
  expect(existsSync(join(folder.path, "second", DATA_FOLDER_DEFAULT, "identity.pem"))).toBe(false);
});

test("a box with assets of another commune is refused before the code is used; one that has nothing becomes what the code says", async () => {
  const bare = await enroll((await invite("bare")).code, "--hypervisor", region.hypervisor.boxUrl);
  expect(bare).toMatchObject({ code: 0 });
  expect(bare.out).toContain("bare");
  expect(bare.out).toContain("88383");

  const lamp = ["device", "add", "70b3d5e75e01a2b3", "--model", "nas-ul20xx", "--asset", "lamp:88160:042"];
  expect(await beffroi([...lamp, "--data", "old"], { cwd: folder.path, env: FRENCH })).toMatchObject({ code: 0 });
  const text = '[box]\nname = "elsewhere"\ndata = "old"\n[broker]\nurl = "mqtt://127.0.0.1:1"\n';
  writeFileSync(join(folder.path, "other.toml"), text);
  const there = ["--hypervisor", region.hypervisor.boxUrl, "--config", "other.toml"];
  const { code } = await invite("elsewhere");
  const refused = await enroll(code, ...there);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("88160");
  expect(await admitted("elsewhere")).toMatchObject({ state: "invited" });
  expect(readFileSync(join(folder.path, "other.toml"), "utf8")).toBe(text);

  // The region names both communes: the same box is welcome.
  const both = await region.hypervisor.invite({ name: "both", communes: ["88160", "88383"], validMs: 3_600_000 });
  writeFileSync(join(folder.path, "other.toml"), text.replace("elsewhere", "both"));
  expect(await enroll(both.code, ...there)).toMatchObject({ code: 0 });
});
