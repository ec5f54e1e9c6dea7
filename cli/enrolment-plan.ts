/** What `enroll` will do, decided before anybody is asked: whose code, which region, which files. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type CodeFault, readCode, readTicket } from "../cloud-sync/protocol/enrolment.ts";
import { refuseUnmounted } from "../gateway/box-store.ts";
import { loadConfig } from "../gateway/config.ts";
import { keyLines } from "../gateway/config-lines.ts";
import { DATA_FOLDER_DEFAULT } from "../gateway/config-schema.ts";
import { controlSocketsOf } from "../gateway/control/place.ts";
import { IDENTITY_FILE, isOfBegun, readIdentity } from "../gateway/identity.ts";
import { writeWhole } from "../gateway/whole-file.ts";
import type { Cli } from "./cli.ts";
import { configFaultLines } from "./config-fault-lines.ts";
import { fault } from "./faults.ts";
import { tomlOf } from "./init-file.ts";
import type { CliSay } from "./language.ts";
import { type BoxOptions, CONFIG_FILE, configFileOf } from "./which-box.ts";

export interface Typed {
  readonly code: string;
  readonly pin?: string;
  readonly url?: string;
}

export interface EnrolmentPlan {
  readonly url: string;
  readonly configFile: string;
  /** `new`: the file is made · `section`: `[hypervisor]` is added · `line`: its url is changed */
  readonly edit: "new" | "section" | "line" | "none";
  /** As the configuration names the box; undefined when there is none yet. */
  readonly box?: string;
  readonly dataFolder: string;
  readonly identityFile: string;
  /** A gateway works with this data folder, or was killed. */
  readonly running: boolean;
}

/** A code with or without its hyphens, or a ticket. */
export function parseTyped(text: string, say: CliSay): Typed {
  const refused = (why: CodeFault) => fault("wrong-code", { reason: say(`code.${why}`) });
  const ticket = readTicket(text.replace(/\s/g, ""));
  if (typeof ticket === "string") throw refused(ticket);
  if (ticket !== undefined) return ticket;
  const read = readCode(text);
  if (!read.ok) throw refused(read.fault);
  return { code: read.code };
}

interface Options extends BoxOptions {
  readonly hypervisor?: string;
  readonly force?: boolean;
}

export function planEnrolment(cli: Cli, typed: Typed, options: Options): EnrolmentPlan {
  const configFile = configFileOf(cli, options) ?? resolve(cli.cwd, CONFIG_FILE);
  const known = existsSync(configFile) ? knownBox(cli, configFile) : undefined;
  const asked = options.hypervisor ?? typed.url ?? known?.url;
  if (asked === undefined) throw fault("missing-option", { option: "--hypervisor <url>", command: "enroll" });
  const url = parseUrl(asked);
  if (known?.url !== undefined && known.url !== url && !options.force)
    throw fault("region-otherwise", { file: configFile, found: known.url, url });
  const dataFolder = known?.dataFolder ?? resolve(dirname(configFile), options.data ?? DATA_FOLDER_DEFAULT);
  const identityFile = known?.identityFile ?? join(dataFolder, IDENTITY_FILE);
  if (!options.force) refuseEnrolled(identityFile, dataFolder);
  return {
    url,
    configFile,
    edit: known === undefined ? "new" : known.url === undefined ? "section" : known.url === url ? "none" : "line",
    ...(known === undefined ? {} : { box: known.box }),
    dataFolder,
    identityFile,
    running: controlSocketsOf(dataFolder).some((socket) => existsSync(socket)),
  };
}

function parseUrl(typed: string): string {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  const well = url?.protocol === "https:" && url.username === "" && url.search === "" && url.hash === "";
  if (!well) throw fault("wrong-hypervisor", { typed: typed.slice(0, 100) });
  return url.href.replace(/\/$/, "");
}

function knownBox(cli: Cli, file: string) {
  const read = loadConfig(file, { enrolling: true });
  if (!read.ok) {
    const lines = configFaultLines(cli.say, read.faults);
    throw fault("config-invalid", { file, n: read.faults.length }, { lines, detail: { file, faults: read.faults } });
  }
  const { box, dataFolder, hypervisor } = read.config;
  return {
    box,
    dataFolder,
    ...(hypervisor === undefined ? {} : { url: parseUrl(hypervisor.url), identityFile: hypervisor.identityFile }),
  };
}

/** Not one that an interrupted enrolment has just written: that begins anew and gets the same. */
function refuseEnrolled(file: string, dataFolder: string): void {
  if (!existsSync(file)) return;
  let box = "?";
  let until = "?";
  try {
    const identity = readIdentity(file);
    if (isOfBegun(identity, dataFolder)) return;
    box = identity.box;
    until = new Date(identity.endsAt).toISOString().slice(0, 10);
  } catch {
    // Whatever it is, it is not ours to write over.
  }
  throw fault("already-enrolled", { box, until, file });
}

/** Before the code is used up. Throws what the file system says, and `DiskAbsent`. */
export function checkWritable({ edit, configFile, dataFolder, identityFile }: EnrolmentPlan): void {
  refuseUnmounted(dataFolder);
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  for (const folder of [dataFolder, dirname(identityFile)]) accessSync(folder, constants.W_OK);
  if (edit === "none") return;
  if (edit === "new") mkdirSync(dirname(configFile), { recursive: true });
  accessSync(dirname(configFile), constants.W_OK);
}

const urlLine = (url: string): string => `url = ${JSON.stringify(url)}`;

export function writeConfig({ edit, configFile, url, dataFolder }: EnrolmentPlan, box: string): void {
  if (edit === "none") return;
  if (edit === "new") {
    const text = tomlOf({ name: box, data: dataFolder, broker: "mqtt://127.0.0.1:1883" });
    // Root's own, which the box may read: where it is written by root, the box is somebody else.
    const { gid } = statSync(dataFolder);
    writeWhole(configFile, `${text}\n[hypervisor]\n${urlLine(url)}\n`, { mode: 0o640, uid: 0, gid });
    return;
  }
  const text = readFileSync(configFile, "utf8");
  const next = edit === "section" ? `${text.trimEnd()}\n\n[hypervisor]\n${urlLine(url)}\n` : withUrl(text, url);
  const { mode, uid, gid } = statSync(configFile);
  writeWhole(configFile, next, { mode: mode & 0o777, uid, gid });
}

function withUrl(text: string, url: string): string {
  const place = (keyLines(text).get("hypervisor.url") ?? 0) - 1;
  return text
    .split("\n")
    .map((line, index) => (index === place ? urlLine(url) : line))
    .join("\n");
}
