import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Language } from "../texts/catalogue.ts";
import type { DemoOptions } from "./commands/demo.ts";
import { fault } from "./faults.ts";

/** What the demo offers; it lives with the fixtures and may be left out of an image. */
export interface Demo {
  /** Resolves with the exit code. */
  runDemo(options: DemoOptions & { readonly language: Language }): Promise<number>;
  cutFibre(options: {
    readonly box: string;
    readonly seconds: number;
    readonly data?: string;
    readonly json?: boolean;
    readonly language: Language;
  }): Promise<number>;
}

export async function loadDemo(): Promise<Demo> {
  const door = new URL(`../fixtures/demo/main.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);
  try {
    return (await import(door.href)) as Demo;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (!missing) throw error;
    throw fault("not-in-this-version", { what: "demo", detail: error.message });
  }
}

/** Where a demo keeps its world unless it is told otherwise, and the box its invitations speak to. */
export const DEMO_FOLDER = ".demo";
export const DEMO_BOX = "remiremont";

/** Configuration of the box of the demo that runs in this folder; undefined when none does. */
export const demoConfigIn = (cwd: string): string | undefined => {
  const folder = resolve(cwd, DEMO_FOLDER);
  const lock = join(folder, "demo.pid");
  const file = join(folder, "boxes", DEMO_BOX, "beffroi.toml");
  if (!existsSync(lock) || !existsSync(file)) return undefined;
  try {
    process.kill(Number.parseInt(readFileSync(lock, "utf8"), 10), 0);
    return file;
  } catch {
    // It ended without having said so.
    return undefined;
  }
};
