/** What a box of another version sends: one life after the other may be of the version before, of ours, of the next. */
import { constants, zstdCompressSync } from "node:zlib";
import { encodeBatch, type GatheredBatch } from "../../cloud-sync/protocol/batch.ts";
import type { Batch } from "../../cloud-sync/protocol/entry.ts";

export const VERSIONS = ["former", "ours", "ours", "next"] as const;
export type Version = (typeof VERSIONS)[number];

/** A field of number 900, four bytes: passed over by whoever does not know it. */
const UNKNOWN_FIELD = Uint8Array.of(0xa2, 0x38, 4, 1, 2, 3, 4);

/** Fields 1 and 2 come first: the version, and the oldest one whose readers understand the message. */
function asVersion(message: Uint8Array, version: Version): Uint8Array {
  const [, written, , min] = message;
  if (version === "next") {
    const longer = Buffer.concat([message, UNKNOWN_FIELD]);
    longer[1] = written! + 1;
    return longer;
  }
  // The version before had no words for holes.
  if (version === "former" && min! < written!) message[1] = written! - 1;
  return message;
}

/** Synchronous, so that nothing happens on another thread, and quick: how small it gets is not the question here. */
export function packAs(batch: Batch | GatheredBatch, version: Version): Uint8Array {
  // Nor did it say which of several copies it is, what it had taken off, or the hash where a hole ends.
  const { claimant, takenOff, ...unnamed } = batch;
  const gone = batch.gone?.map(({ from, to }) => ({ from, to })) ?? [];
  const said = version === "former" ? { ...unnamed, gone } : batch;
  return zstdCompressSync(asVersion(encodeBatch(said), version), {
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}
