/**
 * What a support team needs to see, in one JSON file, with everything taken out that opens a door: keys, passwords, tokens. Redaction
 * is by name and by form, and the form wins: whatever looks like a key is one.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { arch, cpus, freemem, release, totalmem, uptime } from "node:os";
import { join } from "node:path";
import type { BoxStatus } from "../../api/control.ts";
import { type GatewayConfig, redactedConfig } from "../config.ts";
import { MOSQUITTO_FILE } from "./mosquitto-file.ts";
import type { Finding } from "./words.ts";

const GONE = "[redacted]";

const FORMS: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, GONE],
  // JSON Web Tokens: ChirpStack's API keys.
  [/\beyJ[\w-]*\.[\w-]+\.[\w-]+/g, GONE],
  // Name and password in an address.
  [/:\/\/[^/@\s"']+@/g, `://${GONE}@`],
  // 16 bytes and more as hex digits: LoRaWAN keys, in whatever grouping labels have.
  [/(?<![0-9a-f])(?:[0-9a-f]{2}[ :-]?){15,}[0-9a-f]{2}(?![0-9a-f])/gi, GONE],
  // The same as base64.
  [/(?<![\w+/])[\w+/]{22}==/g, GONE],
];

const SECRET_NAME = /(?:pass|secret|token|psk|api_?key|app_?key|nwk_?s?_?key|dsn|credential)/i;

/** Whether by name or by form. */
export const redact = (text: string): string => {
  const named = text
    .split("\n")
    .map((line) => {
      const setting = /^(\s*"?[\w.-]+"?\s*[=:\s]\s*)(\S.*)$/.exec(line);
      return setting !== null && SECRET_NAME.test(setting[1]!) && !line.trimStart().startsWith("#")
        ? `${setting[1]}${GONE}`
        : line;
    })
    .join("\n");
  return FORMS.reduce((each, [form, instead]) => each.replace(form, instead), named);
};

const LOG_LINES = "500";

/** The service's own log, where systemd keeps one. */
const recentLog = (): string => {
  const { status, stdout } = spawnSync(
    "journalctl",
    ["-u", "beffroi-gateway", "-n", LOG_LINES, "--no-pager", "-o", "cat"],
    {
      encoding: "utf8",
      timeout: 5_000,
    },
  );
  return status === 0 ? stdout : "";
};

const fileIn = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};

/** ChirpStack's files and mosquitto's, redacted. */
const foreignFiles = (folders: { readonly chirpstack: string | undefined; readonly mosquitto: string | undefined }) => {
  const { chirpstack, mosquitto = MOSQUITTO_FILE } = folders;
  const names = chirpstack !== undefined && existsSync(chirpstack) ? readdirSync(chirpstack).sort() : [];
  const files = [...names.filter((name) => name.endsWith(".toml")).map((name) => join(chirpstack!, name)), mosquitto];
  return Object.fromEntries(
    files.flatMap((file) => {
      const text = fileIn(file);
      return text === undefined ? [] : [[file, redact(text)]];
    }),
  );
};

export interface BundleParts {
  readonly version: string;
  readonly config: GatewayConfig;
  readonly status: BoxStatus | undefined;
  readonly findings: readonly Finding[];
  readonly chirpstackFolder: string | undefined;
  readonly mosquittoFile: string | undefined;
  readonly now: number;
}

export const supportBundle = (parts: BundleParts): string => {
  const { version, config, status, findings, now } = parts;
  const machine = {
    node: process.version,
    arch: arch(),
    kernel: release(),
    cpus: cpus().length,
    memory: totalmem(),
    memoryFree: freemem(),
    uptimeSeconds: Math.round(uptime()),
  };
  const bundle = {
    bundle: 1,
    madeAt: new Date(now).toISOString(),
    version,
    machine,
    findings: findings.map(({ repair, ...rest }) => ({ ...rest, repairable: repair !== undefined })),
    config: redactedConfig(config),
    status,
    files: foreignFiles({ chirpstack: parts.chirpstackFolder, mosquitto: parts.mosquittoFile }),
    log: redact(recentLog()).split("\n"),
  };
  // What was overlooked by name has its form still.
  return FORMS.reduce((text, [form, instead]) => text.replace(form, instead), `${JSON.stringify(bundle, null, 2)}\n`);
};
