/** The people's door: what it answers, in which language, and what it refuses to a browser that was lured. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AssetsReply, CommandsReply, CommandView, Problem } from "../../api/schemas.ts";
import { Journal, readingOf } from "./batches.ts";
import { type EnrolledBox, lampEntries, type Region, startRegion } from "./region.ts";

const LAMP = "lamp:88383:042";
const consoleFolder = mkdtempSync(join(tmpdir(), "beffroi-console-"));
let region: Region;
let box: EnrolledBox;
let host: string;

beforeAll(async () => {
  mkdirSync(join(consoleFolder, "assets"));
  writeFileSync(join(consoleFolder, "index.html"), "<!doctype html><title>the page</title>");
  writeFileSync(join(consoleFolder, "assets", "main-1234.js"), "export {};");
  writeFileSync(join(consoleFolder, "..secret"), "no");
  region = await startRegion({ consoleFolder });
  host = new URL(region.hypervisor.pageUrl).host;
  box = await region.addBox({ name: "remiremont", communes: ["88383"] });
  const journal = new Journal("remiremont");
  journal.append(
    ...lampEntries(LAMP),
    ...lampEntries("lamp:88383:043", "70b3d57050004321"),
    readingOf({ asset: LAMP }),
  );
  await region.send(box, journal.batch(1, 5));
});
afterAll(async () => {
  await region?.stop();
  rmSync(consoleFolder, { recursive: true, force: true });
});

const problem = (body: string) => Problem.parse(JSON.parse(body));
const order = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  region.page("/api/v1/commands", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const dim = (changes: object = {}) => ({ target: LAMP, name: "dim", fields: { level: 50 }, ...changes });
const commandCount = async () =>
  CommandsReply.parse(JSON.parse((await region.page("/api/v1/commands?limit=1000")).body)).commands.length;

describe("a browser lured elsewhere", () => {
  const foreignHosts = [
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "2130706433",
    "0.0.0.0",
    "127.0.0.2",
    "localhost:80:80",
    "[::1",
    "evil@127.0.0.1",
  ];
  test.each(foreignHosts)("a rebound name (Host: %s) reaches neither page nor API", async (name) => {
    for (const path of ["/", "/api/v1/assets", "/api/v1/live", "/communes/88383"]) {
      const answer = await region.page(path, { headers: { host: name, accept: "text/html" } });
      expect(answer.status).toBe(403);
      expect(problem(answer.body).code).toBe("host-foreign");
    }
  });

  const foreignOrigins = [
    "https://evil.example",
    "null",
    "http://localhost:1",
    "http://127.0.0.1",
    "https://HOST",
    "file://",
    "http://HOST.evil.example",
  ];
  test.each(foreignOrigins)("another origin (%s) can neither steer nor read", async (pattern) => {
    const origin = pattern.replace("HOST", host);
    const before = await commandCount();
    for (const ask of [order(dim(), { origin }), region.page("/api/v1/assets", { headers: { origin } })]) {
      const answer = await ask;
      expect(answer.status).toBe(403);
      expect(problem(answer.body).code).toBe("origin-foreign");
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect(await commandCount()).toBe(before);
  });

  test("a form, an image or a script tag of another site gets nothing", async () => {
    const before = await commandCount();
    const plain = await order(JSON.stringify(dim()), { "content-type": "text/plain" });
    expect(plain.status).toBe(415);
    const form = await order("target=x", { "content-type": "application/x-www-form-urlencoded" });
    expect(form.status).toBe(415);
    for (const site of ["cross-site", "same-site"])
      expect((await region.page("/api/v1/assets", { headers: { "sec-fetch-site": site } })).status).toBe(403);
    expect((await region.page("/", { headers: { "sec-fetch-site": "cross-site", accept: "text/html" } })).status).toBe(
      200,
    );
    expect(
      (await region.page("/api/v1/commands", { method: "OPTIONS", headers: { origin: "https://evil.example" } }))
        .status,
    ).toBe(403);
    expect(await commandCount()).toBe(before);
  });

  test("the page's own requests pass, by each name of this machine and through a tunnel", async () => {
    for (const name of [host, host.replace("127.0.0.1", "localhost"), "localhost:9999", "[::1]:9999"]) {
      const headers = { host: name, origin: `http://${name}`, "sec-fetch-site": "same-origin" };
      expect((await region.page("/api/v1/boxes", { headers })).status).toBe(200);
    }
  });

  test("the door is on loopback only", async () => {
    const { networkInterfaces } = await import("node:os");
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each !== undefined && !each.internal && each.family === "IPv4");
    if (outside === undefined) return;
    const port = Number(new URL(region.hypervisor.pageUrl).port);
    const refused = await new Promise((resolve) => {
      const socket = createConnection(port, outside.address, () => resolve(false));
      socket.on("error", () => resolve(true));
      socket.setTimeout(2_000, () => resolve(true));
    });
    expect(refused).toBe(true);
  });
});

describe("the page", () => {
  test("deep links open it, files are served, nothing outside the folder is", async () => {
    const html = { accept: "text/html" };
    for (const path of ["/", "/communes/88383/assets/lamp:88383:042", "/boxes"]) {
      const answer = await region.page(path, { headers: html });
      expect([answer.status, answer.body]).toEqual([200, "<!doctype html><title>the page</title>"]);
      expect(answer.headers["cache-control"]).toBe("no-cache");
    }
    const script = await region.page("/assets/main-1234.js");
    expect(script.headers["cache-control"]).toContain("immutable");
    for (const path of [
      "/..secret/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/assets/..%2f..%2f..%2fetc%2fpasswd",
    ]) {
      const answer = await region.page(path);
      expect(answer.body).not.toContain("root:");
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    expect((await region.page("/api/v1/nothing", { headers: html })).status).toBe(404);
  });

  test("every reply carries the security headers", async () => {
    for (const path of ["/", "/api/v1/boxes", "/api/v1/nothing", "/assets/main-1234.js"]) {
      const { headers } = await region.page(path);
      expect(headers["content-security-policy"]).toContain("default-src 'self'");
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      // The map's plan is the one thing from elsewhere, and may only be fetched.
      expect(String(headers["content-security-policy"]).match(/[^;]*https?:[^;]*/g)).toEqual([
        " connect-src 'self' https://data.geopf.fr",
      ]);
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
  });
});

