/** HTTP bodies of a batch: protobuf under zstd between machines, plain JSON for a person. */
import { promisify } from "node:util";
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from "node:zlib";
import {
  BATCH_LIMITS,
  type BatchLimits,
  batchFromJson,
  type DecodedBatch,
  decodeBatch,
  encodeBatch,
  type GatheredBatch,
} from "./batch.ts";
import type { Batch } from "./entry.ts";
import { type Result, refuse, type SyncFault } from "./faults.ts";

export const PROTOBUF_TYPE = "application/x-protobuf";
export const JSON_TYPE = "application/json";
export const ZSTD_ENCODING = "zstd";
export const BATCH_HEADERS: Readonly<Record<string, string>> = {
  "content-type": PROTOBUF_TYPE,
  "content-encoding": ZSTD_ENCODING,
};

/**
 * With zstd's checksum, four bytes: TLS guards the way, but a body that was damaged in memory or by a proxy could say another
 * epoch, and the box would stop for a person.
 */
const compressOptions = { params: { [constants.ZSTD_c_compressionLevel]: 6, [constants.ZSTD_c_checksumFlag]: 1 } };
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Another thread costs half a millisecond of CPU; so much is packed or unpacked here in a tenth of it. */
const SMALL_BYTES = 8 * 1024;

export const packBody = async (batch: Batch | GatheredBatch): Promise<Uint8Array> => {
  const plain = encodeBatch(batch);
  return plain.length <= SMALL_BYTES ? zstdCompressSync(plain, compressOptions) : compress(plain, compressOptions);
};
/** The same in one go, for driven tests: nothing happens on another thread. */
export const packBodySync = (batch: Batch | GatheredBatch): Uint8Array =>
  zstdCompressSync(encodeBatch(batch), compressOptions);

export interface PackedBody {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Uint8Array;
}

type Unpacked = { readonly ok: true; readonly value: Uint8Array } | { readonly ok: false; readonly fault: SyncFault };

/** Never rejects; unpacks no further than `limits.bytesMax`. */
export async function unpackBody(
  packed: PackedBody,
  limits: BatchLimits = BATCH_LIMITS,
): Promise<Result<DecodedBatch>> {
  const plain = await unpackWith(packed, limits, async (body, options) =>
    body.length <= SMALL_BYTES ? zstdDecompressSync(body, options) : decompress(body, options),
  );
  return plain.ok ? readPlain(packed, plain.value, limits) : plain;
}

export function unpackBodySync(packed: PackedBody, limits: BatchLimits = BATCH_LIMITS): Result<DecodedBatch> {
  if (packed.body.length > limits.bytesMax) return refuse("too-large", `${packed.body.length} bytes packed`);
  if (isPlain(packed)) return readPlain(packed, packed.body, limits);
  if (packed.contentEncoding !== ZSTD_ENCODING) return refuse("wrong-content", `${packed.contentEncoding}`);
  try {
    return readPlain(packed, zstdDecompressSync(packed.body, { maxOutputLength: limits.bytesMax }), limits);
  } catch (error) {
    return unpackFault(error);
  }
}

async function unpackWith(
  packed: PackedBody,
  limits: BatchLimits,
  unpack: (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>,
): Promise<Unpacked> {
  if (packed.body.length > limits.bytesMax) return refuse("too-large", `${packed.body.length} bytes packed`);
  if (isPlain(packed)) return { ok: true, value: packed.body };
  if (packed.contentEncoding !== ZSTD_ENCODING) return refuse("wrong-content", `${packed.contentEncoding}`);
  try {
    return { ok: true, value: await unpack(packed.body, { maxOutputLength: limits.bytesMax }) };
  } catch (error) {
    return unpackFault(error);
  }
}

const isPlain = ({ contentEncoding }: PackedBody): boolean =>
  contentEncoding === undefined || contentEncoding === "" || contentEncoding === "identity";

const unpackFault = (error: unknown): { readonly ok: false; readonly fault: SyncFault } =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"
    ? refuse("too-large", "unpacks to more than the limit")
    : refuse("not-zstd", error instanceof Error ? error.message : String(error));

function readPlain(packed: PackedBody, plain: Uint8Array, limits: BatchLimits): Result<DecodedBatch> {
  const type = packed.contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === PROTOBUF_TYPE) return decodeBatch(plain, limits);
  if (type === JSON_TYPE) return batchFromJson(new TextDecoder().decode(plain), limits);
  return refuse("wrong-content", `content-type ${packed.contentType}`);
}
