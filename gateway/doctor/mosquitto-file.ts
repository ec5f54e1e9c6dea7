/** Mosquitto's configuration, as far as what it holds for the box rests on it, and whether anybody may listen. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finding, finding, type Repair } from "./words.ts";

export const MOSQUITTO_FILE = "/etc/mosquitto/mosquitto.conf";

interface Setting {
  readonly file: string;
  readonly words: readonly string[];
}

/** The file with those it includes, in mosquitto's own order. */
const settingsOf = (file: string): Setting[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => {
      const words = line.split(/\s+/);
      if (words[0] !== "include_dir") return [{ file, words }];
      const folder = words.slice(1).join(" ");
      if (!existsSync(folder)) return [];
      const names = readdirSync(folder).filter((name) => name.endsWith(".conf"));
      return names.sort().flatMap((name) => settingsOf(join(folder, name)));
    });

/** The last one counts. */
const lastOf = (settings: readonly Setting[], key: string): Setting | undefined =>
  settings.findLast(({ words }) => words[0] === key);

/** Replaces the line that counts, or adds one before the first listener, where global settings belong. */
const setKey = (text: string, key: string, value: string): string => {
  const lines = text.split("\n");
  const isKey = (line: string): boolean => new RegExp(`^\\s*${key}\\s`).test(`${line} `);
  if (lines.some(isKey)) return lines.map((line) => (isKey(line) ? `${key} ${value}` : line)).join("\n");
  const listener = lines.findIndex((line) => /^\s*(?:listener|include_dir)\s/.test(line));
  const at = listener === -1 ? (lines.at(-1) === "" ? lines.length - 1 : lines.length) : listener;
  return lines.toSpliced(at, 0, `${key} ${value}`).join("\n");
};

/** A night's events of a town; 0 is without limit. */
const QUEUE_MIN = 100_000;
/** A power cut may take so much with it. */
const AUTOSAVE_SECONDS_MAX = 60;

const isLoopback = (address: string): boolean =>
  address === "localhost" || address === "::1" || address.startsWith("127.");

/** Listeners that the network reaches. A file without any listens on this machine only. */
const openPorts = (settings: readonly Setting[]): string[] =>
  settings
    .filter(({ words }) => words[0] === "listener")
    .filter(({ words }) => words[2] === undefined || !isLoopback(words[2]))
    .map(({ words }) => words[1] ?? "?")
    .filter((port) => port !== "0");

export const lookAtMosquitto = (file: string): Finding[] => {
  if (!existsSync(file)) return [finding("broker", "broker-not-found", "unknown", { file })];
  let settings: Setting[];
  try {
    settings = settingsOf(file);
  } catch (error) {
    return [
      finding("broker", "broker-unreadable", "unknown", {
        file,
        detail: error instanceof Error ? error.message : String(error),
      }),
    ];
  }
  const settingOf = (key: string): string | undefined => lastOf(settings, key)?.words[1];
  const repair = (key: string, value: string): Repair => ({
    file: lastOf(settings, key)?.file ?? file,
    restart: "mosquitto",
    mend: (text) => setKey(text, key, value),
  });
  const findings: Finding[] = [];
  if (settingOf("persistence") !== "true")
    findings.push(
      finding(
        "broker",
        "broker-persistence",
        "bad",
        { file, found: settingOf("persistence") ?? "–" },
        repair("persistence", "true"),
      ),
    );
  const autosave = Number(settingOf("autosave_interval") ?? 1_800);
  const onChanges = settingOf("autosave_on_changes") === "true";
  // On changes the interval counts changes; 0 saves at the end only.
  if (!(onChanges ? autosave > 0 : autosave > 0 && autosave <= AUTOSAVE_SECONDS_MAX))
    findings.push(
      finding(
        "broker",
        "broker-autosave",
        "bad",
        { file, found: autosave },
        repair("autosave_interval", String(AUTOSAVE_SECONDS_MAX)),
      ),
    );
  const queue = Number(settingOf("max_queued_messages") ?? 1_000);
  if (queue !== 0 && queue < QUEUE_MIN)
    findings.push(finding("broker", "broker-queue", "bad", { file, found: queue }, repair("max_queued_messages", "0")));
  const open = settingOf("allow_anonymous") === "true" ? openPorts(settings) : [];
  if (open.length > 0) findings.push(finding("broker", "broker-open", "bad", { file, ports: open.join(", ") }));
  return findings.length === 0 ? [finding("broker", "broker-well", "good", { file })] : findings;
};
