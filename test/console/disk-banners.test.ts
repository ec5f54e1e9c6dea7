/** What disks of boxes keep people from, above every view of the built page, in a real Chromium. */
import { afterEach, expect, test } from "vitest";
import type { BoxView } from "../../api/schemas.ts";
import { browserSuite, PHONE, usePage } from "./browser.ts";
import { type Stub, startStub } from "./stub.ts";

const plain = (text: string | null): string => (text ?? "").replace(/\s/g, " ").trim();

browserSuite("banners of disks", () => {
  const browser = usePage();
  let stub: Stub;
  afterEach(() => stub.close());

  const trouble = (nth: number, state: NonNullable<BoxView["storage"]>["state"]): void => {
    const since = new Date(Date.now() - 600_000).toISOString();
    const lost = { thinned: 0, dropped: 0, damaged: 0 };
    stub.boxes[nth] = { ...stub.boxes[nth]!, storage: { state, since, limitBytes: 1e9, usedBytes: 1e8, lost } };
  };

  test("many boxes of one trouble take one banner of the region, and one each of their communes", async () => {
    stub = await startStub({ dist: browser.dist() });
    for (const nth of [0, 1, 2]) trouble(nth, "slow");
    trouble(3, "full");
    const { page, complaints } = await browser.page({ viewport: PHONE });
    await page.goto(stub.url);
    await page.getByText(/En direct|Live/).waitFor();
    const titles = async (about: RegExp) =>
      (await page.locator(".banner-title").allTextContents()).map(plain).filter((title) => about.test(title));
    await page.getByText("est devenu lent").first().waitFor();
    const served = stub.boxes.slice(0, 4).map(({ communes }) => communes);
    expect(served.every((communes) => communes.length > 0)).toBe(true);
    const region = await titles(/lent|écrit/);
    expect(region).toHaveLength(2);
    expect(region[0]).toMatch(/: le disque du boîtier ne peut plus être écrit depuis/);
    expect(region[1]).toMatch(/^Le disque de 3 boîtiers est devenu lent : [^,]+, [^,]+, [^,]+$/);
    await page.goto(`${stub.url}/communes/${served[1]![0]}`);
    await page.getByText("est devenu lent").first().waitFor();
    expect(await titles(/lent|écrit/)).toEqual([expect.stringMatching(/ : le disque du boîtier est devenu lent$/)]);
    expect(complaints).toEqual([]);
  });
});
