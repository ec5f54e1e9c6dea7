/** Where the readings of a batch are gathered: memory that one batch leaves to the next. */
import { ByteWriter } from "./bytes.ts";
import { NumberColumn } from "./number-column.ts";
import { Lines, ValueWriter } from "./values-write.ts";

/** One number for each reading, in the order they came; line and reading have the same number. */
class PerReading {
  /** Index of its series. */
  readonly owner = new NumberColumn();
  readonly position = new NumberColumn();
  readonly received = new NumberColumn();
  readonly receivedAt = new NumberColumn();
  readonly delay = new NumberColumn();
  readonly fCnt = new NumberColumn();
  readonly fPort = new NumberColumn();
  readonly frameStart = new NumberColumn();
  readonly frameLength = new NumberColumn();
  /** Index1 of its name. Of readings without radio zero, as is all that follows. */
  readonly gateway = new NumberColumn();
  readonly rssi = new NumberColumn();
  readonly snr = new NumberColumn();
  readonly gateways = new NumberColumn();
  readonly dr = new NumberColumn();
}

export class BatchRoom {
  readonly columns = new PerReading();
  readonly frames = new ByteWriter(4096);
  readonly lines = new Lines();
  readonly values = new ValueWriter();
  readonly out = new ByteWriter(65_536);
  private ordered = new Float64Array(1_024);

  clear(): void {
    for (const column of Object.values(this.columns)) column.length = 0;
    this.frames.length = 0;
    this.lines.clear();
    this.out.length = 0;
  }

  /** A column of these readings; valid until the next is asked for. */
  inOrder(order: Uint32Array, { values }: NumberColumn): Float64Array {
    const { length } = order;
    if (this.ordered.length < length) this.ordered = new Float64Array(length * 2);
    const ordered = this.ordered.subarray(0, length);
    for (let index = 0; index < length; index++) ordered[index] = values[order[index]!]!;
    return ordered;
  }
}

/** What the last batch has left; a second one at the same time makes its own. */
let idle: BatchRoom | undefined;

export function takeRoom(): BatchRoom {
  const room = idle ?? new BatchRoom();
  idle = undefined;
  room.clear();
  return room;
}

/** What stands in it stays until the next batch takes it. */
export function leaveRoom(room: BatchRoom): void {
  idle = room;
}
