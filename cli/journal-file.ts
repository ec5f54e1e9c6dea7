/** The journal of a box as a file, read beside a box that may run. */
import { join } from "node:path";
import type { Inspection } from "../cloud-sync/journal/inspect.ts";
import { STORE_FILE } from "../gateway/box-store.ts";
import type { Cli } from "./cli.ts";
import { fault } from "./faults.ts";
import { type BoxOptions, dataFolderOf } from "./which-box.ts";

export async function withJournal<T>(
  cli: Cli,
  options: BoxOptions,
  work: (journal: Inspection["journal"]) => T,
): Promise<T> {
  const { openInspection } = await import("../cloud-sync/journal/inspect.ts");
  const file = join(await dataFolderOf(cli, options), STORE_FILE);
  let opened: Inspection;
  try {
    opened = openInspection(file);
  } catch (error) {
    throw fault("journal-unreadable", { file, detail: error instanceof Error ? error.message : String(error) });
  }
  try {
    return await work(opened.journal);
  } finally {
    opened.close();
  }
}
