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
