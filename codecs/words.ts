/**
 * The words a codec speaks. A frame becomes a `Decoded` or a `WireFault`, a command becomes an `Encoded` or a `WireFault`;
 * nothing is thrown for anything that came over the wire or from a person.
 */

/** A decoded quantity. `name` is from the vocabulary (docs/vocabulary.md), optionally `name@instance` where one frame carries
 * several of a kind (`lamp.power@9`: DALI driver 9). `unit` is UCUM; `bool` for booleans, `1` for pure numbers and texts. */
export interface Measurement {
  readonly name: string;
  readonly value: number | boolean | string;
  readonly unit: string;
}

/** What a codec noticed without refusing the frame. `offset` is the byte where it starts. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly offset?: number;
}

/** One frame, decoded. */
export interface Decoded {
  /** Model id, `milesight-em400`. */
  readonly model: string;
  /** `codec@version` that produced this. */
  readonly codec: string;
  readonly fPort: number;
  /** The maker's own field names and values, JSON-safe. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly measurements: readonly Measurement[];
  /** The device's own clock, ms since 1970, when the frame carries it. */
  readonly deviceTime?: number;
  /** Older measurements in the same frame, each with its own time (ms since 1970). */
  readonly history: readonly { readonly at: number; readonly measurements: readonly Measurement[] }[];
  /**
   * Measurements of the same frame that are so many seconds older than the frame itself: the device has no clock in it. Whoever
   * knows when the frame came places them.
   */
  readonly earlier?: readonly { readonly seconds: number; readonly measurements: readonly Measurement[] }[];
  readonly warnings: readonly Warning[];
}

/** Bytes ready for the network server's downlink queue. */
export interface Encoded {
  readonly fPort: number;
  readonly bytes: Uint8Array;
}

/** Why a frame or a command was refused: a code of `codecs/faults.ts`, a sentence, and where. */
export interface WireFault {
  readonly code: string;
  readonly message: string;
  readonly offset?: number;
  /** The command field at fault, for encode. */
  readonly field?: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: WireFault };

/** What the rest of the house sees of a codec, first-party or foreign. */
export interface Codec {
  /** `milesight-em400`. */
  readonly id: string;
  /** Raised whenever the same bytes would decode differently. */
  readonly version: number;
  decode(frame: { readonly bytes: Uint8Array; readonly fPort: number }): Result<Decoded>;
  /** `fields` come from outside: unknown names, wrong types and values out of range are faults. */
  encode(command: string, fields: Readonly<Record<string, unknown>>): Result<Encoded>;
}

/** A remark of a declaration, for its page and its data sheet on the command line. */
export interface Note {
  readonly en: string;
  readonly fr: string;
}
