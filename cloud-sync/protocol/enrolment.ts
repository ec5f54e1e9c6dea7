/**
 * The words of enrolment, for both sides.
 *
 * A *code* is 16 signs of Crockford's base 32 (no I, L, O, U): 75 random bits and a check sign. It proves the box to the hypervisor
 * and the hypervisor to the box, once: whoever does not know it cannot prove an authority of their own under it, and 75 bits are not
 * guessed in the days it lives. A *ticket* is the code with the hypervisor's address and the whole SHA-256 of its authority, for a
 * clipboard or a QR code: `BEFFROI1:CODE:SHA256:ADDRESS`, in capitals, which QR codes hold best.
 *
 * | request | reply |
 * |---|---|
 * | POST /v1/enrolment/authority `AskAuthority`, before the region is proved | `AuthorityReply` |
 * | POST /v1/enrolment `AskEnrolment`, over TLS proved by that authority | `CertificateReply`, 201 |
 * | POST /v1/boxes/{box}/certificate `AskRenewal`, by certificate, also an ended one | `CertificateReply`, 201 |
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

export const AUTHORITY_PATH = "/v1/enrolment/authority";
export const ENROLMENT_PATH = "/v1/enrolment";
export const renewalPath = (box: string): string => `/v1/boxes/${box}/certificate`;

/** Not one of these bodies is larger. */
export const ENROLMENT_BYTES_MAX = 16 * 1024;

export interface AskAuthority {
  /** `idOf(code)` */
  readonly id: string;
  /** 32 random bytes, hex. */
  readonly nonce: string;
}

export interface AuthorityReply {
  readonly box: string;
  readonly communes: readonly string[];
  /** PEM. */
  readonly ca: string;
  /** `proofOf(…)` */
  readonly proof: string;
}

export interface AskEnrolment {
  readonly code: string;
  /** PKCS #10, PEM. */
  readonly request: string;
}

export interface AskRenewal {
  readonly request: string;
}

export interface CertificateReply {
  readonly box: string;
  readonly communes: readonly string[];
  /** PEM. */
  readonly certificate: string;
  readonly ca: string;
}

const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_SIGNS = 16;

/** By the field's generator in GF(32), x⁵ + x² + 1. */
const shifted = (value: number): number => ((value << 1) ^ ((value & 16) === 0 ? 0 : 0b100101)) & 31;

/** Zero for a whole code. Its weights differ from sign to sign: one wrong sign or two exchanged ones never give zero. */
const remainderOf = (values: readonly number[]): number => values.reduce((sum, value) => shifted(sum) ^ value, 0);

/** A new code, without its hyphens. */
export const makeCode = (): string => {
  const values = [...randomBytes(CODE_SIGNS - 1)].map((byte) => byte & 31);
  return [...values, remainderOf([...values, 0])].map((value) => SIGNS[value]).join("");
};

/** `7K3M-Q9TA-XW42-0D86`, as it is read aloud. */
export const printCode = (code: string): string => code.match(/.{4}/g)!.join("-");

export type CodeFault = "length" | "sign" | "check";
export type ReadCode = { readonly ok: true; readonly code: string } | { readonly ok: false; readonly fault: CodeFault };

/** Small letters, blanks and hyphens do not matter; an O is read as 0, an I or L as 1. */
export const readCode = (typed: string): ReadCode => {
  const code = typed
    .toUpperCase()
    .replace(/[\s\-–·.]/g, "")
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
  const values = [...code].map((sign) => SIGNS.indexOf(sign));
  if (values.includes(-1)) return { ok: false, fault: "sign" };
  if (values.length !== CODE_SIGNS) return { ok: false, fault: "length" };
  return remainderOf(values) === 0 ? { ok: true, code } : { ok: false, fault: "check" };
};

export interface Ticket {
  readonly code: string;
  /** SHA-256 of the authority's certificate (DER), lower-case hex. */
  readonly pin: string;
  /** `https://region.example.org:8443` */
  readonly url: string;
}

const TICKET = /^BEFFROI1:([0-9A-Z]{16}):([0-9A-F]{64}):(.{1,300})$/i;

export const printTicket = ({ code, pin, url }: Ticket): string => {
  const { host, pathname } = new URL(url);
  // Capitals do not matter to a host, but to a path they may.
  const address = pathname === "/" ? host.toUpperCase() : `${host}${pathname}`;
  return `BEFFROI1:${code}:${pin.toUpperCase()}:${address}`;
};

/** Undefined for what is no ticket at all; a ticket whose code is damaged is a fault of the code. */
export const readTicket = (typed: string): Ticket | CodeFault | undefined => {
  const match = TICKET.exec(typed.trim());
  if (match === null) return undefined;
  const read = readCode(match[1]!);
  const url = `https://${match[3]}`;
  if (!read.ok) return read.fault;
  if (!URL.canParse(url)) return undefined;
  return { code: read.code, pin: match[2]!.toLowerCase(), url: new URL(url).href.replace(/\/$/, "") };
};

const derived = (purpose: string, code: string): Buffer =>
  createHash("sha256").update(`beffroi enrolment 1 ${purpose}\0${code}`).digest();

/** Names a code without telling it. */
export const idOf = (code: string): string => derived("id", code).toString("hex").slice(0, 32);

/** What the hypervisor keeps instead of the code. */
export interface KeptCode {
  readonly id: string;
  /** Compared with what the box sends. */
  readonly secretHash: Uint8Array;
  /** Proves the authority to whoever knows the code. Whoever steals it enrols nothing with it. */
  readonly proofKey: Uint8Array;
}

export const keptCode = (code: string): KeptCode => ({
  id: idOf(code),
  secretHash: derived("secret", code),
  proofKey: derived("proof", code),
});

/** Says under a code: the authority of `box` is the one with this fingerprint. */
export const proofOf = (
  proofKey: Uint8Array,
  told: { readonly nonce: string; readonly pin: string; readonly box: string },
): string => createHmac("sha256", proofKey).update(`${told.nonce}\0${told.pin}\0${told.box}`).digest("hex");

/** In constant time. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

const isText = (value: unknown, bytesMax = ENROLMENT_BYTES_MAX): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= bytesMax;

const fieldsOf = (body: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
};

/** Each undefined for a body that is not one. */
export const readAskAuthority = (body: string): AskAuthority | undefined => {
  const { id, nonce } = fieldsOf(body);
  return isText(id) && /^[0-9a-f]{32}$/.test(id) && isText(nonce) && /^[0-9a-f]{64}$/.test(nonce)
    ? { id, nonce }
    : undefined;
};

export const readAskEnrolment = (body: string): AskEnrolment | undefined => {
  const { code, request } = fieldsOf(body);
  if (!isText(code, 64) || !isText(request)) return undefined;
  const read = readCode(code);
  return read.ok ? { code: read.code, request } : undefined;
};

export const readAskRenewal = (body: string): AskRenewal | undefined => {
  const { request } = fieldsOf(body);
  return isText(request) ? { request } : undefined;
};

const communesOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];

export const readAuthorityReply = (body: string): AuthorityReply | undefined => {
  const { box, communes, ca, proof } = fieldsOf(body);
  return isText(box) && isText(ca) && isText(proof) ? { box, communes: communesOf(communes), ca, proof } : undefined;
};

export const readCertificateReply = (body: string): CertificateReply | undefined => {
  const { box, communes, certificate, ca } = fieldsOf(body);
  return isText(box) && isText(certificate) && isText(ca)
    ? { box, communes: communesOf(communes), certificate, ca }
    : undefined;
};
