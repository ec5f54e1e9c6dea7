/** What is on a key may come from anybody: `hypervisor import` against files that are none of ours. No hypervisor is asked. */
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BATCH_LIMITS } from "../../cloud-sync/protocol/batch.ts";
import { beffroi, temporaryFolder } from "./bin.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const TOO_LARGE = BATCH_LIMITS.bytesMax + 1;

test.each([
  ["a folder", (file: string) => mkdirSync(file)],
  ["a way to a device that never ends", (file: string) => symlinkSync("/dev/zero", file)],
  ["a way to nothing", (file: string) => symlinkSync("/nowhere", file)],
  [
    "a file larger than any batch",
    (file: string) => {
      writeFileSync(file, "");
      truncateSync(file, TOO_LARGE);
    },
  ],
])("%s is refused before anything is read or sent, and its name does not steer the terminal", async (_what, make) => {
  // Before it in order: it would be sent first.
  writeFileSync(join(folder.path, "a.batch"), "x");
  make(join(folder.path, "b\u001b]0;owned\u0007.batch"));
  const { code, out, err } = await beffroi(["hypervisor", "import", folder.path, "--data", join(folder.path, "none")]);
  expect([code, out]).toEqual([1, ""]);
  expect(err.replace(/\s+/g, " ")).toContain(`b\ufffd]0;owned\ufffd.batch is no batch`);
  expect(err).not.toContain("\u001b");
});
