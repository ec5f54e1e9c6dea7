/** `demo --once` passes on the real frames, and can fail: on one changed byte, and on one batch that was acknowledged but thrown away. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { CompletenessView } from "../../api/completeness.ts";
import { compareDay, daysOf } from "../../fixtures/demo/days.ts";
import { type OnceOptions, runOnce } from "../../fixtures/demo/once.ts";
import { createScreen } from "../../fixtures/demo/screen.ts";
import { type Liar, startLiar } from "./liar.ts";

const PUBLISHED = fileURLToPath(new URL("../../fixtures/published", import.meta.url));
/** Against what hangs. */
const TIMEOUT = 300_000;

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

describe("the certificate of a day", () => {
  const sent = [
    { device: "a", receivedAt: "2026-03-02T23:59:59Z" },
    { device: "a", receivedAt: "2026-03-03T00:00:00Z" },
    { device: "b", receivedAt: "2026-03-02T06:00:00Z" },
  ];
  const told = (device: string, received: number, lostByUs = 0) => ({ device, received, lostOnAir: 0, lostByUs });
  const view = (devices: ReturnType<typeof told>[], lost = 0): CompletenessView => ({
    ...{ box: "remiremont", day: "2026-03-02", by: "region", isOver: true, lost, devices, history: [] },
    hash: "0".repeat(64),
  });
  const wrong = (seen: CompletenessView) =>
    compareDay(sent, seen)
      .filter(({ same }) => !same)
      .map(({ device, what, expected, found }) => `${device} ${what}: ${expected} ≠ ${found}`);

  it("holds when all that was sent that day was received, and says what differs", () => {
    expect(daysOf(sent)).toEqual(["2026-03-02", "2026-03-03"]);
    expect(wrong(view([told("a", 1), told("b", 1), told("silent", 0)]))).toEqual([]);
    expect(wrong(view([told("a", 2), told("stranger", 1)]))).toEqual([
      "a received that day: 1 ≠ 2",
      "b received that day: 1 ≠ –",
      "stranger received that day: 0 ≠ 1",
    ]);
    expect(wrong(view([told("a", 1, 3), told("b", 1)], 4))).toEqual([
      " frames lost by us: 0 ≠ 3",
      " entries lost by us: 0 ≠ 4",
    ]);
  });
});

describe("demo --once", () => {
  it("finds every published value, and the lamp obeys", { timeout: TIMEOUT }, async () => {
    const { exit, text } = await run();
    expect(text).toMatch(/\d+ values compared, no difference\./);
    // Of each device, what the region certifies for the day.
    expect(text.match(/received that day/g)?.length).toBeGreaterThan(15);
    expect(text).toContain("frames lost by us");
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
