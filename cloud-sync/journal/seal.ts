/** What of the file can be trusted. Checksums of what stands beside the entries: begun with the row's number, so that a row in another's place is seen. */
import { crc32 } from "node:zlib";
import { HASH_BYTES } from "../protocol/chain.ts";

const SUM_BYTES = 4;

/** Of a word of the dictionary. */
export const sumOf = (id: number, word: string): number => crc32(word, id % 2 ** 32);

/** A running hash as the checkpoints keep it. */
export function sealed(seq: number, hash: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HASH_BYTES + SUM_BYTES);
  bytes.set(hash);
  bytes.writeUInt32LE(crc32(hash, seq % 2 ** 32), HASH_BYTES);
  return bytes;
}

/** Undefined when its checksum does not hold. */
export function unsealed(seq: number, bytes: Uint8Array | null): Uint8Array | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.length !== HASH_BYTES + SUM_BYTES) return undefined;
  const hash = new Uint8Array(bytes.subarray(0, HASH_BYTES));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint32(HASH_BYTES, true) === crc32(hash, seq % 2 ** 32) ? hash : undefined;
}

/** What SQLite says of a file whose pages make no sense. */
export const isCorrupt = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /^SQLITE_(?:CORRUPT|NOTADB)/.test(String(error.code));
