// Loaded before the program: it dies of SIGKILL at a named step of writing. Without a name it lists its steps.
// `open FILE`, `rename FILE` and `rm FILE` die before the step, `write FILE` with half of the text on the disk.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";

const at = process.env.DIES_AT;
const names = new Map();

const step = (name, before = () => {}) => {
  if (at === undefined) fs.appendFileSync(process.env.STEPS_FILE, `${name}\n`);
  if (name !== at) return;
  before();
  process.kill(process.pid, "SIGKILL");
};

const { openSync, writeSync, renameSync, rmSync } = fs;
fs.openSync = (file, flags, ...more) => {
  if (flags !== "wx") return openSync(file, flags, ...more);
  step(`open ${basename(file)}`);
  const handle = openSync(file, flags, ...more);
  names.set(handle, basename(file));
  return handle;
};
fs.writeSync = (handle, text, ...more) => {
  const name = names.get(handle);
  if (name !== undefined) step(`write ${name}`, () => writeSync(handle, text.slice(0, text.length / 2)));
  return writeSync(handle, text, ...more);
};
fs.renameSync = (from, to) => {
  step(`rename ${basename(to)}`);
  return renameSync(from, to);
};
fs.rmSync = (file, ...more) => {
  if (!file.endsWith(".new")) step(`rm ${basename(file)}`);
  return rmSync(file, ...more);
};
syncBuiltinESMExports();
