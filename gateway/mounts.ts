/** Whether the disk that a box's folder is meant for is there: what /etc/fstab says should be mounted above it, and what is mounted. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** fstab(5) and proc(5): in both, blanks within a name are written as three octal digits. */
export interface MountTables {
  readonly wanted: string;
  readonly mounted: string;
}

const TABLES = { wanted: "/etc/fstab", mounted: "/proc/self/mountinfo" } as const;
/** In a line of fstab, and of mountinfo, counted from 0. */
const WANTED_FIELD = 1;
const MOUNTED_FIELD = 4;

const textOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Not Linux, or a container without one.
    return "";
  }
};

/** A mount point is a path; swap has `none`. */
const pathsIn = (table: string, field: number): readonly string[] =>
  table
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .map((line) => line.trim().split(/\s+/)[field] ?? "")
    .filter((path) => path.startsWith("/"))
    .map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
    )
    .map((path) => (path === "/" ? path : path.replace(/\/+$/, "")));

const isWithin = (folder: string, above: string): boolean =>
  above === "/" || folder === above || folder.startsWith(`${above}/`);

/** As the kernel names it; what is not there yet is named as it will be. */
const realName = (folder: string): string => {
  if (existsSync(folder)) return realpathSync(folder);
  const above = dirname(folder);
  return above === folder
    ? folder
    : `${realName(above).replace(/\/$/, "")}${folder.slice(above.length).replace(/^\/?/, "/")}`;
};

/** The mount point, at this folder or above it, of a file system that should be mounted and is not. */
export const notMounted = (folder: string, tables: MountTables): string | undefined => {
  const mounted = new Set(pathsIn(tables.mounted, MOUNTED_FIELD));
  return pathsIn(tables.wanted, WANTED_FIELD).find((path) => isWithin(folder, path) && !mounted.has(path));
};

/** The same by this machine's tables. */
export const notMountedHere = (folder: string): string | undefined => {
  const tables = { wanted: textOf(TABLES.wanted), mounted: textOf(TABLES.mounted) };
  return tables.mounted === "" ? undefined : notMounted(realName(folder), tables);
};

/**
 * Which folder of which file system stands under this name now: another once something is mounted over it, none once it is gone.
 * Undefined where the disk fails to say.
 */
export const placeOf = (folder: string): string | undefined => {
  try {
    const { dev, ino } = statSync(folder);
    return `${dev} ${ino}`;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT" ? "none" : undefined;
  }
};
