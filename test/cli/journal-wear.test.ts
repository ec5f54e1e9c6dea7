import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { fileSystemOf, WEAR, yearsOf } from "../../cli/journal-wear.ts";

/** As coreutils call them. */
const KNOWN: Readonly<Record<string, string>> = { "ext2/ext3": "ext4", xfs: "xfs", btrfs: "btrfs" };

test.runIf(process.platform === "linux").each([tmpdir(), "/", "/proc", "/dev/shm"])(
  "the file system of %s is the one coreutils see",
  (folder) => {
    const seen = execFileSync("stat", ["-f", "-c", "%T", folder], { encoding: "utf8" }).trim();
    expect(fileSystemOf(folder)).toBe(KNOWN[seen]);
  },
);

test("a folder that is not there is on no file system", () => {
  expect(fileSystemOf("/no/such/folder")).toBeUndefined();
});

test("a longer delay never wears a card more, and years are so many TB at that rate", () => {
  for (const on of ["ext4", "xfs"] as const) {
    const daily = WEAR.map(({ mbPerDay }) => mbPerDay[on]);
    expect(daily).toEqual(daily.toSorted((a, b) => b - a));
  }
  expect(yearsOf(1e6 / 365.25, 10)).toBeCloseTo(10);
});
