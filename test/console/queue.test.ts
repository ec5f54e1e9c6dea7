/** The queue of commands on the built page, in a real Chromium. */
import { AxeBuilder } from "@axe-core/playwright";
import { afterEach, expect, test } from "vitest";
import type { CommandView } from "../../api/schemas.ts";
import { linesOf } from "../../console/words/queue.ts";
import { browserSuite, PHONE, usePage } from "./browser.ts";
import { type Stub, startStub } from "./stub.ts";

const plain = (text: string | null): string => (text ?? "").replace(/\s/g, " ").trim();
const WISH = "3f0a6a0e-2a2e-4a55-9f4e-6a1b0d6f3c11";

const waits = (n: number, changes: Partial<CommandView> = {}): CommandView => ({
  id: `42cb6459-a640-46ec-9623-${String(n).padStart(12, "0")}`,
  target: `lamp:88383:${String(n).padStart(3, "0")}`,
  name: "dim",
  fields: { level: 50 },
  author: "mairie",
  precedence: "operator",
  requestedAt: new Date(Date.now() - 120_000).toISOString(),
  expiresAt: new Date(Date.now() + 600_000).toISOString(),
  state: "queued",
  terminal: false,
  proof: "none",
  steps: [
    { state: "requested", at: new Date(Date.now() - 120_000).toISOString() },
    { state: "queued", at: new Date(Date.now() - 60_000).toISOString() },
  ],
  ...changes,
});
const ofMany = (n: number, state: string): CommandView =>
  waits(n, { state, precedence: "override", mass: { id: WISH, size: 4 } });

test("a wish for many is one line, told by the one furthest behind", () => {
  const lines = linesOf({ waiting: [ofMany(1, "on-air"), ofMany(2, "accepted"), waits(9), ofMany(3, "on-air")] });
  expect(lines.map(({ id, n, command, states }) => [id, n, command.state, [...states]])).toEqual([
    [
      WISH,
      3,
      "accepted",
      [
        ["on-air", 2],
        ["accepted", 1],
      ],
    ],
    [waits(9).id, 1, "queued", [["queued", 1]]],
  ]);
});

browserSuite("the queue", () => {
  const browser = usePage();
  let stub: Stub;

  afterEach(() => stub.close());

  const open = async (path: string, context = {}) => {
    const opened = await browser.page(context);
    await opened.page.goto(stub.url + path);
    await opened.page.getByText(/En direct|Live/).waitFor();
    return opened;
  };

  test.each([
    ["desk", {}],
    ["phone", { viewport: PHONE }],
  ] as const)("says what waits, for whom and until when, and takes back (%s)", async (name, context) => {
    stub = await startStub({ dist: browser.dist() });
    const consent = {
      state: "accepted",
      steps: [{ state: "accepted", at: new Date().toISOString(), reason: "waits-for-consent" }],
    };
    stub.waiting.push(
      waits(6, { state: "requested" }),
      waits(7, { unknownSince: new Date(Date.now() - 3_600_000).toISOString() }),
      ...[1, 2, 3].map((n) => ({ ...ofMany(n, "accepted"), ...consent })),
      waits(8, { author: "beffroi:return", name: "release", fields: {} }),
      waits(9, { target: "lamp:55043:001" }),
    );
    const { page, complaints } = await open("/communes/88383/queue", context);
    const lines = page.locator(".queue-line");
    await lines.nth(3).waitFor();
    const texts = (await lines.allTextContents()).map(plain);
    expect(texts).toHaveLength(4);
    expect(texts[0]).toContain("lamp:88383:006 Intensité 50 %");
    expect(texts[0]).toContain("à la main · par mairie · Valable jusqu’à");
    expect(texts[1]).toContain("le boîtier est silencieux");
    expect(texts[2]).toContain("3 équipements sur 4 : Intensité 50 %");
    expect(texts[2]).toContain("Attend l’accord de la commune.");
    if (process.env.BEFFROI_SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.BEFFROI_SHOTS}/queue-${name}.png`, fullPage: true });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    // What the box does by itself has no button.
    expect(await page.getByRole("button", { name: "Retirer" }).count()).toBe(3);
    await lines.nth(2).getByRole("button", { name: "Retirer" }).click();
    await lines.nth(2).getByText("3 sont chez leurs boîtiers").waitFor();
    await lines.nth(0).getByRole("button", { name: "Retirer" }).click();
    await page.getByText("5 commandes ne sont pas terminées").waitFor();
    expect(stub.takenBack).toEqual([WISH, waits(6).id]);
    // The line opens its lamp.
    await page.getByRole("link", { name: "lamp:88383:007" }).click();
    await page.waitForURL("**/communes/88383/assets/lamp:88383:007");
    expect(complaints).toEqual([]);
  });
});
