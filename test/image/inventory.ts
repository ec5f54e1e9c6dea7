/** What is in an image, and what must not be: tools that build, secrets, tests. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Item {
  /** Absolute within the image. */
  readonly path: string;
  readonly bytes: number;
}

/** Every file of a folder; links count as themselves, devices and sockets are left out. */
export const listFiles = (root: string, below = "/"): Item[] =>
  readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    if (entry.isDirectory()) return listFiles(root, path);
    return entry.isFile() || entry.isSymbolicLink() ? [{ path, bytes: lstatSync(join(root, path)).size }] : [];
  });

const HOME = "/opt/beffroi/";
/** Places where a secret could have been left; the authorities of the web and Debian's documentation are none. */
const PRIVATE_PLACES = /^\/(?:opt|root|home|etc|run|tmp|var\/lib\/beffroi|usr\/local\/etc)\//;
const PUBLIC_PLACES = /^\/etc\/ssl\/certs\//;

const TOOLS =
  /\/(?:cc|gcc|g\+\+|cpp|clang|tcc|ld|as|make|cmake|ninja|go|rustc|cargo|git|curl|wget|node-gyp|npm|npx|yarn|yarnpkg|pnpm|corepack|tsc|tsx|esbuild|vite|vitest|rolldown|biome|buf)(?:-[\d.]+)?$/;
const BIN = /^(?:\/usr(?:\/local)?)?\/s?bin\//;
const SOURCES = /\.(?:[cm]?ts|tsx|c|cc|cpp|h|hpp|gypi?|proto\.lock)$/;
const TESTS = /\/(?:tests?|__tests__|bench|fixtures)\/|\.(?:test|spec)\.[cm]?js$/;
const SECRET_NAMES =
  /\/(?:\.npmrc|\.netrc|\.env[^/]*|\.git-credentials|\.docker|id_(?:rsa|ed25519|ecdsa)|[^/]*\.(?:key|p12|pfx))$/;
const SECRET_TEXTS = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/=]{32}|_authToken\s*=|"auth":\s*"/;
const isPrivate = (path: string): boolean => PRIVATE_PLACES.test(path) && !PUBLIC_PLACES.test(path);
const READ_BYTES_MAX = 8_000_000;

export interface Expected {
  /** Packages for development only, `@types/node`. */
  readonly developmentPackages: readonly string[];
  /** A text that was in a secret of the build. */
  readonly marker: string;
}

const secretIn = (root: string, { path, bytes }: Item, marker: string): string | undefined => {
  if (!isPrivate(path) || bytes === 0 || bytes > READ_BYTES_MAX) return undefined;
  if (lstatSync(join(root, path)).isSymbolicLink()) return undefined;
  const text = readFileSync(join(root, path), "latin1");
  if (text.includes(marker)) return "a secret of the build";
  return SECRET_TEXTS.test(text) ? "a key or a token" : undefined;
};

/** What should not be there, one line each. */
export const wrongIn = (root: string, files: readonly Item[], { developmentPackages, marker }: Expected): string[] => {
  const development = new Set(developmentPackages);
  const packageOf = (path: string) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
  const seen = new Set<string>();
  return files.flatMap((item) => {
    const { path } = item;
    const ours = path.startsWith(HOME);
    const name = packageOf(path);
    const wrong: string[] = [];
    if (BIN.test(path) && TOOLS.test(path)) wrong.push(`toolchain: ${path}`);
    if (ours && SOURCES.test(path)) wrong.push(`source: ${path}`);
    if (ours && TESTS.test(path)) wrong.push(`test: ${path}`);
    if (name !== undefined && development.has(name) && !seen.has(name)) {
      seen.add(name);
      wrong.push(`development package: ${name}`);
    }
    if (isPrivate(path) && SECRET_NAMES.test(path)) wrong.push(`secret by its name: ${path}`);
    const secret = secretIn(root, item, marker);
    if (secret !== undefined) wrong.push(`secret: ${path} holds ${secret}`);
    return wrong;
  });
};

/** Bytes by place, largest first: the program's own folders, its packages, and the base. */
export const weigh = (files: readonly Item[]): readonly (readonly [place: string, bytes: number, files: number])[] => {
  const sums = new Map<string, [number, number]>();
  for (const { path, bytes } of files) {
    const place =
      /^\/opt\/beffroi\/(?:node_modules\/(?:@[^/]+\/)?[^/]+|dist\/[^/]+|[^/]+)/.exec(path)?.[0] ??
      (path === "/usr/local/bin/node" ? path : "the rest of the base");
    const [sum, count] = sums.get(place) ?? [0, 0];
    sums.set(place, [sum + bytes, count + 1]);
  }
  return [...sums].map(([place, [bytes, count]]) => [place, bytes, count] as const).sort((a, b) => b[1] - a[1]);
};
