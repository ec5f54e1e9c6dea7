/**
 * The box's configuration: `beffroi.toml` read once into a fully required type. All faults are reported together, each with key,
 * line and what would be right; the rest of the box never sees the file.
 */
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import type { z } from "zod";
import { closest } from "../texts/closest.ts";
import type { RedisAddress } from "./chirpstack/redis-streams.ts";
import { documentedPath, pathsInFile } from "./config-destinations.ts";
import { durationMs } from "./config-duration.ts";
import { keyLines } from "./config-lines.ts";
import { type ConfigFile, type ConfigKey, configKeys, configSchema, DATA_FOLDER_DEFAULT } from "./config-schema.ts";
import { sizeBytes } from "./config-size.ts";
import type { Expectation } from "./config-values.ts";
import { CONTROL_SOCKET } from "./control/place.ts";
import { IDENTITY_FILE } from "./identity.ts";
import { notMountedHere } from "./mounts.ts";
import type { SpaceLimits } from "./space.ts";

export type LogLevel = ConfigFile["log"]["level"];

/** What the box's process is built from; paths are absolute, times in milliseconds. */
export interface GatewayConfig {
  /** Name of the box, unique in the region. */
  readonly box: string;
  /** Holds journal, registry, ledger and `control.sock`. */
  readonly dataFolder: string;
  readonly broker: {
    readonly url: string;
    readonly clientId: string;
    readonly sessionExpirySeconds: number;
    readonly username?: string;
    readonly password?: string;
    readonly caFile?: string;
    /** Key and certificate. */
    readonly certificateFile?: string;
  };
  readonly chirpstack?: {
    readonly api: string;
    readonly apiKeyFile: string;
    readonly tenant: string;
    /** Of a key that is for this tenant alone. */
    readonly tenantId?: string;
  };
  /** Where ChirpStack keeps its last events. */
  readonly redis?: RedisAddress;
  readonly hypervisor?: {
    readonly url: string;
    /** Key, certificate and authority (identity.ts). */
    readonly identityFile: string;
  };
  /** Who else receives the journal. */
  readonly destinations?: readonly {
    readonly name: string;
    readonly url: string;
    readonly identityFile: string;
    readonly from: "now" | "oldest";
    readonly holdMs: number;
  }[];
  /** How long an ordinary reading may wait for its write to the disk; 0: never. */
  readonly commitDelayMs: number;
  /** Where left out, space.ts has its own. */
  readonly space?: Partial<SpaceLimits>;
  /** Wishes for many assets. */
  readonly commands?: { readonly confirmFrom: number; readonly communeConsent: boolean };
  readonly logLevel: LogLevel;
}

/** One thing wrong with the file; `config.fault.CODE` in the catalogue says it in words. */
export interface ConfigFault {
  readonly code:
    | "file-missing"
    | "not-toml"
    | "unknown-key"
    | "missing-key"
    | "wrong-value"
    | "no-such-file"
    | "not-enrolled"
    | "not-together"
    | "path-too-long";
  /** `broker.client_id`; empty when the fault is the file's. */
  readonly key: string;
  readonly line?: number;
  /** What stands there, as written; never of a secret. */
  readonly found?: string;
  readonly expects?: Expectation;
  /** The values or bounds allowed. */
  readonly allowed?: string;
  /** The key that was probably meant, or the other key of a pair. */
  readonly suggestion?: string;
  readonly detail?: string;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: GatewayConfig }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** A Unix socket's path may have 107 bytes on Linux (`sun_path`). */
const SOCKET_PATH_BYTES_MAX = 107;

export interface ConfigUse {
  /** The identity may still be missing: it is about to be written. */
  readonly enrolling?: boolean;
}

const OF_A_SECTION: ReadonlySet<string> = new Set(["missing-key", "not-enrolled"]);
const IDENTITY_KEY = "hypervisor.identity";

/** Reads and checks a file; relative paths in it are relative to its folder. */
export function loadConfig(file: string, use: ConfigUse = {}): ConfigResult {
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, faults: [{ code: "file-missing", key: "", found: file, detail }] };
  }
  return parseConfig(source, dirname(resolve(file)), use);
}

