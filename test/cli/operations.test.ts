import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NetworkPlan } from "../../api/network.ts";
import type { Cli, Terminal } from "../../cli/cli.ts";
import { findingLines } from "../../cli/doctor-lines.ts";
import { loadSay } from "../../cli/language.ts";
import { planLines } from "../../cli/network-lines.ts";
import { openQuestions } from "../../cli/terminal/ask.ts";
import { createProgress } from "../../cli/terminal/progress.ts";
import { displayWidth } from "../../cli/terminal/width.ts";
import { FINDING_CODES, type Finding } from "../../gateway/doctor/words.ts";
import { placeholdersOf } from "../../texts/catalogue.ts";
import { fr } from "../../texts/cli/fr.ts";
import { freePort } from "../gateway/brokers.ts";
import { beffroi, FRENCH, temporaryFolder } from "./bin.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const at = (name: string): string => join(folder.path, name);

/** A terminal that remembers. */
const terminal = (columns = 80): Terminal & { readonly text: () => string } => {
  let text = "";
  const write = (more: string): void => {
    text += more;
  };
  return {
    write,
    line: (more = "") => write(`${more}\n`),
    prose: (more) => write(`${more}\n`),
    drained: async (more) => write(more),
    columns,
    interactive: true,
    paint: (_style, more) => more,
    text: () => text,
  };
};

const cliIn = async (language: "fr" | "en"): Promise<Cli> => ({
  language,
  say: await loadSay(language),
  env: {},
  cwd: folder.path,
  out: terminal(),
  err: terminal(),
  now: () => 0,
});

describe("at 80 columns, in both languages", () => {
  test("every finding says what it is; one that is not well, what it means and what to do", async () => {
    const texts: Readonly<Record<string, string>> = fr;
    const values = (code: string) =>
      Object.fromEntries(
        ["", ".means", ".todo"]
          .flatMap((part) => placeholdersOf(texts[`doctor.${code}${part}`] ?? ""))
          .map((name) => [name, name === "n" ? 2 : `a value of ${name} that is rather long for a line`]),
      );
    const findings = FINDING_CODES.map((code): Finding => {
      const health = texts[`doctor.${code}.means`] === undefined ? "good" : "bad";
      const repair = { file: "x", restart: "mosquitto", mend: (text: string) => text } as const;
      return { area: "box", code, health, values: values(code), repair };
    });
    for (const language of ["fr", "en"] as const) {
      const lines = findingLines(await cliIn(language), findings, false);
      expect(lines.filter((line) => /^[✓✗]/.test(line))).toHaveLength(FINDING_CODES.length);
      for (const line of lines) {
        expect(displayWidth(line), line).toBeLessThanOrEqual(80);
        expect(line).not.toMatch(/undefined|\{\w+\}/);
      }
    }
  });

  test("a plan is cut to what can be read, and its sums are whole", async () => {
    const steps: NetworkPlan["plan"]["steps"] = [
      ...Array.from(
        { length: 300 },
        (_, i) => ({ verb: "create", kind: "device", id: `${i}`.padStart(16, "0"), changes: [] }) as const,
      ),
      {
        verb: "update",
        kind: "profile",
        id: `${"a long name of a profile ".repeat(6)}`,
        changes: [{ field: "intervalSeconds", from: 3_600, to: `${"x".repeat(120)}` }],
      },
      { verb: "learn", kind: "keys", id: "f".repeat(16), changes: [] },
    ];
    const remarks = Array.from({ length: 40 }, (_, i) => ({ code: "must-rejoin", id: `${i}`.padStart(16, "e") }));
    const planned = {
      tenant: "t",
      devices: { declared: 300, standing: 0, heard: 0 },
      plan: { steps, remarks, unchanged: 7 },
    };
    const cli = await cliIn("fr");
    const lines = planLines(cli, planned, false);
    for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThan(45);
    const text = lines.join("\n").replaceAll("\u00a0", " ");
    for (const part of [
      "300 à créer",
      "1 à modifier",
      "1 à reprendre",
      "7 en place",
      "… et 290 autres",
      "40 appareils doivent rejoindre",
    ])
      expect(text).toContain(part);
    expect(planLines(cli, planned, true).length).toBeGreaterThan(340);
  });

  test("progress is one line that is wiped, and silence for what is done at once", () => {
    const screen = terminal();
    let now = 0;
    const bar = createProgress(screen, () => now);
    bar.update("Inscription", 1, 10_000);
    expect(screen.text()).toBe("");
    for (now = 600; now < 1_000; now += 10) bar.update("Inscription", now, 10_000);
    expect(screen.text().split("\r").length).toBeLessThan(8);
    for (const part of screen.text().split("\r")) expect(displayWidth(part)).toBeLessThan(80);
    bar.end();
    expect(screen.text()).toMatch(/\r +\r$/);
  });
});

test("a secret that is typed is not shown; nobody is asked where nobody sits", async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const screen = terminal();
  const questions = openQuestions(screen, input as unknown as NodeJS.ReadStream)!;
  const secret = questions.askSecret("Phrase :");
  input.write("cloche et beffroi\n");
  expect(await secret).toBe("cloche et beffroi");
  const open = questions.ask("Commune ?", "remiremont");
  input.write("\n");
  expect(await open).toBe("remiremont");
  questions.close();
  expect(screen.text()).toContain("Phrase :");
  expect(screen.text()).not.toContain("cloche");
  expect(openQuestions(screen, new PassThrough() as unknown as NodeJS.ReadStream)).toBeUndefined();
});

