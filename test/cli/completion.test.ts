import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { beffroi, FRENCH, temporaryFolder } from "./bin.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const script = async (shell: string): Promise<string> => {
  const { code, out, err } = await beffroi(["completion", shell], { env: FRENCH });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const file = join(folder.path, `completion.${shell}`);
  writeFileSync(file, out);
  return file;
};

test("bash completes commands and their options, wherever options stand", async () => {
  const file = await script("bash");
  const completed = (...words: readonly string[]) => {
    const typed = words.map((word) => `'${word}'`).join(" ");
    const line = `source ${file}; COMP_WORDS=(beffroi ${typed}); COMP_CWORD=${words.length}; _beffroi; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ran = spawnSync("bash", ["-c", line], { encoding: "utf8" });
    expect(ran.stderr).toBe("");
    return ran.stdout.trim().split("\n");
  };
  expect(completed("dev")).toEqual(["device"]);
  expect(completed("device", "re")).toEqual(["replace", "retire"]);
  expect(completed("device", "import", "--sk")).toEqual(["--skip-bad"]);
  expect(completed("--lang", "fr", "codec", "dec")).toEqual(["decode"]);
  expect(completed("hypervisor", "box", "")).toContain("add");
});

test("zsh and fish get every command with its words in French", async () => {
  for (const shell of ["zsh", "fish"]) {
    const file = await script(shell);
    const { stdout } = spawnSync("cat", [file], { encoding: "utf8" });
    for (const word of ["replace", "skip-bad", "remplacer l’appareil d’un équipement"]) expect(stdout).toContain(word);
    const program = ["/usr/bin", "/bin"].map((place) => `${place}/${shell}`).find((each) => existsSync(each));
    // Where the shell is installed it must at least take the script as its own.
    if (program !== undefined) expect(spawnSync(program, ["-n", file], { encoding: "utf8" }).stderr).toBe("");
  }
});

test("another shell is refused by name", async () => {
  expect(await beffroi(["completion", "tcsh"], { env: FRENCH })).toMatchObject({
    code: 2,
    err: expect.stringContaining("bash, zsh, fish"),
  });
});
