/** The built page in a real Chromium, against a hypervisor that never was, under the strictest policy. */
import type { Page } from "playwright-core";
import { afterEach, expect, test, vi } from "vitest";
import { browserSuite, PHONE, usePage } from "./browser.ts";
import { type Stub, startStub } from "./stub.ts";

const LAMP = "/communes/88383/assets/lamp:88383:006";
/** Spaces as people type them. */
const plain = (text: string | null): string => (text ?? "").replace(/\s/g, " ").trim();

browserSuite("the page", () => {
  const browser = usePage();
  let stub: Stub;

  afterEach(async () => {
    vi.useRealTimers();
    await stub.close();
  });

  type Opening = Parameters<typeof browser.page>[0] & { lamps?: number; at?: Date };
  /** `at`: what it is by the clock of the hypervisor, which the page follows. */
  const open = async (path: string, options: Opening = {}) => {
    const { lamps, at, ...context } = options;
    if (at !== undefined) vi.useFakeTimers({ toFake: ["Date"], now: at });
    stub = await startStub({ dist: browser.dist(), ...(lamps === undefined ? {} : { lampsElsewhere: lamps }) });
    const opened = await browser.page(context);
    await opened.page.goto(stub.url + path);
    await opened.page.getByText(/En direct|Live/).waitFor();
    return opened;
  };

  const steps = async (page: Page): Promise<string[]> =>
    (await page.locator(".step:not(.step-coming) .step-words").allTextContents()).map(plain);

  test("a device that fell silent: since when, how it was heard, by which antenna, and its battery", async () => {
    const { page, complaints } = await open("/communes/88383/assets/lamp:88383:007", {
      at: new Date(2026, 10, 25, 12),
    });
    const card = page.locator("section", { has: page.getByRole("heading", { name: "Appareil" }) }).last();
    await card.getByText("Muet depuis 07:00 (il y a 5 h)").waitFor();
    const facts = (await card.locator(".facts > div").allTextContents()).map(plain);
    expect(facts).toEqual([
      "Rythmetoutes les 17 min, appris de lui",
      "Trames reçues87,3 % en 7 jours, 75 perdues",
      "Réceptionmoyenne, des trames se perdent, signal trop faible, une seule antenne l’entend, le signal baisse",
      "SignalSNR -7,5 dB, RSSI -118 dBm ; marge d’au moins 1,5 dB ; baisse de 1,2 dB par semaine",
      "Antennes1 l’entend, le mieux : Beffroi",
      "Pile38 %, vide vers mars 2031",
    ]);
    await card.getByText("Selon le boîtier, il y a 3 h.").waitFor();
    if (process.env.BEFFROI_SHOTS !== undefined) {
      await card.scrollIntoViewIfNeeded();
      await page.screenshot({ path: `${process.env.BEFFROI_SHOTS}/device.png` });
    }
    expect(complaints).toEqual([]);
  });

  test("a value whose frame was read again says so, and when; the others do not", async () => {
    const { page, complaints } = await open("/communes/88383/assets/lamp:88383:009");
    const card = page.locator("section", { has: page.getByRole("heading", { name: "Dernières valeurs" }) }).last();
    const marks = card.locator(".corrected");
    await marks.first().waitFor();
    expect((await marks.allTextContents()).map(plain)).toEqual(["corrigée le 20 nov. 2026, trame relue"]);
    expect(plain(await card.locator("tr", { has: page.locator(".corrected") }).textContent())).toContain("12,5 °C");
    if (process.env.BEFFROI_SHOTS !== undefined) {
      await card.scrollIntoViewIfNeeded();
      await page.screenshot({ path: `${process.env.BEFFROI_SHOTS}/corrected.png` });
    }
    expect(complaints).toEqual([]);
  });

  test("a lamp is dimmed and followed until its effect is observed", async () => {
    // At noon a time of the next hours is today's, and stands without its day.
    const { page, complaints } = await open(LAMP, { at: new Date(2026, 10, 25, 12) });
    await page.getByRole("heading", { name: "Rue des Prêtres, 13" }).waitFor();
    expect(plain(await page.locator(".now-words").textContent())).toBe("Allumée, 50 %, 42 W");

    const apply = page.getByRole("button", { name: /^Régler à/ });
    expect(await apply.isDisabled()).toBe(true);
    await page.getByLabel("Durée").selectOption({ label: plain(await page.locator("option").nth(3).textContent()) });
    await page.getByLabel("Délai d’envoi").selectOption({ index: 1 });
    await page.getByRole("slider", { name: /Intensité/ }).fill("35");
    await apply.click();
    await page.locator('.step[data-state="requested"]').waitFor();
    expect(stub.requests).toHaveLength(1);
    expect(stub.requests[0]).toMatchObject({
      target: "lamp:88383:006",
      name: "dim",
      fields: { level: 35 },
      author: "page",
      holdSeconds: 4 * 3_600,
      expiresInSeconds: 3_600,
    });
    expect(stub.requests[0]!.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(plain(await page.locator(".command-what").textContent())).toBe("Intensité 35 % depuis cette page");
    await page.getByText("Valable jusqu’à 13:00").waitFor();
    await page.getByText("Retour au calendrier à 16:00").waitFor();
    await page.getByText("Réglée depuis cette page à 12:00, tenue ainsi jusqu’à 16:00.").waitFor();
    if (process.env.BEFFROI_SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.BEFFROI_SHOTS}/lamp.png` });

    for (const state of ["accepted", "queued", "on-air", "acknowledged", "effect-observed"]) {
      stub.step(state, { terminal: state === "effect-observed" });
      await page.locator(`.step[data-state="${state}"]`).waitFor();
    }
    expect(await steps(page)).toEqual([
      "Demandée",
      "Acceptée par le boîtier",
      "En attente d’émission",
      "Émise par radio",
      "Reçue par l’équipement",
      "Effet constaté",
    ]);
    expect(await page.locator(".step-coming").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  const shot = async (page: Page, name: string): Promise<void> => {
    if (process.env.BEFFROI_SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.BEFFROI_SHOTS}/${name}.png` });
  };

  test.for([
    ["wide", {}],
    ["narrow", PHONE],
  ] as const)("many lamps: the cost first, a second word, and who did not obey (%s)", async ([name, viewport]) => {
    const { page, complaints } = await open("/communes/88383?use=lighting", {
      at: new Date(2026, 10, 25, 12),
      ...("width" in viewport ? { viewport } : {}),
    });
    await page.getByRole("button", { name: /^Commander ces \d+ lampes$/ }).click();
    await shot(page, `many-wish-${name}`);
    await page.getByRole("button", { name: "50 %", exact: true }).click();
    await page.getByText(/^Une par une/).waitFor();
    await shot(page, `many-plan-${name}`);
    expect(stub.manyRequests).toHaveLength(1);
    const { targets, ...asked } = stub.manyRequests[0]!;
    expect(asked).toMatchObject({ name: "dim", fields: { level: 50 }, precedence: "override", dryRun: true });
    const n = targets.length;
    const card = page.locator(".many");
    expect(plain(await card.textContent())).toContain(`Intensité 50 %, ${n - 1} lampes.`);
    await card.getByText("Aucun appareil n’est posé sur cet équipement.").waitFor();

    // Nothing is sent without the second word.
    const send = page.getByRole("button", { name: "Envoyer l’ordre" });
    expect(await send.isDisabled()).toBe(true);
    await page.getByLabel(`Oui, commander ${n - 1} lampes`).check();
    await send.click();
    await page.getByText(`0 sur ${n - 1} ont une issue`).waitFor();
    expect(stub.manyRequests.slice(1)).toMatchObject([{ targets, confirm: "0badcafe", dryRun: false }]);
    stub.many({
      states: { "effect-observed": n - 2, failed: 1 },
      terminal: true,
      named: [{ target: targets[1]!, state: "failed", reason: "no-effect-in-time" }],
    });
    await page.getByText(`Terminé : ${n - 2} sur ${n - 1} ont obéi`).waitFor();
    await page.getByText("Aucun effet n’a été vu dans le temps prévu.").waitFor();
    await shot(page, `many-over-${name}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("a lamp that somebody else holds is taken over with a reason only", async () => {
    const { page } = await open(LAMP, { at: new Date(2026, 10, 25, 12) });
    await page.getByRole("button", { name: "50 %", exact: true }).click();
    await page.locator('.step[data-state="requested"]').waitFor();
    stub.heldBy("mairie");
    await page.getByText(/^Réglée par mairie/).waitFor();
    const on = page.getByRole("button", { name: "Allumer" });
    expect(await on.isDisabled()).toBe(true);
    await page.getByLabel("Motif pour la reprendre").fill("accident");
    await shot(page, "takeover");
    await on.click();
    await expect.poll(() => stub.requests.length).toBe(2);
    expect(stub.requests[1]).toMatchObject({ fields: { level: 100 }, reason: "accident" });
  });

  test("other ends are told with their reason, and silence as not known", async () => {
    const { page } = await open(LAMP, { at: new Date(2026, 10, 25, 12) });
    await page.getByRole("button", { name: "Éteindre" }).click();
    await page.locator('.step[data-state="requested"]').waitFor();
    stub.unknown(new Date(Date.now() - 60_000).toISOString());
    await page.getByText(/^Inconnu depuis \d\d:\d\d\s: le boîtier est silencieux/).waitFor();
    stub.unknown(undefined);
    stub.step("on-air");
    stub.step("failed", { reason: "no-effect-in-time", terminal: true });
    const end = page.locator(".step-bad");
    await end.waitFor();
    expect(plain(await end.locator(".step-words").textContent())).toBe("Échec");
    expect(plain(await end.locator(".step-reason").textContent())).toBe("Aucun effet n’a été vu dans le temps prévu.");
    await page.getByRole("button", { name: "Allumer" }).click();
    await page.getByText("Commandes précédentes").click();
    await page.locator(".earlier", { hasText: "Éteindre" }).getByText(/Échec/).waitFor();
  });

  test("a request without an answer is repeated under its own id", async () => {
    const { page } = await open(LAMP);
    let lost = 0;
    await page.route("**/api/v1/commands", async (route) => {
      if (route.request().method() !== "POST" || lost > 0) return route.continue();
      lost += 1;
      // It arrives; only the answer is lost.
      await fetch(route.request().url(), {
        method: "POST",
        body: route.request().postData()!,
        headers: { "content-type": "application/json" },
      });
      return route.abort();
    });
    await page.getByRole("button", { name: "Allumer" }).click();
    await page.getByText(/Réessayer ne la doublera pas/).waitFor();
    await page.getByRole("alert").getByRole("button", { name: "Réessayer" }).click();
    await page.locator('.step[data-state="requested"]').waitFor();
    expect(stub.requests.map(({ id }) => id)).toEqual([stub.requests[0]!.id, stub.requests[0]!.id]);
  });

  test("a new value arrives by itself, and only what changed is read", async () => {
    const { page } = await open("/communes/88383");
    const row = page.locator('[data-ref="container:88383:001"]');
    await row.getByText(/Plein à 74/).waitFor();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const bin = stub.assets.find(({ ref }) => ref === "container:88383:001")!;
    bin.latest["container.level"] = { value: 3, unit: "%", at: new Date().toISOString() };
    stub.tell({ type: "assets", refs: [bin.ref] });
    await row.getByText(/Plein à 3\s%/).waitFor();
    expect(asked).toContain("/api/v1/assets/container%3A88383%3A001");
    expect(asked).not.toContain("/api/v1/assets");
  });

  test("the language is chosen, kept and told to assistive technology", async () => {
    const { page } = await open(LAMP);
    expect(await page.locator("html").getAttribute("lang")).toBe("fr");
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("button", { name: "Switch off" }).waitFor();
    expect(plain(await page.locator(".now-words").textContent())).toBe("On, 50%, 42 W");
    await page.reload();
    await page.getByRole("button", { name: "Switch off" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
  });

  test("search, use and deep links lead to the same list; Escape returns to the row", async () => {
    const { page } = await open("/communes/88383?use=waste");
    await page.locator(".row").first().waitFor();
    expect(await page.locator(".row").count()).toBe(2);
    await page.getByRole("button", { name: /^Tout/ }).click();
    await page.getByRole("searchbox", { name: /Rechercher/ }).fill("pretres 13");
    await page.waitForURL(/q=pretres/);
    expect(await page.locator(".row-title").allTextContents()).toEqual(["Rue des Prêtres, 13"]);
    await page.locator(".row").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/assets\/lamp:88383:006\?q=/);
    await page.locator("#panel-title:focus").waitFor();
    await page.keyboard.press("Escape");
    await page.locator('[data-ref="lamp:88383:006"] a:focus').waitFor();
    await page.getByRole("searchbox", { name: /Rechercher/ }).fill("nulle part");
    await page.getByText("Aucun équipement ne correspond").waitFor();
  });

  test("on a phone the tree comes first, and nothing is wider than the screen", async () => {
    const { page, complaints } = await open("/", { viewport: PHONE, hasTouch: true });
    const drawer = page.getByRole("dialog", { name: "Territoires" });
    await drawer
      .getByRole("link", { name: /Remiremont/ })
      .first()
      .click();
    await page.getByRole("heading", { level: 1, name: "Remiremont" }).waitFor();
    expect(await drawer.isVisible()).toBe(false);
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 640 });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      await page.locator(".row").first().click();
      await page.getByRole("button", { name: "Retour à la liste" }).waitFor();
      expect(await page.evaluate("document.querySelector('.panel').scrollWidth")).toBe(width);
      await page.getByRole("button", { name: "Retour à la liste" }).click();
      await page.locator(".row:focus").waitFor();
    }
    expect(complaints).toEqual([]);
  });

  test("a silent box says what it means, and a lossy first hop what to do", async () => {
    const { page } = await open("/communes/88383/boxes");
    Object.assign(stub.boxes[0]!, {
      alive: false,
      lastProofAt: new Date(Date.now() - 840_000).toISOString(),
      waiting: 12,
    });
    stub.boxes[0]!.firstHop = { lossless: false, reasons: ["events-at-qos-0", "history-incomplete"] };
    stub.tell({ type: "box", box: stub.boxes[0]!.box });
    await page.getByText(/^Remiremont\s: plus de nouvelles du boîtier depuis/).waitFor();
    await page.getByText(/les données arriveront ensuite, rien n’est perdu/).waitFor();
    await page.getByText(/^il y a 14\smin$/).waitFor();
    await page.getByText(/qos=1/).waitFor();
    await page.getByText(/l’historique de ChirpStack ne remontait pas assez loin/).waitFor();
    await page.getByText(/device_event_log_max_history=100000/).waitFor();
    stub.boxes[0]!.firstHop = { lossless: false, reasons: ["network-lost"] };
    stub.tell({ type: "box", box: stub.boxes[0]!.box });
    await page.getByText(/^ChirpStack ne connaît plus des appareils/).waitFor();
    await page.getByText(/beffroi network apply/).waitFor();
    if (process.env.BEFFROI_SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.BEFFROI_SHOTS}/lost.png` });
    expect(await page.locator(".place[aria-current] .mark-silent").count()).toBe(1);
  });

  test("a box says until when its certificate is valid, and that it is not renewed", async () => {
    const { page, complaints } = await open("/communes/88383/boxes");
    await page.getByText(/^Jusqu’au .*, renouvelé de lui-même$/).waitFor();
    for (const [days, text] of [
      [20, /^Finit le .* et ne se renouvelle pas\s: voir «\sbeffroi doctor\s» sur le boîtier$/],
      [-1, /^Fini depuis le .*\s: le boîtier le renouvelle dès qu’il joint la région$/],
    ] as const) {
      stub.boxes[0]!.certificateEndsAt = new Date(Date.now() + days * 86_400_000).toISOString();
      stub.tell({ type: "box", box: stub.boxes[0]!.box });
      await page.getByText(text).waitFor();
    }
    if (process.env.BEFFROI_SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.BEFFROI_SHOTS}/box.png` });
    expect(complaints).toEqual([]);
  });

  test("a silent antenna is named, with since when and what it means", async () => {
    const { page, complaints } = await open("/communes/88383/boxes");
    await page.getByText("1 en service").waitFor();
    const lastSeenAt = new Date(Date.now() - 840_000).toISOString();
    stub.boxes[0]!.loraGateways = {
      checkedAt: new Date().toISOString(),
      gateways: [{ id: "0016c00100088383", name: "Beffroi", state: "offline", lastSeenAt }],
    };
    stub.tell({ type: "box", box: stub.boxes[0]!.box });
    await page
      .getByText(/^L’antenne Beffroi \(0016c00100088383\) ne répond plus depuis .* \(il y a 14\smin\)\.$/)
      .waitFor();
    await page.getByText(/^C’est la cause la plus fréquente du silence des appareils/).waitFor();
    await page.getByText("1 sur 1 ne répond plus").waitFor();
    expect(complaints).toEqual([]);
  });

  test("a hypervisor that is gone is said so; the page catches up when it returns", async () => {
    const { page } = await open(LAMP);
    await page.locator(".now-words").waitFor();
    await stub.close();
    await page.getByText(/^L’hyperviseur ne répond plus depuis \d\d:\d\d$/).waitFor();
    await page.getByText("Hors ligne").waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Éteindre" }).isDisabled()).toBe(true);
    expect(plain(await page.locator(".now-words").textContent())).toBe("Allumée, 50 %, 42 W");
    const lamp = stub.assets.find(({ ref }) => ref === "lamp:88383:006")!;
    const at = new Date().toISOString();
    for (const [name, value] of [
      ["lamp.level", 25],
      ["lamp.power", 21],
    ] as const)
      lamp.latest[name] = { ...lamp.latest[name]!, value, at };
    await stub.open();
    await page
      .getByText(/^Allumée, 25\s%, 21\sW$/)
      .first()
      .waitFor();
    await page.getByText("En direct").waitFor();
    await expect.poll(() => page.locator(".banner-gone").count()).toBe(0);
  });

  test("a reply that is not what it should be shows a state, not a white page", async () => {
    const { page } = await open("/communes/88383");
    await page.locator(".row").first().waitFor();
    stub.break("/assets", { assets: [{ ref: 42 }] });
    stub.break("/boxes", "no boxes");
    await page.reload();
    await page.getByText("La réponse reçue n’est pas lisible").waitFor();
    await page.getByRole("heading", { level: 1, name: "Remiremont" }).waitFor();
    stub.mend();
    await page.getByRole("button", { name: "Réessayer" }).click();
    await page.locator(".row").first().waitFor();
    stub.break("/territories", { code: "x" });
    await page.reload();
    await page.getByText("La réponse reçue n’est pas lisible").waitFor();
  });

  test("what does not exist is named", async () => {
    const { page } = await open("/communes/88383/assets/lamp:88383:999");
    await page.getByText("Cet équipement est introuvable").waitFor();
    await page.goto(`${stub.url}/nowhere/at/all`);
    await page.getByText("Cette page n’existe pas").waitFor();
  });

  test("a thousand assets are there, and only those in sight are drawn", async () => {
    const { page } = await open("/", { lamps: 95 });
    await page.locator(".row").nth(1_000).waitFor({ state: "attached" });
    const last = page.locator(".row").last();
    await last.scrollIntoViewIfNeeded();
    expect(await last.isVisible()).toBe(true);
    expect(await page.evaluate("getComputedStyle(document.querySelector('.row-item')).contentVisibility")).toBe("auto");
  });
});
