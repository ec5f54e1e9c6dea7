/** What the doctor says: one finding a thing looked at, in codes; the catalogue has the words. */

/** `unknown`: it could not be looked at, which is not the same as well. */
export type Health = "good" | "warning" | "bad" | "unknown";

export const AREAS = [
  "chirpstack",
  "broker",
  "clock",
  "disk",
  "keys",
  "region",
  "api",
  "redis",
  "ports",
  "box",
] as const;
export type Area = (typeof AREAS)[number];

export interface Finding {
  readonly area: Area;
  /** `doctor.CODE` in the catalogue says what was found; `.means` and `.todo` unless it is good. */
  readonly code: FindingCode;
  readonly health: Health;
  readonly values: Readonly<Record<string, string | number>>;
  /** Present when `--repair` can mend it. */
  readonly repair?: Repair;
}

/** A change of one configuration file. */
export interface Repair {
  readonly file: string;
  /** The file's new text, from its text now; the same again changes nothing. */
  readonly mend: (text: string) => string;
  /** What must be started anew for it to count. */
  readonly restart: "chirpstack" | "mosquitto";
}

export const FINDING_CODES = [
  "chirpstack-well",
  "chirpstack-not-found",
  "chirpstack-unreadable",
  "chirpstack-qos",
  "chirpstack-client-id",
  "chirpstack-clean-session",
  "chirpstack-session-expiry",
  "chirpstack-sqlite",
  "broker-well",
  "broker-not-found",
  "broker-unreadable",
  "broker-persistence",
  "broker-autosave",
  "broker-queue",
  "broker-open",
  "clock-well",
  "clock-unchecked",
  "clock-unset",
  "clock-unsynchronised",
  "clock-offset",
  "disk-well",
  "disk-low",
  "disk-full",
  "keys-tpm",
  "keys-file",
  "keys-exposed",
  "keys-lost",
  "keys-none",
  "region-well",
  "region-alone",
  "region-unreachable",
  "region-refused",
  "certificate-ends",
  "certificate-ended",
  "certificate-not-yet",
  "certificate-other-key",
  "certificate-unreadable",
  "private-key-exposed",
  "api-well",
  "api-none",
  "api-unreachable",
  "api-key-refused",
  "api-key-limited",
  "api-key-exposed",
  "api-key-unreadable",
  "redis-well",
  "redis-empty",
  "redis-short",
  "redis-refused",
  "redis-unreachable",
  "redis-file-unreadable",
  "redis-password-exposed",
  "ports-well",
  "ports-open",
  "ports-unknown",
  "box-well",
  "box-off",
  "box-disk-full",
  "box-disk-read-only",
  "box-disk-failing",
  "box-disk-absent",
  "box-first-hop",
  "network-lost",
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

export const finding = (
  area: Area,
  code: FindingCode,
  health: Health,
  values: Finding["values"] = {},
  repair?: Repair,
): Finding => ({ area, code, health, values, ...(repair === undefined ? {} : { repair }) });
