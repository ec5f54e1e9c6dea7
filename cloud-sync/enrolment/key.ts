/** The box's key, made where it is used: only the request for its certificate ever leaves. */
import { webcrypto } from "node:crypto";

/** Loaded when it is needed: once in the months of a certificate's life, and it is large. */
const x509 = async () => {
  await import("reflect-metadata");
  return await import("@peculiar/x509");
};

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new P-256 key, PEM (PKCS #8). */
export const makeKey = async (): Promise<string> => {
  const { PemConverter } = await x509();
  const { privateKey } = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY")}\n`;
};

/** PKCS #10 (RFC 2986), PEM: signed by the key, which proves that the asker has it. Throws for a key that is no P-256. */
export const certificateRequest = async (keyPem: string, name: string): Promise<string> => {
  const { PemConverter, Pkcs10CertificateRequestGenerator } = await x509();
  const pkcs8 = PemConverter.decodeFirst(keyPem);
  const privateKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, true, ["sign"]);
  const { d: _, key_ops: __, ...open } = await webcrypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await webcrypto.subtle.importKey("jwk", open, ALGORITHM, true, ["verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [name] }],
    keys: { privateKey, publicKey },
    signingAlgorithm: ALGORITHM,
  });
  return request.toString("pem");
};
