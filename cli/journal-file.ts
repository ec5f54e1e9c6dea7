/** The journal of a box as a file, read beside a box that may run. */
import { join } from "node:path";
import type { Inspection } from "../cloud-sync/journal/inspect.ts";
import { STORE_FILE } from "../gateway/box-store.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import { type BoxOptions, dataFolderOf } from "./which-box.ts";

/** As the journal says it, or SQLite itself. */
const isDamaged = (error: unknown): error is Error =>
  error instanceof Error &&
  "code" in error &&
  /^(?:damaged-file|SQLITE_(?:CORRUPT|NOTADB).*)$/.test(String(error.code));

export async function withJournal<T>(cli: Cli, options: BoxOptions, work: (inspection: Inspection) => T): Promise<T> {
  const { openInspection } = await import("../cloud-sync/journal/inspect.ts");
  const file = join(await dataFolderOf(cli, options), STORE_FILE);
  let opened: Inspection;
  try {
    opened = openInspection(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "newer-schema")
      throw fault("journal-newer", { file, detail: error.message });
    throw fault("journal-unreadable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
  try {
    return await work(opened);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    throw fault("journal-damaged", { file, detail: error.message });
  } finally {
    opened.close();
  }
}
