#!/usr/bin/env node
// Finds the right Node and the right form of the program; everything else is in main. Plain JavaScript that an old Node can
// parse, because telling its user what is missing is half of its work.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import nodeModule from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;
const root = new URL("../", import.meta.url);
const file = (path) => fileURLToPath(new URL(path, root));

async function runHere() {
  process.title = "beffroi";
  // Remembers stripped types and compiled code: the second start takes half the time. A folder one may not write is no fault.
  nodeModule.enableCompileCache?.(file("node_modules/.cache/beffroi"));
  const checkout = new URL("cli/main.ts", root);
  const entry = existsSync(checkout) ? checkout : new URL("dist/cli/main.js", root);
  const { main } = await import(entry.href);
  await main(process.argv.slice(2));
}

function runWithNewerNode() {
  const newer = file(`node_modules/node-linux-${process.arch}/bin/node`);
  if (process.platform === "linux" && existsSync(newer)) {
    const { status, signal } = spawnSync(newer, [file("cli/beffroi.js"), ...process.argv.slice(2)], {
      stdio: "inherit",
    });
    return status ?? 128 + (constants.signals[signal] ?? 0);
  }
  const french = /^fr/i.test(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "");
  process.stderr.write(
    french
      ? `beffroi a besoin de Node ${NODE_MAJOR_MIN} ou plus récent ; ceci est Node ${process.version}.\n` +
          "Sous Linux, « npm ci » l'apporte ; ailleurs, installez-le depuis https://nodejs.org.\n"
      : `beffroi needs Node ${NODE_MAJOR_MIN} or newer; this is Node ${process.version}.\n` +
          'On Linux "npm ci" brings it; elsewhere install it from https://nodejs.org.\n',
  );
  return 1;
}

if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) await runHere();
else process.exitCode = runWithNewerNode();
