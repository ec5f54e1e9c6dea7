/** Builds the page once and opens it in a real Chromium, each test in a context of its own. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Tests that need a browser: without one they are skipped by name, and fail where system tests are required. */
export const browserSuite = (name: string, define: () => void): void => {
  if (existsSync(CHROMIUM)) {
    describe(name, { timeout: 120_000 }, define);
    return;
  }
  const reason = "Debian package missing: chromium";
  if (process.env.BEFFROI_SYSTEM_TESTS === "required") {
    test(name, () => {
      throw new Error(`${reason} (BEFFROI_SYSTEM_TESTS=required)`);
    });
    return;
  }
  console.warn(`system test skipped: ${name} (${reason})`);
  test.skip(`${name} (${reason})`, () => {});
};

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export async function buildPage(): Promise<{ dist: string; remove: () => Promise<void> }> {
  const dist = await mkdtemp(join(tmpdir(), "beffroi-console-"));
  await build({
    root: join(import.meta.dirname, "../../console"),
    logLevel: "error",
    build: { outDir: dist, emptyOutDir: true },
  });
  return { dist, remove: () => rm(dist, { recursive: true, force: true }) };
}

export async function startBrowser() {
  const profile = await mkdtemp(join(tmpdir(), "beffroi-chromium-"));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...ARGS, `--crash-dumps-dir=${profile}`] });
  const contexts: BrowserContext[] = [];
  return {
    /** A fresh page, and everything its console complained of. */
    page: async (options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> => {
      const context = await browser.newContext({ viewport: DESKTOP, locale: "fr-FR", ...options });
      contexts.push(context);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      return { page, complaints };
    },
    closePages: async (): Promise<void> => {
      for (const context of contexts.splice(0)) await context.close();
    },
    close: async (): Promise<void> => {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** The page as built and a browser, for the tests of one suite; each test's pages are closed after it. */
export const usePage = () => {
  let built: Awaited<ReturnType<typeof buildPage>>;
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  beforeAll(async () => {
    built = await buildPage();
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await built?.remove();
  });
  afterEach(() => browser.closePages());
  return {
    /** Its folder. */
    dist: (): string => built.dist,
    page: (options?: BrowserContextOptions) => browser.page(options),
  };
};
