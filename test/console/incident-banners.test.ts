/** What prompts a person to decide, and to look again at a box that was decided against, in a real Chromium. */
import { afterEach, expect, test } from "vitest";
import type { IncidentView } from "../../api/incidents.ts";
import { browserSuite, usePage } from "./browser.ts";
import { type Stub, startStub } from "./stub.ts";

const plain = (text: string | null): string => (text ?? "").replace(/\s/g, " ").trim();
const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

browserSuite("banners of incidents", () => {
  const browser = usePage();
  let stub: Stub;
  afterEach(() => stub.close());

  const incidentOf = (nth: number, more: Partial<IncidentView>): IncidentView => ({
    id: nth + 1,
    box: stub.boxes[nth]!.box,
    epoch: 1,
    reason: "another-history-before-cursor",
    openedAt: ago(100),
    lastAt: ago(0.01),
    attempts: 40,
    firstSeq: 41,
    durableSeq: 90,
    kept: { batches: 1, entries: 12, lastSeq: 52 },
    repeats: 0,
    heardFrom: "10.1.2.3",
    ...more,
  });

  test("one banner for what is to be decided, one for who goes on knocking; both lead to the incident", async () => {
    stub = await startStub({ dist: browser.dist() });
    const decided = { decidedBy: "claire", decidedAt: ago(50) } as const;
    stub.boxes[0]!.incident = "1";
    // What is to be decided is the one sign of its box.
    stub.boxes[0]!.knocking = "7";
    stub.boxes[1]!.knocking = "2";
    stub.incidents.push(
      incidentOf(0, {
        sign: "undecided",
        isNamed: false,
        parting: { commonSeq: 40, commonAt: ago(120), partedSeq: 41 },
        accepted: {
          ...{ address: "10.1.2.9", serial: "7F3A9C0B5D2E4F60718293A4B5C6D7E8F9010203", version: "0.9.1" },
          ...{
            entries: { least: 50, most: 50 },
            firstAt: ago(119),
            lastAt: ago(1),
            heardSince: ago(119),
            heardAt: ago(1),
          },
        },
        refused: {
          ...{ address: "10.1.2.3", serial: "7F3A9C0B5D2E4F60718293A4B5C6D7E8F9010203", version: "0.9.0" },
          ...{ entries: { least: 12, most: 12 }, firstAt: ago(101), lastAt: ago(100) },
        },
      }),
      incidentOf(1, { ...decided, sign: "knocking", decision: "keep" }),
    );
    const { page, complaints } = await browser.page();
    await page.goto(stub.url);
    await page.getByText("un boîtier est refusé sous le nom de").waitFor();
    const titles = (await page.locator(".banner-title").allTextContents()).map(plain);
    expect(titles.filter((title) => /refusé/.test(title))).toEqual([
      expect.stringMatching(/^À trancher : un boîtier est refusé sous le nom de \S+/),
    ]);
    expect(titles.filter((title) => /frappe/.test(title))).toEqual([
      expect.stringMatching(/^Un boîtier qui n’est plus celui de [^,]+ frappe encore$/),
    ]);
    await page.getByRole("link", { name: "Voir lequel" }).click();
    await page.getByRole("heading", { name: /^À trancher :/ }).waitFor();
    const cards = await page.locator(".incident").allTextContents();
    expect(cards).toHaveLength(2);
    expect(plain(cards[0]!)).toMatch(/Attend une décision depuis plus de trois jours/);
    expect(plain(cards[0]!)).toMatch(
      /l’entrée ?40.*à l’entrée 41, exactement.*50 entrées que l’autre n’a pas.*venu de 10\.1\.2\.9.*12 entrées.*le même certificat/,
    );
    expect(plain(cards[1]!)).toMatch(/^ ?Toujours en marche :.*Le boîtier écarté frappe encore/);
    if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });
    expect(complaints.filter((each) => !/404/.test(each))).toEqual([]);
  });
});
