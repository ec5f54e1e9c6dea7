import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ErrorJson } from "../../cli/json-output.ts";
import { beffroi, FRENCH, temporaryFolder } from "./bin.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const inFolder = { cwd: folder.path, env: FRENCH };

/** What was typed, the exit code, the fault's code, and what the answer must contain. */
const CASES: readonly (readonly [line: string[], exit: number, code: string, helps: RegExp])[] = [
  [["satus"], 2, "unknown-command", /« beffroi status » \?/],
  [["decode"], 2, "unknown-command", /« beffroi codec decode » \?/],
  [["codec", "decod", "x"], 2, "unknown-command", /« beffroi codec decode » \?/],
  [["hypervisor", "bix"], 2, "unknown-command", /« beffroi hypervisor box » \?/],
  [["zzzzzzzz"], 2, "unknown-command", /beffroi --help/],
  [["status", "--jsno"], 2, "unknown-option", /« --json » \?/],
  [["status", "--json", "--data"], 2, "option-without-value", /beffroi status --help/],
  [["status", "extra"], 2, "too-many-arguments", /« extra » est de trop/],
  [["codec", "show"], 2, "missing-argument", /<modèle>/],
  [["codec", "decode", "elsys", "00"], 2, "missing-option", /--port/],
  [["codec", "decode", "milesight-em40", "0175", "--port", "85"], 2, "unknown-model", /« milesight-em400 » \?/],
  [["codec", "decode", "em401", "0175", "--port", "85"], 2, "unknown-model", /« milesight-em400 » \?/],
  [["codec", "decode", "em40", "0175", "--port", "85"], 2, "unknown-model", /« milesight-em400 » \?/],
  [["codec", "decode", "elsys", "0g", "--port", "5"], 2, "wrong-hex", /« g »/],
  [["codec", "decode", "elsys", "012", "--port", "5"], 2, "wrong-hex", /3 signes/],
  [["codec", "decode", "elsys", "", "--port", "5"], 2, "wrong-hex", /vide/],
  [["codec", "decode", "elsys", "01", "--port", "256"], 2, "wrong-port", /de 1 à 255/],
  [["codec", "decode", "elsys", "%%", "--base64", "--port", "5"], 2, "wrong-base64", /base64/],
  [["codec", "encode", "nas-ul20xx", "dimm"], 2, "unknown-codec-command", /« dim » \?/],
  [["codec", "encode", "nas-ul20xx", "dim", "{level:50}"], 2, "wrong-json", /'\{"level":50\}'/],
  [["codec", "encode", "nas-ul20xx", "dim", "[50]"], 2, "wrong-json", /par leur nom/],
  [["device", "add", "123", "--model", "elsys"], 2, "wrong-deveui", /16 chiffres/],
  [["device", "add", "70b3d5e75e01a2b3", "--model", "nas"], 2, "unknown-model", /« nas-ul20xx » \?/],
  [["device", "add", "70b3d5e75e01a2b3", "--model", "elsys", "--asset", "room-1"], 2, "wrong-asset", /lamp:88383:042/],
  [
    ["device", "add", "70b3d5e75e01a2b3", "--model", "elsys", "--asset", "romm:88383:1"],
    2,
    "wrong-kind",
    /« room » \?/,
  ],
  [
    ["device", "add", "70b3d5e75e01a2b3", "--model", "nas-ul20xx", "--asset", "room:88383:1"],
    2,
    "wrong-kind-for-model",
    /lamp/,
  ],
  [["device", "add", "70b3d5e75e01a2b3", "--model", "elsys", "--depth", "1200"], 2, "wrong-length", /1200mm/],
  [["device", "add", "70b3d5e75e01a2b3", "--model", "elsys", "--depth", "1mm"], 2, "wrong-length", /100mm/],
  [["device", "add", "70b3d5e75e01a2b3", "--model", "elsys", "--rated", "45"], 2, "wrong-power", /45W/],
  [["device", "add", "70b3d5e75e01a2b3", "--model", "elsys", "--pulse", "10"], 2, "wrong-pulse", /10L/],
  [["device", "add", "70b3d5e75e01a2b3", "--model", "elsys", "--at", "148,6"], 2, "wrong-place", /48\.01,6\.58/],
  [["send", "lamp:88383:042", "dim", "50", "--for", "30", "--data", "x"], 2, "wrong-duration", /30m/],
  [["export", "--from", "yesterday", "--data", "x"], 2, "wrong-time", /-24h/],
  [["hypervisor", "box", "add", "Remiremont", "--commune", "88383"], 2, "wrong-name", /minuscules/],
  [["hypervisor", "box", "add", "remiremont", "--commune", "8838"], 2, "wrong-commune", /code postal/],
  [["hypervisor", "--port", "70000"], 2, "wrong-number", /65535/],
  [["--lang", "de"], 2, "wrong-language", /langue/],
  [["status"], 2, "no-box-named", /--data DOSSIER/],
  [["gateway"], 2, "no-config", /--config FICHIER/],
  [["gateway", "--config", "absent.toml"], 2, "config-invalid", /absent\.toml/],
  [["status", "--data", "absent"], 3, "box-not-running", /beffroi gateway/],
  [["watch", "--data", "absent"], 3, "box-not-running", /courtier/],
  [["device", "list", "--data", "absent"], 3, "box-not-running", /--data/],
];