describe("a box from nothing", () => {
  const run = (...args: string[]) => beffroi(args, { cwd: folder.path, env: FRENCH });
  let api: string;
  beforeAll(async () => {
    api = `http://127.0.0.1:${await freePort()}`;
    writeFileSync(at("api.key"), "some-key\n", { mode: 0o600 });
  });

  test("init writes a file that config check accepts, and never over one", async () => {
    const made = await run(
      "init",
      "--commune",
      "Éloyes",
      "--api",
      api,
      "--api-key-file",
      "api.key",
      "--data",
      "data",
      "--yes",
    );
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toContain("Écrit :");
    expect(readFileSync(at("beffroi.toml"), "utf8")).toContain('name = "eloyes"');
    const checked = await run("config", "check", "--json");
    expect(JSON.parse(checked.out)).toMatchObject({ valid: true, config: { box: "eloyes", chirpstack: { api } } });
    const again = await run("init", "--yes", "--json");
    expect(again.code).toBe(1);
    expect(JSON.parse(again.err)).toMatchObject({ error: { code: "file-in-the-way" } });
  });

  test("init takes the key of one tenant, and names that tenant", async () => {
    const tenant = "52f14cd4-c6f1-4fbd-8f87-4025e1d49242";
    const flags = ["--commune", "Éloyes", "--api", api, "--api-key-file", "api.key", "--yes"];
    expect(await run("init", "tenant.toml", ...flags, "--tenant", tenant)).toMatchObject({ code: 0, err: "" });
    const checked = await run("config", "check", "tenant.toml", "--json");
    expect(JSON.parse(checked.out)).toMatchObject({ valid: true, config: { chirpstack: { tenantId: tenant } } });
    const wrong = await run("init", "wrong.toml", ...flags, "--tenant", "FUTE");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("tenant_id");
    expect(existsSync(at("wrong.toml"))).toBe(false);
  });

  test("init says how it names the box of a commune it does not know", async () => {
    const made = await run("init", "other.toml", "--commune", "Xyzzy sur Meuse", "--yes");
    expect(made.code).toBe(0);
    expect(made.err).toContain("Xyzzy sur Meuse");
    expect(made.err).toContain("xyzzy-sur-meuse");
    expect(readFileSync(at("other.toml"), "utf8")).toContain('name = "xyzzy-sur-meuse"');
  });

  test("network says who does not answer, backup and restore what is not there", async () => {
    const planned = await run("network", "plan");
    expect(planned.code).toBe(3);
    expect(planned.err).toContain("ne répond pas");
    expect(planned.err).not.toMatch(/Resolution note|UNAVAILABLE/);
    const nowhere = await run("backup", "nowhere/eloyes.backup");
    expect(nowhere.code).toBe(1);
    expect(nowhere.err).not.toContain("better-sqlite3");
    expect((await run("restore", "api.key")).err).toContain("ce n’est pas la copie d’un boîtier");
    const copied = await run("backup", "eloyes.backup", "--json");
    expect(JSON.parse(copied.out)).toMatchObject({ box: "eloyes", keys: "none", devices: 0 });
    const back = await run("restore", "eloyes.backup");
    expect(back).toMatchObject({ code: 0, err: "" });
    expect(back.out).toContain("Ce boîtier travaille seul");
    expect(readdirSync(at("data")).some((name) => name.includes("before-restore"))).toBe(true);
  });

  test("doctor finds, repairs once, and writes a bundle that opens no door", async () => {
    writeFileSync(at("mosquitto.conf"), "listener 1883 127.0.0.1\nallow_anonymous true\n");
    writeFileSync(
      at("chirpstack.toml"),
      '[integration.mqtt]\nqos = 0\npassword = "never-shown"\n[api]\nsecret = "never-shown-either"\n',
    );
    chmodSync(at("api.key"), 0o644);
    const files = ["--chirpstack", folder.path, "--mosquitto", at("mosquitto.conf")];
    const first = await run("doctor", ...files, "--repair", "--bundle", "bundle.json", "--json");
    expect(first.code).toBe(1);
    const report = JSON.parse(first.out) as {
      repaired: { copy: string; mended: string[] }[];
      findings: { code: string; health: string }[];
    };
    expect(report.repaired.map(({ mended }) => mended.length).sort()).toEqual([3, 3]);
    expect(report.repaired.every(({ copy }) => existsSync(copy))).toBe(true);
    const bad = report.findings.filter(({ health }) => health === "bad").map(({ code }) => code);
    expect(bad).toContain("api-key-exposed");
    expect(bad.filter((code) => /^(?:chirpstack|broker)-/.test(code))).toEqual([]);
    expect(JSON.parse(first.err)).toMatchObject({ error: { code: "doctor-found", exit: 1 } });
    const bundle = readFileSync(at("bundle.json"), "utf8");
    expect(JSON.parse(bundle)).toMatchObject({ bundle: 1, config: { box: "eloyes" } });
    expect(bundle).not.toMatch(/never-shown|some-key/);
    const second = await run("doctor", ...files, "--repair");
    expect(second.out).toContain("Rien à réparer dans les fichiers");
  });
});
