/** A key of 16 bytes that cannot be printed by accident: no text, JSON, log or inspection shows it. */
import { timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";
import { washCopiesSoon } from "./registers.ts";

const BYTES = 16;
const SHOWN = "[key]";

/** Overwrites the bytes of keys that nothing holds any more. */
const wiping = new FinalizationRegistry<Buffer>((bytes) => void bytes.fill(0));

export class SecretKey {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
    wiping.register(this, bytes);
    washCopiesSoon();
  }

  /** From 32 hex digits; spaces, `-` and `:` between them are as labels have them. Undefined when it is no such key. */
  static parse(text: string): SecretKey | undefined {
    const hex = text.replace(/[\s:-]/g, "");
    return /^[0-9a-f]{32}$/i.test(hex) ? new SecretKey(Buffer.from(hex, "hex")) : undefined;
  }

  /** Throws RangeError unless there are 16. */
  static of(bytes: Uint8Array): SecretKey {
    if (bytes.length !== BYTES) throw new RangeError(`a LoRaWAN key has ${BYTES} bytes, not ${bytes.length}`);
    return new SecretKey(Buffer.from(bytes));
  }

  /** For whoever seals it: `use` is given the bytes, which are overwritten when it ends. */
  reveal<T>(use: (bytes: Buffer) => T): T {
    const copy = Buffer.from(this.#bytes);
    try {
      return use(copy);
    } finally {
      copy.fill(0);
      washCopiesSoon();
    }
  }

  /** 32 lower-case hex digits, for the network server's API and for nothing else. */
  revealHex(): string {
    washCopiesSoon();
    return this.#bytes.toString("hex");
  }

  equals(other: SecretKey): boolean {
    return timingSafeEqual(this.#bytes, other.#bytes);
  }

  /** A key nobody chose: what an empty field becomes at ChirpStack. */
  get isZero(): boolean {
    return this.#bytes.every((byte) => byte === 0);
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
