/** Of every entry of a batch when it was written: the message `Stamps` of batch.proto. */
import { ByteWriter } from "./bytes.ts";
import type { ClockQuality, Stamp } from "./entry.ts";
import type { ReadStamps } from "./entry-table.ts";
import { WireError } from "./faults.ts";
import { type Stamps, StampsSchema } from "./generated/batch_pb.ts";
import { NumberColumn } from "./number-column.ts";
import { expectLength, readDifferences } from "./numbers.ts";
import type { Columns } from "./wire-read.ts";
import { writeCounts, writeNumbers, writeTruths } from "./wire-write.ts";

export class StampColumns {
  private readonly walls = new NumberColumn();
  private readonly leads = new NumberColumn();
  private readonly runLength: number[] = [];
  private readonly runBoot: number[] = [];
  private readonly runConfirmed: boolean[] = [];
  private previous = { wall: 0, lead: 0 };
  private boot: number | undefined;
  private clock: ClockQuality | undefined;

  get count(): number {
    return this.walls.length;
  }

  add({ wall, mono, boot, clock }: Stamp): void {
    const { previous } = this;
    const lead = wall - mono;
    this.walls.push(wall - previous.wall);
    this.leads.push(lead - previous.lead);
    previous.wall = wall;
    previous.lead = lead;
    if (boot === this.boot && clock === this.clock) {
      this.runLength[this.runLength.length - 1]!++;
      return;
    }
    this.boot = boot;
    this.clock = clock;
    this.runLength.push(1);
    this.runBoot.push(boot);
    this.runConfirmed.push(clock === "confirmed");
  }

  /** The message `Stamps`. */
  write(): Uint8Array {
    const out = new ByteWriter();
    const { field } = StampsSchema;
    for (const [each, column] of [
      [field.wall, this.walls],
      [field.lead, this.leads],
    ] as const)
      writeNumbers(out, each, column.values, column.length);
    writeCounts(out, field.runLength, this.runLength);
    writeCounts(out, field.runBoot, this.runBoot);
    writeTruths(out, field.runConfirmed, this.runConfirmed);
    return out.written();
  }
}

/** Throws a `WireError` unless there are `count` of them. */
export function readStamps(message: Columns<Stamps> | undefined, count: number): ReadStamps {
  const walls = readDifferences(message?.wall, count, "wall");
  const leads = readDifferences(message?.lead, count, "lead");
  const lengths = message?.runLength ?? new Float64Array();
  expectLength(message?.runBoot.length ?? 0, lengths.length, "run_boot");
  expectLength(message?.runConfirmed.length ?? 0, lengths.length, "run_confirmed");
  const boots: number[] = [];
  const clocks: ClockQuality[] = [];
  lengths.forEach((length, run) => {
    if (length > count - boots.length) throw new WireError("inconsistent", "runs longer than the batch");
    const boot = message!.runBoot[run]!;
    const clock = message!.runConfirmed[run]! ? "confirmed" : "unknown";
    for (let each = 0; each < length; each++) {
      boots.push(boot);
      clocks.push(clock);
    }
  });
  expectLength(boots.length, count, "stamps");
  return { walls, leads, boots, clocks };
}
