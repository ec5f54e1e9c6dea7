/** ChirpStack's configuration, as far as the first hop rests on it: whether what it publishes survives a restart of anything. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { setTomlKey } from "./toml-edit.ts";
import { type Finding, type FindingCode, finding } from "./words.ts";

/** Where packages put it, the first that is there. */
export const CHIRPSTACK_FOLDERS = ["/etc/chirpstack", "/etc/chirpstack-sqlite"] as const;

const SECTION = "integration.mqtt";

type Table = Readonly<Record<string, unknown>>;

const table = (value: unknown): Table => (typeof value === "object" && value !== null ? (value as Table) : {});

interface Read {
  readonly file: string;
  readonly config: Table;
}

/** ChirpStack reads every .toml of its folder as one; the file that has the section is the one to mend. */
const readAll = (folder: string): Read[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".toml"))
    .sort()
    .map((name) => {
      const file = join(folder, name);
      return { file, config: parse(readFileSync(file, "utf8")) };
    });

const mqttOf = ({ config }: Read): unknown => table(config.integration).mqtt;

interface Rule {
  readonly code: FindingCode;
  readonly key: string;
  readonly right: string | number | boolean;
  readonly holds: (value: unknown) => boolean;
}

const RULES = (box: string): readonly Rule[] => [
  { code: "chirpstack-qos", key: "qos", right: 1, holds: (value) => value === 1 || value === 2 },
  {
    code: "chirpstack-client-id",
    key: "client_id",
    right: `chirpstack-${box}`,
    holds: (value) => typeof value === "string" && value !== "",
  },
  {
    code: "chirpstack-clean-session",
    key: "clean_session",
    right: false,
    holds: (value) => (value ?? false) === false,
  },
  {
    code: "chirpstack-session-expiry",
    key: "session_expiry_interval",
    right: "24h",
    holds: (value) => typeof value === "string" && !/^0*\s*[a-z]*$/i.test(value),
  },
];

const shown = (value: unknown): string => (value === undefined ? "–" : JSON.stringify(value));

/** SQLite that waits only a second for its lock drops events; without a log beside it, readers hold writers up. */
const sqliteFinding = (all: readonly Read[]): Finding[] => {
  const read = all.find(({ config }) => config.sqlite !== undefined);
  if (read === undefined) return [];
  const pragmas = table(read.config.sqlite).pragmas;
  const list = Array.isArray(pragmas) ? pragmas.map(String) : [];
  const wal = list.some((pragma) => /journal_mode\s*=\s*wal/i.test(pragma));
  return wal ? [] : [finding("chirpstack", "chirpstack-sqlite", "warning", { file: read.file })];
};

/** @param box its name makes the client id, unique at the broker. */
export const lookAtChirpStack = (folder: string | undefined, box: string): Finding[] => {
  if (folder === undefined)
    return [finding("chirpstack", "chirpstack-not-found", "unknown", { places: CHIRPSTACK_FOLDERS.join(", ") })];
  let all: Read[];
  try {
    all = readAll(folder);
  } catch (error) {
    const detail = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    return [finding("chirpstack", "chirpstack-unreadable", "unknown", { folder, detail })];
  }
  if (all.length === 0) return [finding("chirpstack", "chirpstack-not-found", "unknown", { places: folder })];
  const holder =
    all.find((read) => mqttOf(read) !== undefined) ??
    all.find(({ file }) => file.endsWith("/chirpstack.toml")) ??
    all[0]!;
  const mqtt = table(mqttOf(holder));
  const wrong = RULES(box).filter(({ key, holds }) => !holds(mqtt[key]));
  const findings = wrong.map(({ code, key, right }) =>
    finding(
      "chirpstack",
      code,
      code === "chirpstack-session-expiry" ? "warning" : "bad",
      { file: holder.file, found: shown(mqtt[key]), wanted: `${key} = ${JSON.stringify(right)}` },
      { file: holder.file, restart: "chirpstack", mend: (text) => setTomlKey(text, SECTION, key, right) },
    ),
  );
  const further = sqliteFinding(all);
  if (findings.length > 0) return [...findings, ...further];
  return [finding("chirpstack", "chirpstack-well", "good", { file: holder.file }), ...further];
};
