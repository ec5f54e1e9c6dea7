/** Judges what came out of a realm. Nothing in it is trusted: it is text written by someone else's code. */
import { refused, type SandboxResult, sandboxFault } from "./faults.ts";
import type { SandboxLimits } from "./limits.ts";

export type JsonObject = Record<string, unknown>;

export interface Decoding {
  /** The codec's own fields; null when it gave none and complained of nothing but `warnings`. */
  readonly data: JsonObject | null;
  readonly warnings: readonly string[];
}

export interface Encoding {
  readonly bytes: Uint8Array;
  readonly fPort: number;
  readonly warnings: readonly string[];
}

export interface Normalization {
  readonly data: JsonObject | readonly unknown[];
  readonly warnings: readonly string[];
}

/** Deepest nesting of objects and arrays in a JSON text, without building it. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

/** JSON text to a value in which no key can reach a prototype when somebody later copies it. */
export function parseForeign(text: string): unknown {
  return text.includes("__proto__")
    ? JSON.parse(text, (key, value: unknown) => (key === "__proto__" ? undefined : value))
    : JSON.parse(text);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function complaints(value: unknown): string[] {
  if (value === undefined || value === null || value === false || value === "") return [];
  const list = Array.isArray(value) ? value : [value];
  return list
    .map((item) => (typeof item === "string" ? item : JSON.stringify(item)))
    .map((item) => item.slice(0, 1000));
}

interface Envelope {
  readonly result: JsonObject;
  readonly warnings: readonly string[];
}

function openEnvelope(text: string, limits: SandboxLimits): SandboxResult<Envelope> {
  if (text.length > limits.outputCharsMax) return refused("sandbox-output-too-large", `${text.length} characters`);
  if (jsonDepth(text) > limits.outputDepthMax) return refused("sandbox-output-too-deep");
  const result = parseForeign(text);
  if (!isObject(result)) return refused("sandbox-bad-result", "It is not an object.");
  const errors = complaints(result.errors);
  const warnings = complaints(result.warnings);
  if (errors.length > 0) {
    return { ok: false, fault: { ...sandboxFault("sandbox-errors", errors.join("; "), errors), warnings } };
  }
  return { ok: true, value: { result, warnings } };
}

export function readDecoding(text: string, limits: SandboxLimits): SandboxResult<Decoding> {
  const opened = openEnvelope(text, limits);
  if (!opened.ok) return opened;
  const { result, warnings } = opened.value;
  const data = result.data ?? null;
  if (data === null && warnings.length > 0) return { ok: true, value: { data, warnings } };
  if (!isObject(data)) return refused("sandbox-bad-result", "`data` is not an object.");
  return { ok: true, value: { data, warnings } };
}

export function readNormalization(text: string, limits: SandboxLimits): SandboxResult<Normalization> {
  const opened = openEnvelope(text, limits);
  if (!opened.ok) return opened;
  const { result, warnings } = opened.value;
  if (!isObject(result.data) && !Array.isArray(result.data)) {
    return refused("sandbox-bad-result", "`data` is neither an object nor a list.");
  }
  return { ok: true, value: { data: result.data, warnings } };
}

/** Lists, typed arrays and Buffers as JSON leaves them; a value no byte can hold is refused, for it would go on air as another. */
function readBytes(value: unknown): Uint8Array | undefined {
  const buffer = isObject(value) && value.type === "Buffer" ? value.data : value;
  const list = isObject(buffer) ? Object.keys(buffer).map((_, at) => buffer[String(at)]) : buffer;
  if (!Array.isArray(list) || list.length > 255) return undefined;
  const bytes: number[] = [];
  for (const item of list) {
    if (typeof item !== "number" || !Number.isInteger(item) || item < -128 || item > 255) return undefined;
    bytes.push(item & 255);
  }
  return Uint8Array.from(bytes);
}

/** `fPort`: where the caller meant to send, when the codec does not say; 1 where neither does, as The Things Stack has it. */
export function readEncoding(text: string, fPort: number | undefined, limits: SandboxLimits): SandboxResult<Encoding> {
  const opened = openEnvelope(text, limits);
  if (!opened.ok) return opened;
  const { result, warnings } = opened.value;
  const bytes = readBytes(result.bytes);
  if (bytes === undefined) return refused("sandbox-bad-result", "`bytes` is not a list of at most 255 bytes.");
  const port = result.fPort ?? fPort ?? 1;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 255) {
    return refused("sandbox-bad-result", "`fPort` is not a number from 1 to 255.");
  }
  return { ok: true, value: { bytes, fPort: port, warnings } };
}
