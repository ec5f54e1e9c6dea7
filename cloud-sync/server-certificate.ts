/**
 * Whether who answers is the region: its certificate chain, judged by the box itself. Node judges by the machine's clock alone, and a
 * box without a battery starts in 1970: it could then never learn the time.
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";

/** What a box knows of the time. */
export interface BoxTime {
  /** ms since 1970: it is not earlier than this. */
  readonly atLeast: number;
  /** Whether it is this time, rather than some later one. */
  readonly confirmed: boolean;
}

/**
 * `server-unknown` signed by another authority, or no server's certificate · `server-name` made for another name · `server-ended`,
 * `server-not-yet` outside its validity · `server-unsound` what OpenSSL found beside
 */
export type ServerFaultCode = "server-unknown" | "server-name" | "server-ended" | "server-not-yet" | "server-unsound";

/** Nothing was sent to who answered. */
export class ServerFault extends Error {
  override readonly name = "ServerFault";
  readonly code: ServerFaultCode;
  constructor(code: ServerFaultCode, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
/** What OpenSSL says of times by the machine's clock is ours to judge. */
const OF_THE_CLOCK: ReadonlySet<string> = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);

/** Several while an authority is followed by another. Throws for a text that holds no certificate. */
export const certificatesOf = (pem: string): readonly X509Certificate[] => {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  if (blocks === null) throw new TypeError("no certificate in PEM");
  return blocks.map((block) => new X509Certificate(block));
};

/** By whom a certificate was signed: what was once computed of the same two stays so, and a resumed connection shows the same object. */
const signers = new WeakMap<X509Certificate, X509Certificate>();

const signerOf = (
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): X509Certificate | undefined => {
  const known = signers.get(certificate);
  if (known !== undefined && authorities.includes(known)) return known;
  const signer = authorities.find(
    (each) => each.ca && certificate.checkIssued(each) && certificate.verify(each.publicKey),
  );
  if (signer !== undefined) signers.set(certificate, signer);
  return signer;
};

const faultOfTime = (certificate: X509Certificate, { atLeast, confirmed }: BoxTime): ServerFault | undefined => {
  const now = new Date(atLeast).toISOString();
  if (atLeast > certificate.validToDate.getTime())
    return new ServerFault("server-ended", `ended ${certificate.validToDate.toISOString()}, for this box it is ${now}`);
  // A time that is only a lower bound proves no certificate too young.
  if (confirmed && atLeast < certificate.validFromDate.getTime())
    return new ServerFault(
      "server-not-yet",
      `begins ${certificate.validFromDate.toISOString()}, for this box it is ${now}`,
    );
  return undefined;
};

/**
 * Judges a certificate as that of `host`, signed directly by one of the pinned authorities.
 * @param host name or address in the box's configuration, an IPv6 address without brackets
 */
export const judgeServer = (
  certificate: X509Certificate | undefined,
  host: string,
  authorities: readonly X509Certificate[],
  time: BoxTime,
): ServerFault | undefined => {
  if (certificate === undefined) return new ServerFault("server-unknown", "no certificate was shown");
  const authority = signerOf(certificate, authorities);
  if (authority === undefined)
    return new ServerFault("server-unknown", `signed by ${certificate.issuer}, not by this box's authority`);
  // Another box's certificate is signed by the same authority; it must not make a hypervisor of it.
  if (certificate.ca || !certificate.keyUsage?.includes(SERVER_AUTH))
    return new ServerFault("server-unknown", `${certificate.subject} is no server's certificate`);
  const named = isIP(host) === 0 ? certificate.checkHost(host, { subject: "never" }) : certificate.checkIP(host);
  if (named === undefined)
    return new ServerFault("server-name", `made for ${certificate.subjectAltName}, reached as ${host}`);
  return faultOfTime(authority, time) ?? faultOfTime(certificate, time);
};

/**
 * Judges the other end of a connection whose handshake is over; to be asked before the first byte is sent.
 * @param certificate the other end's; of a resumed connection, on which none is shown, that of the handshake it goes back to
 */
export const judgeConnection = (
  socket: TLSSocket,
  certificate: X509Certificate | undefined,
  host: string,
  authorities: readonly X509Certificate[],
  time: BoxTime,
): ServerFault | undefined => {
  const own = judgeServer(certificate, host, authorities, time);
  if (own !== undefined) return own;
  // Node leaves a code or an error here; its last word alone would hide those before it, hence the judgement above.
  const { authorizationError } = socket as { authorizationError?: Error | string };
  const code =
    authorizationError instanceof Error
      ? String((authorizationError as NodeJS.ErrnoException).code ?? authorizationError.message)
      : authorizationError;
  if (code === undefined || code === null || OF_THE_CLOCK.has(code)) return undefined;
  return new ServerFault("server-unsound", code);
};
