/** The reply to a batch: JSON, its status also the HTTP status, its pause also `Retry-After`. */
import { isRecord } from "./body-json.ts";
import type { BatchReply } from "./entry.ts";
import { type Result, refuse } from "./faults.ts";

export interface PrintedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function printReply(reply: BatchReply): PrintedReply {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (reply.status === 429 || reply.status === 503) headers["retry-after"] = String(Math.ceil(reply.retryAfterSeconds));
  return { status: reply.status, headers, body: JSON.stringify(reply) };
}

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const timeOf = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const textOf = (value: unknown, otherwise: string): string =>
  typeof value === "string" && value !== "" ? value : otherwise;

/** Pause where the answer names none: proxies answer 429 and 503 too. */
const RETRY_AFTER_SECONDS = 5;
const RETRY_AFTER_SECONDS_MAX = 3600;

function retryAfter(header: string | undefined, body: unknown): number {
  const seconds = Number(header ?? body);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, RETRY_AFTER_SECONDS_MAX) : RETRY_AFTER_SECONDS;
}

/** Header names in lower case. Unknown fields are ignored; a reply that is none of the protocol is a fault. */
export function parseReply(
  status: number,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
): Result<BatchReply> {
  const fields = parseObject(body);
  switch (status) {
    case 200:
      return parseDurable(fields);
    case 409:
      if (!isSeq(fields.expectedSeq)) return refuse("wrong-reply", "409 without expectedSeq");
      return {
        ok: true,
        value: { status, expectedSeq: fields.expectedSeq, serverTime: timeOf(fields.serverTime) },
      };
    case 410:
      if (!isSeq(fields.epoch)) return refuse("wrong-reply", "410 without epoch");
      return { ok: true, value: { status, epoch: fields.epoch, ...(fields.adopt === true ? { adopt: true } : {}) } };
    case 413:
      return { ok: true, value: { status, bytesMax: isSeq(fields.bytesMax) ? fields.bytesMax : 0 } };
    case 422:
      return { ok: true, value: { status, message: textOf(fields.message, "no reason given") } };
    case 423:
      return { ok: true, value: { status, incident: textOf(fields.incident, "no incident named") } };
    case 429:
    case 503:
      return {
        ok: true,
        value: { status, retryAfterSeconds: retryAfter(headers["retry-after"], fields.retryAfterSeconds) },
      };
    default:
      return refuse("wrong-reply", `status ${status}${typeof fields.code === "string" ? ` (${fields.code})` : ""}`);
  }
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function parseDurable(fields: Readonly<Record<string, unknown>>): Result<BatchReply> {
  const { durableSeq, quarantined, durableHash } = fields;
  if (!isSeq(durableSeq)) return refuse("wrong-reply", "200 without durableSeq");
  return {
    ok: true,
    value: {
      status: 200,
      durableSeq,
      quarantined: Array.isArray(quarantined) ? quarantined.filter(isSeq) : [],
      serverTime: timeOf(fields.serverTime),
      ...(typeof durableHash === "string" && /^[0-9a-f]{64}$/.test(durableHash) ? { durableHash } : {}),
      ...(fields.digest === true ? { digest: true } : {}),
    },
  };
}
