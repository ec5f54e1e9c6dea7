/** The map in a real Chromium: twelve communes, some hundred assets, with and without a network, a graphics card, a mouse. */
import type { Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { browserSuite, PHONE, usePage } from "./browser.ts";
import { servePlan } from "./fake-plan.ts";
import { type Stub, startStub } from "./stub.ts";

const LAMPS_ELSEWHERE = 40;
const MAP = "/communes/88383?view=map";

/** Everything the marks of the map stand for, by their own words. */
const countOnMap = async (page: Page): Promise<number> => {
  const pins = await page.locator(".map-marks .pin").count();
  const bunches = await page.locator(".map-marks .bunch > span:first-child").allTextContents();
  return bunches.reduce((sum, text) => sum + Number(text.replace(/\s/g, "")), pins);
};

/** What software rendering says of itself is not the page's. */
const ofThePage = (complaints: readonly string[]): string[] =>
  complaints.filter((text) => !/GL Driver Message|software WebGL/.test(text));

browserSuite("the map", () => {
  const browser = usePage();
  let stub: Stub;

  afterEach(() => stub.close());

  const open = async (
    path: string,
    options: Parameters<typeof browser.page>[0] & { network?: boolean; lamps?: number; before?: string } = {},
  ) => {
    const { network = false, lamps = LAMPS_ELSEWHERE, before, ...context } = options;
    stub = await startStub({ dist: browser.dist(), lampsElsewhere: lamps });
    const opened = await browser.page(context);
    opened.page.setDefaultTimeout(30_000);
    const plan = await servePlan(opened.page, { reachable: network });
    if (before !== undefined) await opened.page.addInitScript(before);
    await opened.page.goto(stub.url + path);
    await opened.page.locator(".map-marks .pin, .map-marks .bunch, .row").first().waitFor();
    return { ...opened, plan };
  };

  test("without a network: twelve communes on a calm ground, one question asked, nothing broken", async () => {
    const { page, plan, complaints } = await open("/?view=map");
    await page.getByText("Fond de plan hors d’atteinte").waitFor();
    const placed = stub.assets.filter(({ latitude }) => latitude !== undefined);
    expect(placed.length).toBeGreaterThan(400);
    expect(await countOnMap(page)).toBe(placed.length);
    expect(await page.locator(".map-name").allTextContents()).toEqual([
      "CC de la Porte des Vosges Méridionales",
      "Belleville-sur-Meuse",
      "Esternay",
    ]);
    await page.getByText("1 équipement sans position").waitFor();
    await page.getByText("Positions indicatives").waitFor();
    // What lies together parts when it is opened.
    await page.getByRole("button", { name: /^CC de la Porte des Vosges Méridionales, 380 équipements/ }).click();
    await page.locator(".map-name > span", { hasText: "Éloyes" }).waitFor();
    await page.getByRole("button", { name: "Tout voir" }).click();
    await page.locator(".map-name > span", { hasText: "Esternay" }).waitFor();
    expect(plan.asked()).toBe(1);
    expect(ofThePage(complaints)).toEqual(["Failed to load resource: net::ERR_INTERNET_DISCONNECTED"]);
  });

  test("with a network: the plan lies under the marks and says whose it is", async () => {
    const { page, plan, complaints } = await open("/?view=map", { network: true });
    await page.getByText("© IGN").waitFor();
    await expect.poll(plan.asked, { timeout: 30_000 }).toBeGreaterThan(4);
    expect(ofThePage(complaints)).toEqual([]);
  });

  test("a network that goes takes the plan with it, and brings it back", async () => {
    const { page, plan, complaints } = await open(MAP, { network: true });
    await page.getByText("© IGN").waitFor();
    plan.reachable(false);
    const zoomOut = page.getByRole("button", { name: "Réduire" });
    await zoomOut.click();
    await zoomOut.click();
    await page.getByText("Fond de plan hors d’atteinte").waitFor();
    const asked = plan.asked();
    await zoomOut.click();
    await page.locator(".map-marks .bunch").first().waitFor();
    expect(plan.asked()).toBe(asked);
    expect(ofThePage(complaints).filter((text) => !text.includes("ERR_INTERNET_DISCONNECTED"))).toEqual([]);
    plan.reachable(true);
    await page.evaluate("window.dispatchEvent(new Event('online'))");
    await page.getByText("© IGN").waitFor();
  });

  test("a mark opens the asset's own address beside the map; list and map lead to each other", async () => {
    const { page } = await open(`${MAP}&use=lighting`);
    const lamp = page.locator('[data-ref="lamp:88383:013"] a');
    expect(await lamp.getAttribute("href")).toBe("/communes/88383/assets/lamp:88383:013?view=map&use=lighting");
    expect((await lamp.textContent())?.replace(/\s/g, " ")).toMatch(/Lampe 013.*Allumée, 100 %, 84 W/);
    await lamp.click();
    await page.getByRole("heading", { level: 2, name: "Quai de la Moselle, 27" }).waitFor();
    expect(await lamp.getAttribute("aria-current")).toBe("page");
    await page.locator(".map-foot").getByRole("link", { name: "Voir la liste" }).click();
    await page.locator('.row[aria-current="page"]').waitFor();
    expect(page.url()).toBe(`${stub.url}/communes/88383/assets/lamp:88383:013?use=lighting`);
    await page.getByRole("navigation", { name: "Affichage" }).getByRole("link", { name: "Carte" }).click();
    await lamp.waitFor();
    await page.getByRole("button", { name: "Retour à la liste" }).click();
    expect(page.url()).toBe(`${stub.url}${MAP}&use=lighting`);
    await expect
      .poll(() => page.evaluate("document.activeElement.closest('[data-ref]')?.dataset.ref"))
      .toBe("lamp:88383:013");
  });

  test("an address with an asset opens on it, alone among its neighbours and in sight", async () => {
    const { page } = await open("/communes/88383/assets/lamp:88383:006?view=map");
    const lamp = page.locator('[data-ref="lamp:88383:006"] a[aria-current="page"]');
    await lamp.waitFor();
    const [mark, frame] = [await lamp.boundingBox(), await page.locator(".map-frame").boundingBox()];
    expect(mark!.x).toBeGreaterThan(frame!.x);
    expect(mark!.x + mark!.width).toBeLessThan(frame!.x + frame!.width);
    expect(mark!.y + mark!.height).toBeLessThan(frame!.y + frame!.height);
  });

  test("the chosen use alone is on the map, with its signs; what no zoom parts is listed", async () => {
    const { page } = await open(MAP);
    await page.getByRole("button", { name: /^Mobilité/ }).click();
    await expect.poll(() => countOnMap(page)).toBe(2);
    expect(await page.locator(".map-legend li").allTextContents()).toEqual([
      "Occupée",
      "Libre",
      "5Plusieurs équipements",
    ]);
    await page.getByRole("button", { name: /^Remiremont, 2 équipements/ }).click();
    const together = page.getByRole("region", { name: "2 équipements au même endroit" });
    await together.getByRole("link", { name: /Place 2, mairie/ }).click();
    await page.getByRole("heading", { level: 2, name: "Place 2, mairie" }).waitFor();
    await together.getByRole("heading").press("Escape");
    await together.waitFor({ state: "detached" });
    await page.locator('[data-ref="spot:88383:004"] .pin-free[aria-current="page"]').waitFor();
  });

  test("a new value changes its sign by itself", async () => {
    const { page } = await open("/communes/88383/assets/lamp:88383:013?view=map");
    await page.locator('[data-ref="lamp:88383:013"] .pin-lit').waitFor();
    const lamp = stub.assets.find(({ ref }) => ref === "lamp:88383:013")!;
    const at = new Date().toISOString();
    for (const [name, value] of Object.entries({ "lamp.level": 0, "lamp.on": false, "lamp.power": 0 }))
      lamp.latest[name] = { ...lamp.latest[name]!, value, at };
    stub.tell({ type: "assets", refs: [lamp.ref] });
    await page.locator('[data-ref="lamp:88383:013"] .pin-dark').waitFor();
  });

  test("the whole way by keyboard: to the marks, from one to the next, into an asset", async () => {
    const { page } = await open(MAP);
    const onMark = () => page.evaluate("document.activeElement.matches('.map-marks .pin, .map-marks .bunch')");
    for (let tabs = 0; tabs < 60 && !(await onMark()); tabs++) await page.keyboard.press("Tab");
    expect(await onMark()).toBe(true);
    const focused = () => page.evaluate("document.activeElement.textContent");
    const seen = new Set([await focused()]);
    for (const key of ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"]) {
      await page.keyboard.press(key);
      seen.add(await focused());
    }
    expect(seen.size).toBeGreaterThan(2);
    // All marks are one stop: the next tab leaves them.
    await page.keyboard.press("Tab");
    expect(await onMark()).toBe(false);
    await page.locator('[data-ref="lamp:88383:013"] a').focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 2, name: "Quai de la Moselle, 27" }).waitFor();
  });

  test("on a phone a finger opens a mark, and nothing is wider than the screen", async () => {
    const { page } = await open(MAP, { viewport: PHONE, hasTouch: true, isMobile: true });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(PHONE.width);
    await page.locator('[data-ref="lamp:88383:013"] a').tap();
    await page.getByRole("heading", { level: 2, name: "Quai de la Moselle, 27" }).waitFor();
    await page.getByRole("button", { name: "Retour à la liste" }).tap();
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
  });

  test("without WebGL, or without the map's own program, there is the list and a sentence", async () => {
    const withoutWebgl = `const own = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind.startsWith("webgl") ? null : own.call(this, kind, ...rest);
      };`;
    const { page } = await open(MAP, { before: withoutWebgl });
    await page.getByText(/Ce poste ne peut pas afficher la carte/).waitFor();
    await page.locator('.row[href="/communes/88383/assets/lamp:88383:006?view=map"]').waitFor();
    const { page: other } = await browser.page();
    await other.route("**/assets/ground-*.js", (route) => route.abort());
    await other.goto(stub.url + MAP);
    await other.getByText(/La carte n’a pas pu s’afficher/).waitFor();
    await other.locator(".row").first().waitFor();
  });

  test("a region too large to load shows its communes, and each leads to its assets", async () => {
    const { page } = await open("/?view=map", { lamps: 460 });
    await page.getByText(/chaque repère est une commune/).waitFor();
    expect(await countOnMap(page)).toBe(stub.assets.length);
    await page.getByRole("link", { name: /^Esternay, 460 équipements/ }).click();
    await page.getByRole("heading", { level: 1, name: "Esternay" }).waitFor();
    expect(page.url()).toBe(`${stub.url}/communes/51237?view=map`);
    await expect.poll(() => countOnMap(page), { timeout: 30_000 }).toBe(460);
  });

  test("MapLibre is not loaded before a map is opened", async () => {
    stub = await startStub({ dist: browser.dist() });
    const { page } = await browser.page();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${stub.url}/communes/88383`);
    await page.locator(".row").first().waitFor();
    expect(asked.filter((url) => /ground-|maplibre/.test(url))).toEqual([]);
    await page.getByRole("link", { name: "Carte" }).click();
    await page.locator(".map-marks .pin, .map-marks .bunch").first().waitFor();
    expect(asked.filter((url) => /ground-/.test(url))).not.toEqual([]);
  });
});
