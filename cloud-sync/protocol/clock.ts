/**
 * Times put right afterwards. An entry written before the box knew the time keeps what its clock said, for its bytes are under the
 * running hash; a later `clock` entry tells the boot's true lead of wall over monotonic clock, and readers apply it with this.
 */
import type { ClockCorrection, Entry, EntryBody, Reading, Stamp } from "./entry.ts";

/** A network server this near to the box's clock reads the same clock, and was as wrong as the box. */
export const SAME_CLOCK_MS = 60_000;
/** An offset below this is no repair: times are told apart by the second. */
const WORTH_MS = 1_000;

/** ms to add to what the entry's wall clock said; 0 where the correction does not concern it or changes nothing to speak of. */
export function offsetOf(stamp: Stamp, { boot, lead }: Pick<ClockCorrection, "boot" | "lead">): number {
  if (stamp.clock !== "unknown" || stamp.boot !== boot) return 0;
  const offset = stamp.mono + lead - stamp.wall;
  return Math.abs(offset) < WORTH_MS ? 0 : offset;
}

/**
 * A reading's times: what came from the wrong clock moves with it, what came from another (a gateway's satellites, a network
 * server elsewhere, the device itself) stays.
 */
function correctReading(reading: Reading, { wall }: Stamp, offset: number): Reading {
  if (Math.abs(wall - reading.receivedAt) > SAME_CLOCK_MS) return reading;
  const receivedAt = reading.receivedAt + offset;
  const moves = (at: number): boolean => Math.abs(at + offset - receivedAt) <= Math.abs(at - receivedAt);
  return {
    ...reading,
    receivedAt,
    at: moves(reading.at) ? reading.at + offset : reading.at,
    history: reading.history.map((old) => (moves(old.at) ? { ...old, at: old.at + offset } : old)),
    notes: [...reading.notes, "time-corrected"],
  };
}

function correctBody(body: EntryBody, stamp: Stamp, offset: number): EntryBody {
  if (body.kind === "reading") return correctReading(body, stamp, offset);
  return Math.abs(stamp.wall - body.at) > SAME_CLOCK_MS ? body : { ...body, at: body.at + offset };
}

/** The entry as it would have been written with the right time; itself where there is nothing to correct. */
export function correctEntry(entry: Entry, correction: Pick<ClockCorrection, "boot" | "lead">): Entry {
  const { seq, stamp, body } = entry;
  const offset = offsetOf(stamp, correction);
  if (offset === 0) return entry;
  return { seq, stamp: { ...stamp, wall: stamp.wall + offset }, body: correctBody(body, stamp, offset) };
}
