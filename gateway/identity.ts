/**
 * Who the box is to its region: key, certificate and the region's authority in one PEM file, so that they change together. The key
 * is made here and never leaves; the file has mode 0600.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TlsIdentity } from "../cloud-sync/https.ts";
import { certificatesOf } from "../cloud-sync/server-certificate.ts";
import { writeWhole } from "./whole-file.ts";

/** In the data folder, which is the one place the box may write to. */
export const IDENTITY_FILE = "identity.pem";
/** The key of an enrolment that is not over: asked again with it, the region gives the same box its certificate. */
const BEGUN_FILE = "identity.begun.pem";

export interface BoxIdentity extends TlsIdentity {
  /** Name in the certificate. */
  readonly box: string;
  /** ms since 1970. */
  readonly beginsAt: number;
  readonly endsAt: number;
}

/** `incomplete` not a key, a certificate and an authority · `other-key` the certificate is that of another key */
export class IdentityFault extends Error {
  override readonly name = "IdentityFault";
  readonly code: "incomplete" | "other-key";
  constructor(code: IdentityFault["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const KEY = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----\n?/;

const identityOf = (pem: string): BoxIdentity => {
  const key = KEY.exec(pem)?.[0];
  const [own, ...authorities] = certificatesOf(pem);
  if (key === undefined || own === undefined || authorities.length === 0)
    throw new IdentityFault("incomplete", "not a key, a certificate and an authority");
  if (!own.checkPrivateKey(createPrivateKey(key)))
    throw new IdentityFault("other-key", "the certificate is that of another key");
  const box = /^CN=(.+)$/m.exec(own.subject)?.[1];
  if (box === undefined) throw new IdentityFault("incomplete", "the certificate names no box");
  return {
    key,
    cert: own.toString(),
    ca: authorities.map((each) => each.toString()).join(""),
    box,
    beginsAt: own.validFromDate.getTime(),
    endsAt: own.validToDate.getTime(),
  };
};

/** Throws what the file system says, an IdentityFault, or what OpenSSL says of a part that is broken. */
export const readIdentity = (file: string): BoxIdentity => identityOf(readFileSync(file, "utf8"));

/** Whoever owns the folder owns the file: the box is not root. */
const writeForBox = (file: string, text: string): void => {
  const { uid, gid } = statSync(dirname(file));
  writeWhole(file, text, { mode: 0o600, uid, gid });
};

/** Replaces the file as a whole. Throws, before anything is touched, for a certificate that is not that of the key. */
export const writeIdentity = (file: string, { key, cert, ca }: TlsIdentity): BoxIdentity => {
  const text = [key, cert, ca].map((part) => `${part.trimEnd()}\n`).join("");
  const identity = identityOf(text);
  writeForBox(file, text);
  return identity;
};

/** The key of the enrolment begun in that folder, made now unless one was begun. */
export const begunKey = (folder: string, makeKey: () => Promise<string>): Promise<string> => {
  const begun = keyOfBegun(folder);
  if (begun !== undefined) return Promise.resolve(begun);
  return makeKey().then((key) => {
    writeForBox(join(folder, BEGUN_FILE), key);
    return key;
  });
};

const keyOfBegun = (folder: string): string | undefined => KEY.exec(readIfThere(join(folder, BEGUN_FILE)) ?? "")?.[0];

export const endBegun = (folder: string): void => rmSync(join(folder, BEGUN_FILE), { force: true });

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
};

/** Whether this identity was written by an enrolment that was interrupted just before its end. */
export const isOfBegun = (identity: BoxIdentity, folder: string): boolean => {
  const begun = keyOfBegun(folder);
  return begun !== undefined && new X509Certificate(identity.cert).checkPrivateKey(createPrivateKey(begun));
};
