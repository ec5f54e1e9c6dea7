/** What can be wrong with a backup or its place, as faults of the command line. */
import { BackupTrouble } from "../gateway/backup.ts";
import { BoxInUse, DiskAbsent } from "../gateway/box-store.ts";
import { fault } from "./faults.ts";
import type { CliSay } from "./language.ts";

export function backupFault(
  say: CliSay,
  error: unknown,
  { file, folder }: { readonly file: string; readonly folder: string },
): unknown {
  if (error instanceof BoxInUse)
    return fault("box-in-use", { folder, holder: error.pid === undefined ? "" : ` (pid ${error.pid})` });
  if (error instanceof DiskAbsent) return fault("store-unusable", { folder, detail: error.message });
  if (!(error instanceof BackupTrouble)) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const system = ["ENOENT", "EACCES", "EROFS", "ENOSPC", "EISDIR", "SQLITE_FULL", "SQLITE_CANTOPEN"].includes(code);
    return system && error instanceof Error ? fault("file-unwritable", { file, detail: error.message }) : error;
  }
  switch (error.code) {
    case "exists":
      return fault("file-in-the-way", { file });
    case "no-store":
      return fault("no-box-there", { folder });
    case "no-backup":
    case "too-new":
    case "damaged":
      return fault("backup-unusable", { file, detail: say(`backup.why.${error.code}`) });
    case "other-box":
      return fault("backup-of-another", { file });
    case "passphrase-wrong":
      return fault("passphrase-wrong", { file });
    case "passphrase-needed":
      return fault("passphrase-needed", { file });
  }
}