describe("a wrong use is answered with what to do", () => {
  test.each(CASES)("%j", async (line, exit, code, helps) => {
    const bare = line.filter((word) => word !== "--json");
    const [people, script] = await Promise.all([
      beffroi(bare, inFolder),
      beffroi(line.includes("--json") ? line : [...line, "--json"], inFolder),
    ]);
    expect({ exit: people.code, out: people.out }).toEqual({ exit, out: "" });
    expect(people.err.replaceAll("\n", " ")).toMatch(helps);
    expect(people.err).not.toMatch(/\{\w+\}|undefined|\bat .*\.ts:|error:/);
    const { error } = ErrorJson.parse(JSON.parse(script.err));
    expect({ code: error.code, exit: error.exit, left: script.code, out: script.out }).toEqual({
      code,
      exit,
      left: exit,
      out: "",
    });
  });
});

test("options that exclude each other are refused", async () => {
  const { code, out, err } = await beffroi(["export", "--json", "--csv"], inFolder);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(JSON.parse(err).error.code).toBe("options-exclude");
});

test("a group without its command shows its help and says by its exit that nothing was done", async () => {
  const { code, out } = await beffroi(["codec"], inFolder);
  expect(code).toBe(2);
  expect(out).toContain("beffroi codec <commande>");
});

test("`beffroi` alone shows the way", async () => {
  expect(await beffroi([], inFolder)).toMatchObject({ code: 0, err: "" });
});

test("all faults of a configuration come at once, with their lines, and no password", async () => {
  const file = join(folder.path, "bad.toml");
  mkdirSync(folder.path, { recursive: true });
  writeFileSync(file, '[box]\nnme = "x"\n[broker]\nurl = "mqtt://u:hunter2@h"\npassword = 5\n[log]\nlevel = "inf"\n');
  const { code, err } = await beffroi(["config", "check", file], inFolder);
  expect(code).toBe(2);
  const text = err.replaceAll(/\n\s*/g, " ");
  expect(text).toContain("5 fautes");
  expect(text).toMatch(/ligne 1 : il manque « box\.name »/);
  expect(text).toMatch(/ligne 2 : la clé « box\.nme » n’existe pas\. Vouliez-vous dire « box\.name » \?/);
  expect(text).toMatch(/ligne 4 : « broker\.url » vaut mqtt:\/\/…@h/);
  expect(text).toMatch(/ligne 5 : « broker\.password » vaut \(valeur cachée\)/);
  expect(text).toMatch(/ligne 7 : « log\.level » vaut inf, .*trace, debug/);
  expect(err).not.toContain("hunter2");
});