export function parseConfig(source: string, folder: string, { enrolling = false }: ConfigUse = {}): ConfigResult {
  let raw: unknown;
  try {
    raw = parse(source);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const detail = error.message.split("\n")[0]!.replace(/^Invalid TOML document: /, "");
    return { ok: false, faults: [{ code: "not-toml", key: "", line: error.line, detail }] };
  }
  const parsed = configSchema.safeParse(raw);
  const faults = parsed.success ? [] : parsed.error.issues.flatMap((issue) => faultsOf(issue, raw));
  faults.push(...faultsAcrossKeys(raw, folder).filter(({ key }) => !(enrolling && key === IDENTITY_KEY)));
  if (!parsed.success || faults.length > 0) return { ok: false, faults: withLines(faults, keyLines(source)) };
  return { ok: true, config: normalise(parsed.data, folder) };
}

function withLines(faults: readonly ConfigFault[], lines: ReadonlyMap<string, number>): ConfigFault[] {
  const placed = faults.map((fault) => {
    // A missing key has no line; its table's header is where it belongs.
    const line = lines.get(fault.key) ?? (OF_A_SECTION.has(fault.code) ? lines.get(sectionOf(fault.key)) : undefined);
    return line === undefined ? fault : { ...fault, line };
  });
  return placed.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

const sectionOf = (key: string): string => key.split(".")[0]!;
/** All but the last word. */
const tableOf = (key: string): string => key.slice(0, key.lastIndexOf("."));

function faultsOf(issue: z.core.$ZodIssue, raw: unknown): ConfigFault[] {
  const { keys, sections } = configKeys();
  const key = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const siblings =
      key === ""
        ? sections.map((section) => sectionOf(section.name))
        : keys.filter((each) => tableOf(each.path) === documentedPath(key)).map((each) => each.path.split(".").at(-1)!);
    return issue.keys.map((name) => unknownKey(key, name, siblings));
  }
  const found = valueAt(raw, issue.path);
  const known = keys.find((each) => each.path === documentedPath(key));
  if (known === undefined) {
    if (found !== undefined) return [{ code: "wrong-value", key, found: shown(found), expects: "table" }];
    return keys.filter((each) => each.required && sectionOf(each.path) === key).map(missingKey);
  }
  if (found === undefined) return [missingKey({ ...known, path: key })];
  const allowed = issue.code === "invalid_value" ? issue.values.join(", ") : known.bounds;
  return [
    {
      code: "wrong-value",
      key,
      expects: known.expects,
      ...(known.secret ? {} : { found: shown(found) }),
      ...(allowed === undefined ? {} : { allowed }),
    },
  ];
}

function missingKey(key: ConfigKey): ConfigFault {
  return { code: "missing-key", key: key.path, expects: key.expects, detail: key.example };
}

function unknownKey(table: string, name: string, siblings: readonly string[]): ConfigFault {
  const prefix = table === "" ? "" : `${table}.`;
  const suggestion = closest(name, siblings);
  return {
    code: "unknown-key",
    key: prefix + name,
    allowed: siblings.join(", "),
    ...(suggestion === undefined ? {} : { suggestion: prefix + suggestion }),
  };
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return value;
}

