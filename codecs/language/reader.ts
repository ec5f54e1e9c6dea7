import { type WarningCode, WireError } from "../faults.ts";
import type { Measurement, Warning } from "../words.ts";

/** A frame while it is read: where we are, and what was found so far. */
export class Reader {
  readonly bytes: Uint8Array;
  at = 0;
  /** Nothing at or after this offset belongs to what is being read. */
  end: number;
  measurements: Measurement[] = [];
  readonly warnings: Warning[] = [];
  deviceTime: number | undefined = undefined;
  /** Number of items that a count byte announced for the list to come. */
  announced = 0;
  readonly history: { at: number; measurements: Measurement[] }[] = [];
  /** Made by the layout that needs it: few do. */
  earlier: { seconds: number; measurements: Measurement[] }[] | undefined = undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  /** Offset of the next `count` bytes, which are then behind us. */
  take(count: number, path: string): number {
    const start = this.at;
    if (start + count > this.end) {
      throw new WireError("frame.truncated", `${path} needs ${count} bytes, ${this.end - start} are left`, {
        offset: start,
      });
    }
    this.at = start + count;
    return start;
  }

  warn(code: WarningCode, message: string, offset: number): void {
    this.warnings.push({ code, message, offset });
  }
}
