/**
 * The canonical bytes of measurements (chain.ts), made once for all readings that have the same labels and kinds of values: what
 * differs from reading to reading is filled in.
 */
import { ByteWriter } from "./bytes.ts";
import type { Value } from "./entry.ts";
import type { Label } from "./plain-reading.ts";

/** What the type byte of a value says. */
export const VALUE_TYPE = { number: 0, text: 1, no: 2, yes: 3 } as const;

export class Stencil {
  private readonly bytes: Uint8Array;
  /** Where the type of each value stands. */
  private readonly places: Uint32Array;
  private readonly areNumbers: readonly boolean[];

  private constructor(bytes: Uint8Array, places: Uint32Array, areNumbers: readonly boolean[]) {
    this.bytes = bytes;
    this.places = places;
    this.areNumbers = areNumbers;
  }

  /** Undefined for texts, which are as long as they like. */
  static of(labels: readonly Label[], values: readonly Value[]): Stencil | undefined {
    const out = new ByteWriter();
    const places = new Uint32Array(labels.length);
    out.varint(labels.length);
    for (let index = 0; index < labels.length; index++) {
      const value = values[index]!;
      if (typeof value === "string") return undefined;
      out.raw(labels[index]!.bytes);
      places[index] = out.length;
      out.u8(VALUE_TYPE.number);
      if (typeof value === "number") out.f64(0);
    }
    const areNumbers = labels.map((_, index) => typeof values[index] === "number");
    return new Stencil(new Uint8Array(out.written()), places, areNumbers);
  }

  /** False, with nothing written, for values of other kinds than those it was made for. */
  write(out: ByteWriter, values: readonly Value[]): boolean {
    const { bytes, places, areNumbers } = this;
    const start = out.length;
    out.raw(bytes);
    for (let index = 0; index < places.length; index++) {
      const value = values[index]!;
      const place = start + places[index]!;
      if (typeof value === (areNumbers[index] ? "number" : "boolean")) {
        if (typeof value === "number") out.f64At(place + 1, value);
        else out.u8At(place, value ? VALUE_TYPE.yes : VALUE_TYPE.no);
      } else {
        out.length = start;
        return false;
      }
    }
    return true;
  }
}

/** Of labels that were met; `undefined` for those with texts. */
const known = new WeakMap<readonly Label[], Stencil | undefined>();

/** Made for the values it is first asked for with. */
export function stencilOf(labels: readonly Label[], values: readonly Value[]): Stencil | undefined {
  const found = known.get(labels);
  if (found !== undefined || known.has(labels)) return found;
  const made = Stencil.of(labels, values);
  known.set(labels, made);
  return made;
}
