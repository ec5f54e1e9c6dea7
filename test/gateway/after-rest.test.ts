/** A disk that rests after a slow commit, and the ends of commands. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ID, openBox } from "./driven-box.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beffroi-rest-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("a command whose proof came while the disk rested is proved, although its time ran out meanwhile", async () => {
  const box = openBox(folder);
  await box.ask();
  await box.hear("txack", box.txack());
  expect(box.state()).toBe("on-air");
  // Five minutes are what the lamp has to report.
  await box.seconds(290);
  box.commitTakes(7_000);
  await box.hear("up", box.up(25));
  await box.seconds(1);
  await box.hear("up", box.up(23));
  await box.seconds(19);
  expect(box.state()).toBe("on-air");
  await box.seconds(1);
  expect(box.state()).toBe("effect-observed");
  await box.end();
});

it("what ChirpStack's queue lacks is not judged while the word of it lies in the box, unheard", async () => {
  const box = openBox(folder);
  await box.ask();
  expect(box.published.map(({ id }) => id)).toEqual([ID]);
  await box.seconds(14);
  box.commitTakes(7_000);
  await box.hear("up", box.up(25));
  await box.hear("txack", box.txack());
  await box.seconds(20);
  expect([box.looks(), box.state()]).toEqual([1, "queued"]);
  await box.seconds(1);
  expect(box.state()).toBe("on-air");
  await box.end();
});