describe("the API", () => {
  test("refusals are told in the language asked for, French otherwise", async () => {
    const ask = async (language: string | undefined) =>
      problem(
        (
          await region.page("/api/v1/assets/lamp:1:1", {
            headers: language === undefined ? {} : { "accept-language": language },
          })
        ).body,
      );
    expect(await ask(undefined)).toMatchObject({ code: "asset-unknown", message: "L’équipement lamp:1:1 est inconnu" });
    expect((await ask("en-GB,en;q=0.9,fr;q=0.5")).message).toBe("The asset lamp:1:1 is unknown");
    expect((await ask("de,en;q=0.2,fr;q=0.8")).message).toContain("équipement");
    expect((await ask("de")).remedy).toContain("référence");
  });

  test("pages of assets follow each other without gap", async () => {
    const first = AssetsReply.parse(JSON.parse((await region.page("/api/v1/assets?commune=88383&limit=1")).body));
    expect(first.assets.map(({ ref }) => ref)).toEqual([LAMP]);
    const second = AssetsReply.parse(
      JSON.parse((await region.page(`/api/v1/assets?commune=88383&limit=1&after=${first.next}`)).body),
    );
    expect(second.assets.map(({ ref }) => ref)).toEqual(["lamp:88383:043"]);
    expect(second.next).toBeUndefined();
  });

  const refused: [string, unknown, number, string][] = [
    ["an unknown asset", dim({ target: "lamp:88383:999" }), 404, "asset-unknown"],
    ["an unknown command", dim({ name: "sing" }), 422, "command-not-offered"],
    ["a level out of range", dim({ fields: { level: 101 } }), 422, "command-field"],
    ["a level that is no number", dim({ fields: { level: "50" } }), 422, "command-field"],
    ["a missing field", dim({ fields: {} }), 422, "command-field"],
    ["a field too many", dim({ fields: { level: 1, colour: "red" } }), 422, "command-field"],
    [
      "a word that is no choice",
      dim({ name: "relay", fields: { state: "dim", hold: true, note: "" } }),
      422,
      "command-field",
    ],
    [
      "a switch that is a word",
      dim({ name: "relay", fields: { state: "on", hold: "yes", note: "" } }),
      422,
      "command-field",
    ],
    ["an unknown property", dim({ precedence: "safety" }), 400, "request-invalid"],
    ["an expiry of no length", dim({ expiresInSeconds: 0 }), 400, "request-invalid"],
    ["no JSON", "{", 400, "request-invalid"],
    ["a body too large", dim({ author: "x".repeat(70_000) }), 413, "body-too-large"],
  ];
  test.each(refused)("%s becomes no command", async (_what, body, status, code) => {
    const before = await commandCount();
    const answer = await order(body);
    expect([answer.status, problem(answer.body).code]).toEqual([status, code]);
    expect(problem(answer.body).message).not.toMatch(/[{}]|undefined/);
    expect(await commandCount()).toBe(before);
  });

  test.each([
    "/assets?limit=0",
    "/assets?limit=x",
    "/readings",
    "/readings?box=a&afterSeq=-1",
    `/assets/${LAMP}/series`,
    `/assets/${LAMP}/series?measurement=a&from=yesterday`,
  ])("%s is refused with its reason", async (path) => {
    const answer = await region.page(`/api/v1${path}`);
    expect([answer.status, problem(answer.body).code]).toEqual([400, "request-invalid"]);
  });

  test.each(["/commands/not-a-uuid", "/commands/0197f9aa-1111-4222-8333-123456789abf"])(
    "%s is not there",
    async (path) => {
      expect(problem((await region.page(`/api/v1${path}`)).body).code).toBe("command-unknown");
    },
  );

  test("what is done once can be read by its address", async () => {
    const placed = await order(dim({ author: "Élu" }));
    const command = CommandView.parse(JSON.parse(placed.body));
    const read = await region.page(String(placed.headers.location));
    expect(CommandView.parse(JSON.parse(read.body))).toEqual(command);
    expect(command).toMatchObject({ author: "Élu", steps: [{ state: "requested" }] });
  });
});
