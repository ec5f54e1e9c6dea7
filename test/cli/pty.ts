/** The real program at a real terminal of 80 columns: `script` of util-linux gives it one, and a person's answers are typed into it. */
import { spawn, spawnSync } from "node:child_process";
import { displayWidth } from "../../cli/terminal/width.ts";
import { fr } from "../../texts/cli/fr.ts";
import { BIN } from "./bin.ts";

export const COLUMNS = 80;

export interface Seen {
  readonly code: number | null;
  /** Every line as it stood at some time, those written over included; without colours. */
  readonly lines: readonly string[];
  readonly text: string;
}

interface Sitting {
  readonly cwd: string;
  readonly language?: "fr" | "en";
  /** What is typed when this has been asked, in this order. */
  readonly answers?: readonly (readonly [asked: RegExp, typed: string])[];
}

/** Without one the tests are skipped by name; where system tests are required that is a failure. */
export const hasTerminal = (): boolean => {
  const has = spawnSync("script", ["--version"]).status === 0;
  if (!has && process.env.BEFFROI_SYSTEM_TESTS === "required")
    throw new Error("the terminal tests need `script` of bsdutils (BEFFROI_SYSTEM_TESTS=required)");
  return has;
};

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
// Colours and moves of the cursor; to the first column begins the line anew.
const HOME = new RegExp(`${String.fromCharCode(27)}\\[1?G|\\r`, "g");
const CONTROLS = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-9;?]*[ -/]*[@-~]|[=>])`, "g");

const linesOf = (raw: string): string[] =>
  raw
    .replaceAll("\r\n", "\n")
    .replace(HOME, "\n")
    .replace(CONTROLS, "")
    .split("\n")
    .map((line) => line.replace(/[\u00a0\u202f]/g, " ").trimEnd());

export const sit = (args: readonly string[], { cwd, language = "fr", answers = [] }: Sitting): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const line = ["node", BIN, ...args].map(quoted).join(" ");
    const child = spawn("script", ["-qec", `stty cols ${COLUMNS} rows 50; ${line}`, "/dev/null"], {
      cwd,
      env: {
        PATH: process.env.PATH,
        HOME: cwd,
        USER: "claire",
        SHELL: "/bin/sh",
        TERM: "xterm",
        LANG: language === "fr" ? "fr_FR.UTF-8" : "en_GB.UTF-8",
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const left = [...answers];
    let [raw, read] = ["", 0];
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      raw += part;
      const next = left[0];
      const found = next?.[0].exec(raw.slice(read));
      if (next === undefined || found === null || found === undefined) return;
      read += found.index + found[0].length;
      left.shift();
      child.stdin.write(`${next[1]}\r`);
    });
    child.once("error", reject);
    child.once("close", (code) => {
      const lines = linesOf(raw);
      resolve({ code, lines, text: lines.join("\n") });
    });
  });

/** English words that no French sentence has. */
const ENGLISH = /(?<![\w-])(?:the|of|and|is|are|was|has|with|this|not|your|cannot)(?![\w-])/i;

/** A sentence may end so: “still waiting…”. */
const isCut = (line: string): boolean =>
  /\p{L}…$/u.test(line) &&
  !Object.values<string>(fr).some((text) => text.endsWith("…") && line.endsWith(text.slice(-12)));

/** What a person of this commune should never see. */
export const faultsOf = ({ lines }: Seen): readonly string[] =>
  lines.flatMap((line) => [
    ...(displayWidth(line) > COLUMNS ? [`${displayWidth(line)} columns: ${line}`] : []),
    ...(ENGLISH.test(line) ? [`English: ${line}`] : []),
    ...(/\{\w+\}|undefined|NaN|\[object|\bat .*\.ts:\d/.test(line) ? [`not filled in: ${line}`] : []),
    ...(isCut(line) ? [`cut: ${line}`] : []),
  ]);
