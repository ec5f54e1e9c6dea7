/** QR codes in a picture file: PNG, JPEG and what else zxing reads. The WebAssembly comes from the package, never from the network. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

/** A photograph of a whole sheet of labels is a mistake sooner than a wish. */
const SYMBOLS_MAX = 64;

/** The texts of all codes in the picture, in no certain order; none when there is none. */
export async function codesInPicture(file: string): Promise<readonly string[]> {
  const picture = readFileSync(file);
  const wasm = readFileSync(fileURLToPath(import.meta.resolve("zxing-wasm/reader/zxing_reader.wasm")));
  const wasmBinary = wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength) as ArrayBuffer;
  prepareZXingModule({ overrides: { wasmBinary } });
  const found = await readBarcodes(picture, { tryHarder: true, maxNumberOfSymbols: SYMBOLS_MAX });
  return [...new Set(found.filter(({ isValid }) => isValid).map(({ text }) => text))];
}
