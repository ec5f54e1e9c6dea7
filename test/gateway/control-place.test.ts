/** Where a box is asked whose data folder takes no new file. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { controlSocketOf, controlSocketsOf, spareSocketOf } from "../../gateway/control/place.ts";

const box = () => {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-place-"));
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  const spare = spareSocketOf(data);
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
    rmSync(dirname(spare), { recursive: true, force: true });
  });
  return { folder, data, spare };
};

test("its socket is in a folder of the same user's alone, and is found by every way to the data folder", () => {
  const { folder, data, spare } = box();
  expect(statSync(dirname(spare)).mode & 0o777).toBe(0o700);
  expect(controlSocketsOf(data)).toEqual([controlSocketOf(data), spare]);
  const way = join(folder, "way");
  symlinkSync(data, way);
  expect(controlSocketsOf(way)).toEqual([controlSocketOf(way), spare]);
  expect(controlSocketsOf(join(folder, "other"))).toEqual([join(folder, "other", "control.sock")]);
});

test("a folder that is open to others, or a link somebody laid there, is neither used nor asked", () => {
  const { folder, data, spare } = box();
  chmodSync(dirname(spare), 0o770);
  expect(() => spareSocketOf(data)).toThrow(/open to others/);
  expect(controlSocketsOf(data)).toEqual([controlSocketOf(data)]);
  rmSync(dirname(spare), { recursive: true });
  mkdirSync(join(folder, "elsewhere"), { mode: 0o700 });
  symlinkSync(join(folder, "elsewhere"), dirname(spare));
  expect(() => spareSocketOf(data)).toThrow(/another user's/);
  expect(controlSocketsOf(data)).toEqual([controlSocketOf(data)]);
});