/** As it stands in the file, cut, and without a password that stands in an address. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replace(/\/\/[^/@\s]*@/, "//…@").slice(0, 60);
}

/** What no single key can know: pairs that exclude each other, files that are not there. */
function faultsAcrossKeys(raw: unknown, folder: string): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const value = (key: string): unknown => valueAt(raw, key.split("."));
  if (value("broker.password") !== undefined && value("broker.password_file") !== undefined)
    faults.push({ code: "not-together", key: "broker.password", suggestion: "broker.password_file" });
  const files = configKeys().keys.filter((each) => each.expects === "file");
  for (const path of files.flatMap((each) => pathsInFile(each.path, raw))) {
    const file = value(path);
    if (typeof file === "string" && file !== "" && !isReadableFile(resolve(folder, file)))
      faults.push({ code: "no-such-file", key: path, found: resolve(folder, file) });
  }
  const data = value("box.data");
  const dataFolder = resolve(folder, typeof data === "string" ? data : DATA_FOLDER_DEFAULT);
  const identity = resolve(dataFolder, IDENTITY_FILE);
  if (
    value("hypervisor") !== undefined &&
    value(IDENTITY_KEY) === undefined &&
    isMissing(identity) &&
    !isAway(dataFolder)
  )
    faults.push({ code: "not-enrolled", key: IDENTITY_KEY, found: identity });
  const socket = resolve(dataFolder, CONTROL_SOCKET);
  if (Buffer.byteLength(socket) > SOCKET_PATH_BYTES_MAX)
    faults.push({ code: "path-too-long", key: "box.data", found: socket, allowed: String(SOCKET_PATH_BYTES_MAX) });
  return faults;
}

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Whether nothing can be said of what is in it. */
const isAway = (folder: string): boolean => notMountedHere(folder) !== undefined;

/** What a disk that fails, or a folder that is somebody else's, does not show is not missing: whoever needs it meets the true reason. */
function isMissing(path: string): boolean {
  try {
    return !statSync(path).isFile();
  } catch (error) {
    return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
  }
}

function normalise(file: ConfigFile, folder: string): GatewayConfig {
  const at = (path: string): string => resolve(folder, path);
  const { broker, chirpstack, redis, hypervisor, destinations } = file;
  const dataFolder = at(file.box.data);
  const password =
    broker.password_file === undefined
      ? broker.password
      : readFileSync(at(broker.password_file), "utf8").split(/\r?\n/)[0];
  return {
    box: file.box.name,
    dataFolder,
    broker: {
      url: broker.url,
      clientId: broker.client_id ?? `beffroi-${file.box.name}`,
      sessionExpirySeconds: Math.round(durationMs(broker.session_expiry)! / 1_000),
      ...(broker.username === undefined ? {} : { username: broker.username }),
      ...(password === undefined ? {} : { password }),
      ...(broker.ca === undefined ? {} : { caFile: at(broker.ca) }),
      ...(broker.certificate === undefined ? {} : { certificateFile: at(broker.certificate) }),
    },
    ...(chirpstack === undefined
      ? {}
      : {
          chirpstack: {
            api: chirpstack.api,
            apiKeyFile: at(chirpstack.api_key_file),
            tenant: chirpstack.tenant ?? file.box.name,
            ...(chirpstack.tenant_id === undefined ? {} : { tenantId: chirpstack.tenant_id }),
          },
        }),
    ...(redis === undefined
      ? {}
      : {
          redis: {
            url: redis.url,
            ...(redis.username === undefined ? {} : { username: redis.username }),
            ...(redis.password_file === undefined ? {} : { passwordFile: at(redis.password_file) }),
            ...(redis.ca === undefined ? {} : { caFile: at(redis.ca) }),
          },
        }),
    ...(hypervisor === undefined
      ? {}
      : {
          hypervisor: {
            url: hypervisor.url,
            identityFile:
              hypervisor.identity === undefined ? resolve(dataFolder, IDENTITY_FILE) : at(hypervisor.identity),
          },
        }),
    ...(destinations === undefined
      ? {}
      : {
          destinations: Object.entries(destinations).map(([name, each]) => ({
            name,
            url: each.url,
            identityFile: at(each.identity),
            from: each.from,
            holdMs: durationMs(each.hold)!,
          })),
        }),
    commitDelayMs: durationMs(file.journal.commit_delay)!,
    space: {
      limitBytes: sizeBytes(file.journal.max_size)!,
      reserveBytes: sizeBytes(file.journal.free_space)!,
      keepHours: Math.ceil(durationMs(file.journal.keep)! / 3_600_000),
    },
    commands: { confirmFrom: file.commands.confirm_from, communeConsent: file.commands.commune_consent },
    logLevel: file.log.level,
  };
}

/** The configuration as it may be printed. */
export function redactedConfig(config: GatewayConfig): GatewayConfig {
  if (config.broker.password === undefined) return config;
  return { ...config, broker: { ...config.broker, password: "[redacted]" } };
}
