/**
 * The hypervisor's certificate authority: an elliptic curve key (P-256) made at the first start, which signs the server's own
 * certificate and those of the boxes. Profile after RFC 5280: critical basic constraints and key usage, key identifiers, server or
 * client authentication only.
 */
import "reflect-metadata";
import { createHash, hkdfSync, randomBytes, webcrypto } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { HypervisorFault } from "./faults.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 20 * 365;
const SERVER_DAYS = 365;
/** How long a box's certificate is valid; the box renews it when a third is left. */
export const BOX_CERTIFICATE_MS = 90 * DAY_MS;
/** A box whose clock is a little behind must not refuse a fresh certificate. */
const BACKDATED_MS = 60 * 60_000;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
/** X.520 §6.2.9. */
const SERIAL_NUMBER = "2.5.4.5";

/** PEM texts. */
export interface ServerIdentity {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
  /** ms since 1970. */
  readonly beginsAt: number;
  readonly endsAt: number;
}

/** From when on a certificate is to be renewed: a third of its life is left. */
export const renewalDue = ({ beginsAt, endsAt }: Pick<ServerIdentity, "beginsAt" | "endsAt">): number =>
  endsAt - (endsAt - beginsAt) / 3;

export interface BoxSubject {
  readonly name: string;
  /** Which life of the box's identity: certificates of those before are refused. */
  readonly generation: number;
}

export interface Authority {
  /** PEM of the authority's certificate. */
  readonly ca: string;
  /** SHA-256 of the authority's certificate (DER), lower-case hex: what a box pins. */
  readonly fingerprint: string;
  /** For the server, valid for `localhost`, the loopback addresses and `hostNames`; made anew at each start, and in time. */
  serverIdentity(hostNames: readonly string[]): Promise<ServerIdentity>;
  /** The public key of a request of a box's (PKCS #10, PEM). @throws HypervisorFault `request-unsigned` */
  readRequest(pem: string): Promise<BoxKey>;
  /** A client certificate of 90 days for that key, PEM: the common name is the box's name, the serial number its generation. */
  signBox(box: BoxSubject, key: BoxKey): Promise<string>;
  /**
   * The keys of today's session tickets (48 bytes, as Node takes them): the same at all replicas and after a restart, so that a box that
   * comes back to any of them is spared the signatures of a whole handshake. Tomorrow's are others.
   */
  ticketKeys(): Buffer;
}

/** Proved to be the asker's own by the request's signature. */
export interface BoxKey {
  readonly publicKey: x509.PublicKey;
  /** SHA-256 of the public key (SPKI). */
  readonly hash: Uint8Array;
}

/** Box names go into certificates, paths and file names. */
export const BOX_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const serial = (): string => {
  // RFC 5280 §4.1.2.2: positive, at most 20 octets.
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x01;
  return bytes.toString("hex");
};

const pemOfKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

interface Root {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
  /** From which keys of tickets are made; tells nothing of the key it is made from. */
  readonly ticketSecret: Uint8Array;
}

const TICKET_KEYS_BYTES = 48;

const derive = (secret: Uint8Array, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, "", purpose, bytes));

const ticketSecretOf = (pem: string): Uint8Array =>
  derive(new Uint8Array(x509.PemConverter.decodeFirst(pem)), "beffroi session tickets", 32);

const makeRoot = async (folder: string, now: number): Promise<Root> => {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=Beffroi ${randomBytes(4).toString("hex")}`,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  // The certificate last: where it stands, the key does too.
  const key = await pemOfKey(keys.privateKey);
  writePrivate(join(folder, "ca.key"), key);
  writePrivate(join(folder, "ca.pem"), certificate.toString("pem"));
  return { certificate, key: keys.privateKey, ticketSecret: ticketSecretOf(key) };
};

const writePrivate = (file: string, text: string): void => {
  writeFileSync(`${file}.new`, `${text.trimEnd()}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
};

const readRoot = async (folder: string): Promise<Root> => {
  try {
    const certificate = new x509.X509Certificate(readFileSync(join(folder, "ca.pem"), "utf8"));
    const pem = readFileSync(join(folder, "ca.key"), "utf8");
    const pkcs8 = x509.PemConverter.decodeFirst(pem);
    const key = await webcrypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, ["sign"]);
    return { certificate, key, ticketSecret: ticketSecretOf(pem) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HypervisorFault("authority-broken", { folder, reason }, { cause: error });
  }
};

