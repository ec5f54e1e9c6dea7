/** Carries repairs out: a copy of each file first, then the whole new text at once under the old owner and mode. */
import {
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import type { Finding, FindingCode, Repair } from "./words.ts";

export interface Repaired {
  readonly file: string;
  /** The file as it was. */
  readonly copy: string;
  readonly mended: readonly FindingCode[];
  readonly restart: Repair["restart"];
}

export interface NotRepaired {
  readonly file: string;
  readonly reason: string;
}

const stamp = (at: number): string => new Date(at).toISOString().replace(/[-:]/g, "").slice(0, 15);

/** A copy never takes another's place. */
const keepCopy = (file: string, at: number): string => {
  for (let n = 0; ; n++) {
    const copy = `${file}.before-beffroi-${stamp(at)}${n === 0 ? "" : `-${n}`}`;
    try {
      copyFileSync(file, copy, constants.COPYFILE_EXCL);
      return copy;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
};

const writeWhole = (file: string, text: string): void => {
  const { mode, uid, gid } = statSync(file);
  const half = `${file}.beffroi-new`;
  const handle = openSync(half, "w", mode & 0o777);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  chownSync(half, uid, gid);
  renameSync(half, file);
};

/** All that can be mended, one file at a time; a file that cannot be written stops no other. */
export const repairAll = (
  findings: readonly Finding[],
  now: () => number,
): { readonly repaired: readonly Repaired[]; readonly failed: readonly NotRepaired[] } => {
  const byFile = new Map<string, { code: FindingCode; repair: Repair }[]>();
  for (const { code, repair } of findings) {
    if (repair === undefined) continue;
    byFile.set(repair.file, [...(byFile.get(repair.file) ?? []), { code, repair }]);
  }
  const repaired: Repaired[] = [];
  const failed: NotRepaired[] = [];
  for (const [file, all] of byFile) {
    try {
      const before = readFileSync(file, "utf8");
      const after = all.reduce((text, { repair }) => repair.mend(text), before);
      if (after === before) continue;
      const copy = keepCopy(file, now());
      writeWhole(file, after);
      repaired.push({ file, copy, mended: all.map(({ code }) => code), restart: all[0]!.repair.restart });
    } catch (error) {
      failed.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { repaired, failed };
};
