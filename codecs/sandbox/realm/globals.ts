/**
 * What a realm offers a foreign codec besides ECMAScript. The *source* of this function is evaluated inside QuickJS before
 * the codec (see ../prelude.ts). Everything is a plain, writable, configurable global, so that `function Buffer() {}`,
 * `var exports = {}` or `const Buffer = …` in a codec simply shadow it (130 published encoders declare their own Buffer).
 */
import type { RealmBuffer } from "./buffer.ts";
import { bytesToText, textToBytes } from "./text.ts";

export function installGlobals(Buffer: RealmBuffer): void {
  const offer = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  const consoleNames = ["log", "info", "warn", "error", "debug", "trace", "dir", "table", "assert", "time", "timeEnd"];
  offer("Buffer", Buffer);
  offer("console", Object.fromEntries(consoleNames.map((name) => [name, () => undefined])));
  const module = { exports: {} };
  offer("module", module);
  offer("exports", module.exports);
  offer("atob", (encoded: unknown) => bytesToText(new Uint8Array(textToBytes(String(encoded), "base64")), "latin1"));
  offer("btoa", (raw: unknown) => {
    const plain = String(raw);
    for (const character of plain) {
      if (character > "\xff") throw new Error("btoa: the text has characters outside Latin-1");
    }
    return bytesToText(new Uint8Array(textToBytes(plain, "latin1")), "base64");
  });
  class TextDecoder {
    readonly encoding: string;
    constructor(label?: string) {
      const name = String(label ?? "utf-8");
      this.encoding = /^utf-?16/i.test(name) ? "utf-16le" : /^utf-?8$/i.test(name) ? "utf-8" : "latin1";
    }
    decode(input?: ArrayBuffer | Uint8Array): string {
      return bytesToText(input === undefined ? new Uint8Array(0) : new Uint8Array(input as ArrayBuffer), this.encoding);
    }
  }
  class TextEncoder {
    readonly encoding = "utf-8";
    encode(plain?: string): Uint8Array {
      return new Uint8Array(textToBytes(plain ?? "", "utf8"));
    }
  }
  offer("TextDecoder", TextDecoder);
  offer("TextEncoder", TextEncoder);
}
