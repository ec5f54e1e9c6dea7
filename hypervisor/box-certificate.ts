/** Who a client certificate proves to be speaking. Judged here and not only by OpenSSL, whose last finding may hide those before it. */
import type { X509Certificate } from "node:crypto";
import { BOX_NAME } from "./authority.ts";

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

export interface CertifiedBox {
  readonly box: string;
  readonly generation: number;
  /** Hexadecimal. */
  readonly serial: string;
  /** ms since 1970. */
  readonly endsAt: number;
}

const subjectField = (certificate: X509Certificate, field: string): string | undefined =>
  certificate.subject
    .split("\n")
    .find((line) => line.startsWith(`${field}=`))
    ?.slice(field.length + 1);

/**
 * Undefined for a certificate that our authority did not give to a box, or that has not begun. One that has ended is told apart by
 * `endsAt`: it still proves who asks for its renewal. Certificates from before generations were counted are of the first.
 */
export const readBoxCertificate = (
  certificate: X509Certificate,
  authority: X509Certificate,
  now: number,
): CertifiedBox | undefined => {
  const ours =
    !certificate.ca &&
    certificate.checkIssued(authority) &&
    certificate.verify(authority.publicKey) &&
    (certificate.keyUsage?.includes(CLIENT_AUTH) ?? false);
  if (!ours || certificate.validFromDate.getTime() > now) return undefined;
  const box = subjectField(certificate, "CN");
  const generation = Number(subjectField(certificate, "serialNumber") ?? "1");
  if (box === undefined || !BOX_NAME.test(box) || !Number.isSafeInteger(generation)) return undefined;
  return { box, generation, serial: certificate.serialNumber, endsAt: certificate.validToDate.getTime() };
};
