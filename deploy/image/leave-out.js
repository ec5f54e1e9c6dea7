// Takes out of a production node_modules what no running process reads: tests, examples, documentation, type declarations, source
// maps, sources of compiled code, and native code for other machines. Licences stay.
//   node leave-out.js <node_modules> <arm64|x64>
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const [root, cpu] = process.argv.slice(2);
if (root === undefined || !["arm64", "x64"].includes(cpu)) throw new Error("leave-out.js <node_modules> <arm64|x64>");

/** Beside a package.json; deeper such names may be code (yaml/dist/doc). */
const FOLDERS =
  /^(?:tests?|specs?|__tests__|benchmarks?|bench|examples?|docs?|coverage|fixtures|\.github|\.vscode|\.husky)$/;
const FILES =
  /(?:\.(?:[cm]?ts|tsx|map|flow|md|markdown|c|cc|cpp|h|hpp|gypi?|bazel|ya?ml)|\.(?:test|spec)\.[cm]?js|^\..*|tsconfig.*\.json|Makefile)$/i;
const LICENCES = /^(?:licen[cs]e|notice|copying|copyright)/i;
/** `prebuilds/linux-arm64.node` and its like. */
const PREBUILT = /^(?:darwin|linux|linuxmusl|win32)-(?:arm64|x64)\.node$/;
/** Of packages that carry the sources of their native part. */
const NATIVE_SOURCES = ["better-sqlite3/deps", "better-sqlite3/src", "better-sqlite3/build", "node-addon-api"];

let files = 0;
const leaveOut = (path) => {
  rmSync(path, { recursive: true, force: true });
  files += 1;
};

const walk = (folder) => {
  const isPackage = existsSync(join(folder, "package.json"));
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if ((isPackage && FOLDERS.test(entry.name)) || entry.name === "__tests__") leaveOut(path);
      else {
        walk(path);
        if (readdirSync(path).length === 0) rmdirSync(path);
      }
    } else if (PREBUILT.test(entry.name) && entry.name !== `linux-${cpu}.node`) leaveOut(path);
    else if (FILES.test(entry.name) && !LICENCES.test(entry.name)) leaveOut(path);
  }
};

for (const path of NATIVE_SOURCES) leaveOut(join(root, path));
// Commands that packages bring; the image has one command.
leaveOut(join(root, ".bin"));
walk(root);
process.stdout.write(`left out ${files} files and folders\n`);
