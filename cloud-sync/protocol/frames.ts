/**
 * Frames of one model resemble each other byte by byte: while their length stays the same, the first bytes of all lie together,
 * then the second bytes and so on. Compresses a fifth better than one frame after the other.
 */
import { expectLength } from "./numbers.ts";

/** First and one past the last of each stretch of equal lengths. */
function* stretches(lengths: ArrayLike<number>): Generator<readonly [number, number]> {
  let from = 0;
  while (from < lengths.length) {
    let to = from + 1;
    while (to < lengths.length && lengths[to] === lengths[from]) to++;
    yield [from, to];
    from = to;
  }
}

/** Frames that lie in `pool`, each from its start on. */
export function writeFrames(
  pool: Uint8Array,
  starts: ArrayLike<number>,
  lengths: ArrayLike<number>,
): Uint8Array<ArrayBuffer> {
  let total = 0;
  for (let frame = 0; frame < lengths.length; frame++) total += lengths[frame]!;
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const [from, to] of stretches(lengths)) {
    for (let byte = 0; byte < lengths[from]!; byte++) {
      for (let frame = from; frame < to; frame++) bytes[at++] = pool[starts[frame]! + byte]!;
    }
  }
  return bytes;
}

/** Frames one after the other. */
export interface Frames {
  readonly bytes: Uint8Array;
  /** Where each begins, and where the last ends. */
  readonly starts: Uint32Array;
}

/** Throws a `WireError` when the lengths are not those of the bytes. */
export function readFrames(lengths: ArrayLike<number>, bytes: Uint8Array): Frames {
  const starts = new Uint32Array(lengths.length + 1);
  let total = 0;
  for (let frame = 0; frame < lengths.length; frame++) {
    total += lengths[frame]!;
    starts[frame + 1] = total;
  }
  expectLength(bytes.length, total, "frames");
  const frames = new Uint8Array(bytes.length);
  let at = 0;
  for (const [from, to] of stretches(lengths)) {
    for (let byte = 0; byte < lengths[from]!; byte++) {
      for (let frame = from; frame < to; frame++) frames[starts[frame]! + byte] = bytes[at++]!;
    }
  }
  return { bytes: frames, starts };
}
