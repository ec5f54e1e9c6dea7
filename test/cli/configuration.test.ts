import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { exampleFile } from "../../cli/docs/configuration-page.ts";
import { generatedPages } from "../../cli/docs.ts";
import { type ConfigFault, loadConfig, parseConfig, redactedConfig } from "../../gateway/config.ts";
import { durationMs } from "../../gateway/config-duration.ts";
import { configKeys } from "../../gateway/config-schema.ts";
import { temporaryFolder } from "./bin.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const faultsOf = (source: string): readonly ConfigFault[] => {
  const result = parseConfig(source, folder.path);
  return result.ok ? [] : result.faults;
};
const configOf = (source: string) => {
  const result = parseConfig(source, folder.path);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.config;
};

test("a name is enough; everything else has its default", () => {
  expect(configOf('[box]\nname = "remiremont"\n')).toEqual({
    box: "remiremont",
    dataFolder: join(folder.path, "beffroi-data"),
    broker: { url: "mqtt://127.0.0.1:1883", clientId: "beffroi-remiremont", sessionExpirySeconds: 604_800 },
    commands: { confirmFrom: 20, communeConsent: false },
    commitDelayMs: 5_000,
    space: { limitBytes: 2e9, reserveBytes: 256e6, keepHours: 168 },
    logLevel: "info",
  });
});

test("the documented example is valid once its files exist, and names every key", () => {
  const example = exampleFile();
  const files = [...example.matchAll(/"(\/(?:etc|var\/lib\/beffroi)\/[^"]+)"/g)].map((match) => match[1]!);
  const here = files.reduce((text, file, n) => text.replace(`"${file}"`, `"file-${n}"`), example);
  for (const n of files.keys()) writeFileSync(join(folder.path, `file-${n}`), "s3cret\nsecond line\n");
  expect(faultsOf(here)).toMatchObject([{ code: "not-enrolled", key: "hypervisor.identity" }]);
  mkdirSync(join(folder.path, "beffroi-data"));
  const identityFile = join(folder.path, "beffroi-data", "identity.pem");
  writeFileSync(identityFile, "written by enroll\n");
  const config = configOf(here);
  rmSync(identityFile);
  expect(config.broker.password).toBe("s3cret");
  expect(config.hypervisor).toEqual({ url: "https://hypervisor.example.org:8443", identityFile });
  for (const { path } of configKeys().keys)
    expect(example).toMatch(new RegExp(`^(# )?${path.split(".").at(-1)} = `, "m"));
  // Each line that is commented out is a valid line too.
  const all = here.replace(/^# (\w+ = )/gm, "$1").replace(/^password = .*$/m, "");
  expect(faultsOf(all)).toEqual([]);
});

const isQuantity = (bounds: string | undefined): bounds is string => /^\d+\D+ … \d+\D+$/.test(bounds ?? "");

test("a duration or a size may be as small and as large as its bounds say, and no more", () => {
  const bounded = configKeys().keys.filter(({ bounds }) => isQuantity(bounds));
  expect(bounded.map(({ path }) => path)).toEqual(expect.arrayContaining(["journal.commit_delay", "journal.max_size"]));
  for (const { path, bounds } of bounded) {
    const [, table, key] = /^(.*)\.(.*)$/.exec(path)!;
    const faultsFor = (value: string) =>
      faultsOf(`[box]\nname = "x"\n[${table}]\n${key} = "${value}"\n`).filter((fault) => fault.key === path);
    const beyond = (edge: string, by: number): string => edge.replace(/\d+/, (number) => String(Number(number) + by));
    const [min, max] = bounds!.split(" … ") as [string, string];
    expect([...faultsFor(min), ...faultsFor(max)], path).toEqual([]);
    expect(faultsFor(beyond(max, 1)), `${path} above ${max}`).toHaveLength(1);
    if (!min.startsWith("0")) expect(faultsFor(beyond(min, -1)), `${path} below ${min}`).toHaveLength(1);
  }
});

test("what is printed has no password", () => {
  const config = configOf('[box]\nname = "x"\n[broker]\npassword = "hunter2"\n');
  expect(config.broker.password).toBe("hunter2");
  expect(JSON.stringify(redactedConfig(config))).not.toContain("hunter2");
});

describe("all faults at once", () => {
  test("with key, line, suggestion, and no secret", () => {
    const source = [
      "[box]",
      'nme = "x"',
      "[brocker]",
      "[broker]",
      'url = "http://u:hunter2@h"',
      'password = "hunter2"',
      'password_file = "absent"',
      'session_expiry = "1y"',
      "[hypervisor]",
      'url = "http://plain"',
    ].join("\n");
    const faults = faultsOf(source);
    expect(faults.map(({ code, key, line }) => [code, key, line])).toEqual([
      ["missing-key", "box.name", 1],
      ["unknown-key", "box.nme", 2],
      ["unknown-key", "brocker", 3],
      ["wrong-value", "broker.url", 5],
      ["not-together", "broker.password", 6],
      ["no-such-file", "broker.password_file", 7],
      ["wrong-value", "broker.session_expiry", 8],
      ["not-enrolled", "hypervisor.identity", 9],
      ["wrong-value", "hypervisor.url", 10],
    ]);
    expect(faults.find(({ key }) => key === "brocker")?.suggestion).toBe("broker");
    expect(JSON.stringify(faults)).not.toContain("hunter2");
  });

  test("a file that is no TOML says where; one that is missing says so", () => {
    expect(faultsOf('[box]\nname = "x\n')).toMatchObject([{ code: "not-toml", line: 2 }]);
    const missing = loadConfig(join(folder.path, "absent.toml"));
    expect(missing).toMatchObject({ ok: false, faults: [{ code: "file-missing" }] });
  });

  test("a data folder too deep for its socket is refused at once, not at the first connection", () => {
    expect(faultsOf(`[box]\nname = "x"\ndata = "${"d".repeat(120)}"\n`)).toMatchObject([
      { code: "path-too-long", line: 3 },
    ]);
  });

  test("whatever stands in a file, the answer is a configuration or faults, never a throw", () => {
    const value = fc.oneof(
      fc.string().map((text) => JSON.stringify(text)),
      fc.integer().map(String),
      fc.constantFrom("true", "[1]", "{a=1}", "1979-05-27"),
    );
    const keys = configKeys().keys.map((key) => key.path);
    const line = fc.tuple(
      fc.oneof(fc.constantFrom(...keys), fc.stringMatching(/^[a-z_]{1,12}(\.[a-z_]{1,12})?$/)),
      value,
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const result = parseConfig(lines.map(([key, text]) => `${key} = ${text}`).join("\n"), folder.path);
        expect(result.ok || result.faults.length > 0).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

test("durations", () => {
  expect(["500ms", "5s", "30m", "30min", "24h", "7d", "5 s"].map(durationMs)).toEqual([
    500, 5_000, 1_800_000, 1_800_000, 86_400_000, 604_800_000, 5_000,
  ]);
  for (const wrong of ["5", "", "s", "-5s", "1.5h", "5S", "9999999s"]) expect(durationMs(wrong), wrong).toBeUndefined();
});

test("the generated pages are current (`node cli/docs.ts` writes them)", async () => {
  for (const [name, content] of Object.entries(await generatedPages())) {
    const file = new URL(`../../docs/${name}`, import.meta.url);
    expect(existsSync(file), name).toBe(true);
    expect(readFileSync(file, "utf8"), name).toBe(content);
  }
});
