/** A batch as a file on a key that is carried to the region. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fault } from "./faults.ts";

/**
 * A key that is pulled out too early leaves no half batch under a whole one's name. Nothing is written through what stands there: a link
 * that somebody laid on the key may lead anywhere.
 *
 * @throws CliFault `file-unwritable`
 */
export function writeBatchFile(folder: string, name: string, body: Uint8Array): void {
  const file = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
    rmSync(`${file}.new`, { force: true });
    writeFileSync(`${file}.new`, body, { flag: "wx", flush: true });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw fault("file-unwritable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
}
