/** A file that is replaced as a whole: whoever ends at any moment, by kill or power cut, leaves the old one or the new one. */
import { chownSync, closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface FileKeeper {
  readonly mode: number;
  /** Set only by root, who writes for others. */
  readonly uid: number;
  readonly gid: number;
}

/** Throws what the file system says. */
export const writeWhole = (file: string, text: string, { mode, uid, gid }: FileKeeper): void => {
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  const open = openSync(fresh, "wx", mode);
  try {
    writeSync(open, text);
    if (process.geteuid?.() === 0) chownSync(fresh, uid, gid);
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
  renameSync(fresh, file);
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};
