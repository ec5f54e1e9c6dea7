/** Throw-away authorities and certificates. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** What differs from a certificate of 127.0.0.1 that is valid now, for servers and clients. */
export interface Special {
  readonly names?: readonly x509.JsonGeneralName[];
  /** Object identifiers of the extended key usage. */
  readonly usage?: readonly string[];
  readonly from?: Date;
  readonly to?: Date;
}

export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const DAY_MS = 86_400_000;

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

export async function createAuthority(name: string, to = new Date(Date.now() + 3650 * DAY_MS)) {
  x509.cryptoProvider.set(globalThis.crypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 3650 * DAY_MS),
    notAfter: to,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  return {
    ca: authority.toString("pem"),
    async issue(subject: string, special: Special = {}): Promise<Identity> {
      const { names = [{ type: "ip", value: "127.0.0.1" }], usage = [SERVER_AUTH, CLIENT_AUTH] } = special;
      const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
      const cert = await x509.X509CertificateGenerator.create({
        subject: `CN=${subject}`,
        issuer: authority.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        notBefore: special.from ?? new Date(Date.now() - DAY_MS),
        notAfter: special.to ?? new Date(Date.now() + 90 * DAY_MS),
        extensions: [
          new x509.SubjectAlternativeNameExtension([...names]),
          new x509.ExtendedKeyUsageExtension([...usage]),
        ],
      });
      return { key: await pemOf(own.privateKey), cert: cert.toString("pem") };
    },
  };
}
