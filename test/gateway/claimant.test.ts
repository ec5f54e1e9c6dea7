/** Who a box is among copies of its disk: drawn anew with each process, and kept from a refusal on. */
import { expect, test } from "vitest";
import { createClaimant } from "../../gateway/claimant.ts";

const disk = (written = new Map<string, string>()) => ({
  written,
  state: { get: (key: string) => written.get(key), set: (key: string, value: string) => void written.set(key, value) },
  write: (work: () => void): void => work(),
});

test("two processes on copies of one disk are two, also after each was started again in the dispute", () => {
  const [here, there] = [disk(), disk()];
  const [one, other] = [createClaimant(here), createClaimant(there)];
  expect(one.number).not.toBe(other.number);
  one.keep();
  other.keep();
  expect(createClaimant(here).number).toBe(one.number);
  expect(createClaimant(there).number).toBe(other.number);
});

test("a copy that is made of a box nobody has refused does not share its number, nor one that is made after the dispute", () => {
  const here = disk();
  const one = createClaimant(here);
  const refused = one.number;
  expect(createClaimant(disk(new Map(here.written))).number).not.toBe(one.number);
  one.keep();
  one.forget();
  expect(one.number).not.toBe(refused);
  expect(createClaimant(disk(new Map(here.written))).number).not.toBe(one.number);
});

test("nothing is written while nobody refuses it, and what could not be written is tried again", () => {
  const here = disk();
  let isFull = true;
  let writes = 0;
  const write = (work: () => void): void => {
    writes++;
    if (isFull) throw Object.assign(new Error("full"), { code: "SQLITE_FULL" });
    work();
  };
  const one = createClaimant({ ...here, write });
  one.forget();
  expect(writes).toBe(0);
  expect(() => one.keep()).toThrow("full");
  isFull = false;
  one.keep();
  one.keep();
  expect(writes).toBe(2);
  expect(createClaimant(here).number).toBe(one.number);
});
