/** Every view, light and dark, read by axe: the rules of WCAG 2.2 A and AA, on which RGAA stands. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserSuite, DESKTOP, PHONE, usePage } from "./browser.ts";
import { type Stub, startStub } from "./stub.ts";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const VIEWS = [
  { name: "the region", path: "/" },
  { name: "a commune", path: "/communes/88383" },
  { name: "an asset with a running command", path: "/communes/88383/assets/lamp:88383:006" },
  { name: "an asset without news", path: "/communes/88383/assets/lamp:88383:007" },
  { name: "boxes, one silent, one lossy", path: "/boxes" },
  { name: "no command in the queue", path: "/queue" },
  { name: "the map of the region", path: "/?view=map" },
  { name: "the map of a commune", path: "/communes/88383?view=map" },
  { name: "an asset on the map", path: "/communes/88383/assets/lamp:88383:006?view=map" },
  { name: "no such page", path: "/nowhere/at/all" },
] as const;

browserSuite("the page for everybody", () => {
  const browser = usePage();
  let stub: Stub;

  beforeAll(async () => {
    stub = await startStub({ dist: browser.dist() });
    stub.boxes[0]!.alive = false;
    stub.boxes[1]!.firstHop = { lossless: false, reasons: ["session-lost", "events-at-qos-0"] };
    await fetch(`${stub.url}/api/v1/commands`, {
      method: "POST",
      body: JSON.stringify({ target: "lamp:88383:006", name: "dim", fields: { level: 35 } }),
    });
    stub.step("failed", { reason: "no-effect-in-time" });
    stub.unknown(new Date().toISOString());
  });
  afterAll(() => stub?.close());

  for (const { viewport, colorScheme } of [
    { viewport: DESKTOP, colorScheme: "light" },
    { viewport: PHONE, colorScheme: "dark" },
  ] as const)
    test.each(VIEWS)(`$name, ${viewport.width} px wide, ${colorScheme}`, async ({ path }) => {
      const { page } = await browser.page({ viewport, colorScheme });
      await page.goto(stub.url + path);
      await page.locator(".row, .box, .notice-title, .map-marks .pin, .map-marks .bunch").first().waitFor();
      if (path.includes("assets")) await page.locator(".plot canvas").waitFor();
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
      const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    });

  test("the whole way by keyboard: to a commune, to a lamp, to its light", async () => {
    const { page } = await browser.page();
    await page.goto(`${stub.url}/`);
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Aller au contenu");
    await tabTo(page, ".place", /Éloyes/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Éloyes" }).waitFor();
    await tabTo(page, ".row", /Lampe/);
    await page.keyboard.press("Enter");
    await tabTo(page, "button", /Éteindre/);
    const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineWidth");
    expect(outline).toBe("3px");
    await page.keyboard.press("Enter");
    await page.locator('.step[data-state="requested"]').waitFor();
  });
});

const TABS_MAX = 80;

async function tabTo(page: Page, selector: string, text: RegExp) {
  for (let count = 0; count < TABS_MAX; count++) {
    await page.keyboard.press("Tab");
    const focused = page.locator(`${selector}:focus`, { hasText: text });
    if ((await focused.count()) > 0) return;
  }
  throw new Error(`${selector} ${text} is out of reach of the keyboard`);
}