interface Leaf {
  readonly subject: x509.JsonName;
  readonly endsAt: number;
  readonly usage: string;
  readonly publicKey: webcrypto.CryptoKey | x509.PublicKey;
  readonly alternativeNames: readonly x509.JsonGeneralName[];
}

const sign = async (root: Root, now: number, leaf: Leaf): Promise<string> => {
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: leaf.subject,
    issuer: root.certificate.subjectName.toJSON(),
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(leaf.endsAt),
    signingAlgorithm: ALGORITHM,
    publicKey: leaf.publicKey,
    signingKey: root.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([leaf.usage]),
      new x509.SubjectAlternativeNameExtension([...leaf.alternativeNames]),
      await x509.SubjectKeyIdentifierExtension.create(leaf.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(root.certificate),
    ],
  });
  return certificate.toString("pem");
};

const serverIdentity = async (root: Root, now: number, hostNames: readonly string[]): Promise<ServerIdentity> => {
  const keys = await makeKeys();
  const endsAt = now + SERVER_DAYS * DAY_MS;
  const certificate = await sign(root, now, {
    subject: [{ CN: ["beffroi-hypervisor"] }],
    endsAt,
    usage: SERVER_AUTH,
    publicKey: keys.publicKey,
    alternativeNames: [...new Set(["localhost", "127.0.0.1", "::1", ...hostNames])].map((value) => ({
      type: isIP(value) === 0 ? "dns" : "ip",
      value,
    })),
  });
  const ca = root.certificate.toString("pem");
  return { certificate, key: await pemOfKey(keys.privateKey), ca, beginsAt: now - BACKDATED_MS, endsAt };
};

/** Only P-256, as our boxes make them: a weak or odd key is not signed. */
const readRequest = async (pem: string): Promise<BoxKey> => {
  try {
    const request = new x509.Pkcs10CertificateRequest(pem);
    const { publicKey } = request;
    const { name, namedCurve } = publicKey.algorithm as { readonly name: string; readonly namedCurve?: string };
    if (name !== "ECDSA" || namedCurve !== "P-256") throw new TypeError(`${name} ${namedCurve ?? ""}`);
    if (!(await request.verify())) throw new TypeError("signature");
    return { publicKey, hash: createHash("sha256").update(Buffer.from(publicKey.rawData)).digest() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HypervisorFault("request-unsigned", { reason: reason.slice(0, 200) }, { cause: error });
  }
};

/** A disk that fails says nothing of what is on it. */
const isMissing = (file: string): boolean => {
  try {
    statSync(file);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT";
  }
};

/**
 * Opens the authority in `folder`, making it at the first start (files of mode 0600).
 * @param isAwaited whether somebody holds a certificate of an authority already, and this one has to be it
 * @throws HypervisorFault `authority-broken` when its files cannot be read, `authority-missing` when they are not there and it is
 *   awaited: a new one would lock every box out.
 */
export const openAuthority = async (
  folder: string,
  clock: () => number,
  isAwaited: () => Promise<boolean> = async () => false,
): Promise<Authority> => {
  const isNew = isMissing(join(folder, "ca.pem"));
  if (isNew && (await isAwaited())) throw new HypervisorFault("authority-missing", { folder });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const root = isNew ? await makeRoot(folder, clock()) : await readRoot(folder);
  const fingerprint = Buffer.from(await root.certificate.getThumbprint("SHA-256")).toString("hex");
  return {
    ca: root.certificate.toString("pem"),
    fingerprint,
    serverIdentity: (hostNames) => serverIdentity(root, clock(), hostNames),
    readRequest,
    ticketKeys: () => derive(root.ticketSecret, new Date(clock()).toISOString().slice(0, 10), TICKET_KEYS_BYTES),
    signBox: ({ name, generation }, { publicKey }) =>
      sign(root, clock(), {
        subject: [{ CN: [name] }, { [SERIAL_NUMBER]: [`${generation}`] }],
        endsAt: clock() + BOX_CERTIFICATE_MS,
        usage: CLIENT_AUTH,
        publicKey,
        alternativeNames: [{ type: "dns", value: name }],
      }),
  };
};
