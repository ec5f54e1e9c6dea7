/** Who imports whom, read from the source text: TypeScript 7 has no API that a dependency checker could use. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

export interface Import {
  readonly from: string;
  /** A path below the root for our own modules, else the package or `node:` name. */
  readonly to: string;
  readonly own: boolean;
}

const IGNORED = new Set(["node_modules", "dist", ".git", "generated", "docs"]);

/** Every source file below `root`, as paths relative to it. */
export const sourceFiles = (root: string, folder = ""): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return IGNORED.has(entry.name) || entry.name.startsWith(".") ? [] : sourceFiles(root, path);
    return /\.(ts|tsx|js|mjs)$/.test(entry.name) ? [path] : [];
  });

// A statement that ends in `from "x"`, a bare `import "x"`, or `import("x")`; anchored at line starts so that texts do not count.
const STATEMENT = /^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

export const importsOf = (path: string, source: string): Import[] => {
  const named = [...source.matchAll(STATEMENT)].map((match) => match[1] ?? match[2]!);
  const dynamic = [...source.matchAll(DYNAMIC)].map((match) => match[1]!);
  return [...named, ...dynamic].map((target) =>
    target.startsWith(".")
      ? { from: path, to: normalize(join(dirname(path), target)), own: true }
      : { from: path, to: target, own: false },
  );
};

export const allImports = (root: string): Import[] =>
  sourceFiles(root).flatMap((path) => importsOf(path, readFileSync(join(root, path), "utf8")));

export const room = (path: string): string => relative("", path).split("/", 1)[0]!;
