import fc from "fast-check";
import { expect, test } from "vitest";
import { renderTable } from "../../cli/terminal/table.ts";
import { cut, displayWidth } from "../../cli/terminal/width.ts";
import { wrap } from "../../cli/terminal/wrap.ts";
import { closest } from "../../texts/closest.ts";

test("columns of letters that are wide, accented in two parts, joined or invisible", () => {
  expect(
    ["abc", "Éloyes", "E\u0301loyes", "街灯", "💡", "👩‍🔧", "\u001b[32mok\u001b[39m", "a\u200bb"].map(displayWidth),
  ).toEqual([3, 6, 6, 4, 2, 2, 2, 2]);
});

test("a table is aligned and fits, whatever its cells hold", () => {
  const cell = fc
    .oneof(fc.string({ maxLength: 30 }), fc.constantFrom("街灯の", "Éloyes", "💡💡", ""))
    .map((text) => text.replace(/\p{C}/gu, ""));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 60, max: 100 }),
      (rows, columns) => {
        const lines = renderTable([{ title: "A" }, { title: "B", flexible: true }], rows, columns);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      },
    ),
  );
  const [, one, other] = renderTable(
    [{ title: "A" }, { title: "B", align: "right" }],
    [
      ["街灯", "1"],
      ["x", "22"],
    ],
    80,
  );
  expect([one, other]).toEqual(["街灯   1", "x     22"]);
});

test("cut keeps whole letters, wrap breaks only at plain spaces", () => {
  expect(cut("街灯の街灯", 6)).toBe("街灯…");
  expect(wrap("Usage\u00a0: un deux trois", 12, "  ")).toEqual(["Usage\u00a0: un", "  deux trois"]);
});

test("the nearest word, or none", () => {
  const words = ["status", "send", "watch", "milesight-em400", "nas-ul20xx"];
  expect(["satus", "stauts", "sned", "em400", "NAS", "wtach"].map((typed) => closest(typed, words))).toEqual([
    "status",
    "status",
    "send",
    "milesight-em400",
    "nas-ul20xx",
    "watch",
  ]);
  expect(closest("zzzz", words)).toBeUndefined();
});
