/** `demo --once` passes on the real frames, and can fail: on one changed byte, and on one batch that was acknowledged but thrown away. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type OnceOptions, runOnce } from "../../fixtures/demo/once.ts";
import { createScreen } from "../../fixtures/demo/screen.ts";
import { type Liar, startLiar } from "./liar.ts";

const PUBLISHED = fileURLToPath(new URL("../../fixtures/published", import.meta.url));
const TIMEOUT = 120_000;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const run = async (more: Partial<OnceOptions> = {}) => {
  let text = "";
  const screen = createScreen("en", { write: (part) => (text += part) });
  const exit = await runOnce({ screen, columns: 80, ...more });
  const kept = /Configuration, data and logs of this run: (\S+)/.exec(text)?.[1];
  if (kept !== undefined) folders.push(kept);
  return { exit, text, differences: text.slice(text.search(/\d+ differences?:/)) };
};

describe("demo --once", () => {
  it("finds every published value, and the lamp obeys", { timeout: TIMEOUT }, async () => {
    const { exit, text } = await run();
    expect(text).toMatch(/\d+ values compared, no difference\./);
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(exit).toBe(0);
  });

  it("fails on one changed byte, with the line", { timeout: TIMEOUT }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-published-"));
    folders.push(folder);
    cpSync(PUBLISHED, folder, { recursive: true });
    const file = join(folder, "milesight-em400.json");
    const right = readFileSync(file, "utf8");
    const wrong = right.replace('"01755c0367010104824408050001"', '"01755d0367010104824408050001"');
    expect(wrong).not.toBe(right);
    writeFileSync(file, wrong);
    const { exit, differences } = await run({ publishedFolder: folder });
    expect(exit).toBe(1);
    expect(differences).toContain("2 differences:");
    expect(differences).toContain("battery.level\n  expected: 92 %\n  found: 93 %");
    expect(differences).toContain("fields.battery\n  expected: 92\n  found: 93");
  });

  it("fails on one batch that was answered 200 and thrown away", { timeout: TIMEOUT }, async () => {
    let liar: Liar | undefined;
    const { exit, differences } = await run({
      between: async (port, folder, boxFolder) => {
        liar = await startLiar(port, join(folder, "hypervisor"), boxFolder);
        return liar;
      },
    });
    expect(liar?.swallowed()).toBeGreaterThan(0);
    expect(exit).toBe(1);
    expect(differences).toContain("batches acknowledged, then missing\n  expected: 0\n  found: 1");
  });
});
