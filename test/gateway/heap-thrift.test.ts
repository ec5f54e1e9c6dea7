import { expect, test } from "vitest";
import { createHeapThrift } from "../../gateway/heap-thrift.ts";

test("garbage is collected sooner only while a long past is sent", () => {
  const flags: string[] = [];
  const thrift = createHeapThrift((flag) => flags.push(flag));
  for (const waiting of [0, 12, 900_000, 500_000, 20_001, 20_000, 3, 0]) thrift(waiting);
  expect(flags).toEqual(["--heap-growing-percent=50", "--heap-growing-percent=0"]);
});

test("V8 knows the flag", () => {
  const thrift = createHeapThrift();
  expect(() => [30_000, 0].forEach(thrift)).not.toThrow();
});
