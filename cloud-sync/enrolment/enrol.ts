/**
 * A box becomes known to a region. First it learns the region's authority and has it proved by the code (and by the ticket's pin,
 * where there is one), over a line that nobody vouches for yet; then it asks for its certificate over TLS judged by that authority.
 * The code itself goes over the second line only.
 */
import { createHash, randomBytes, type X509Certificate } from "node:crypto";
import { createHttpsTransport, type TlsIdentity } from "../https.ts";
import {
  AUTHORITY_PATH,
  type AuthorityReply,
  ENROLMENT_PATH,
  idOf,
  keptCode,
  proofOf,
  readAuthorityReply,
  readCertificateReply,
  sameBytes,
} from "../protocol/enrolment.ts";
import { type BoxTime, certificatesOf, ServerFault } from "../server-certificate.ts";
import type { TransportReply } from "../transport.ts";
import { askUnproved } from "./ask-unproved.ts";
import { certificateRequest } from "./key.ts";

export interface Enrolment {
  /** `https://region.example.org:8443` */
  readonly url: string;
  readonly code: string;
  /** SHA-256 of the authority, where the ticket tells it: lower-case hex. */
  readonly pin?: string;
  readonly time: () => BoxTime;
  readonly silenceMs?: number;
}

/** The region behind the address, proved. */
export interface ProvedRegion {
  readonly box: string;
  readonly communes: readonly string[];
  /** PEM. */
  readonly ca: string;
  readonly pin: string;
}

/**
 * `unreachable` no answer · `not-a-region` an answer that is none of a hypervisor · `not-proved` who answers does not know the code:
 * somebody in between, or another region · `other-authority` who answers is not the ticket's region · `refused` with the region's
 * own problem
 */
export type EnrolmentFaultCode = "unreachable" | "not-a-region" | "not-proved" | "other-authority" | "refused";

export class EnrolmentFault extends Error {
  override readonly name = "EnrolmentFault";
  readonly code: EnrolmentFaultCode;
  /** The region's own words, when it refused. */
  readonly problem: { readonly code: string; readonly message: string; readonly remedy: string } | undefined;
  constructor(code: EnrolmentFaultCode, message: string, problem?: EnrolmentFault["problem"]) {
    super(message);
    this.code = code;
    this.problem = problem;
  }
}

/** SHA-256 of a certificate (DER), lower-case hex. */
export const pinOf = (certificate: Pick<X509Certificate, "raw">): string =>
  createHash("sha256").update(certificate.raw).digest("hex");

const JSON_HEADERS = { "content-type": "application/json" } as const;

export const refusalOf = ({ status, body }: Pick<TransportReply, "status" | "body">): EnrolmentFault => {
  try {
    const { code, message, remedy = "" } = JSON.parse(body) as Record<string, unknown>;
    if (typeof code === "string" && typeof message === "string" && typeof remedy === "string")
      return new EnrolmentFault("refused", `${status} ${code}`, { code, message, remedy });
  } catch {
    // Falls through: a proxy's page, or another program's.
  }
  return new EnrolmentFault("not-a-region", `status ${status}`);
};

const reached = async (asked: Promise<TransportReply>): Promise<TransportReply> => {
  try {
    return await asked;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Somebody listens there, and does not speak TLS 1.3.
    if (code === "EPROTO") throw new EnrolmentFault("not-a-region", code);
    throw error instanceof ServerFault ? error : new EnrolmentFault("unreachable", message);
  }
};

/**
 * Learns and proves the region's authority; nothing is used up by it.
 * @throws EnrolmentFault
 */
export const findRegion = async (enrolment: Enrolment, language: string): Promise<ProvedRegion> => {
  const { url, code, pin: expected, silenceMs } = enrolment;
  const nonce = randomBytes(32).toString("hex");
  const body = JSON.stringify({ id: idOf(code), nonce });
  const asked = { path: AUTHORITY_PATH, headers: { ...JSON_HEADERS, "accept-language": language }, body };
  const reply = await reached(askUnproved(url, asked, silenceMs));
  if (reply.status !== 200) throw refusalOf(reply);
  const told = readAuthorityReply(reply.body);
  if (told === undefined) throw new EnrolmentFault("not-a-region", "no authority in the answer");
  return provedBy(told, { code, nonce, expected });
};

const provedBy = (
  told: AuthorityReply,
  { code, nonce, expected }: { readonly code: string; readonly nonce: string; readonly expected: string | undefined },
): ProvedRegion => {
  const { box, communes } = told;
  const authority = onlyCertificateOf(told.ca);
  const pin = pinOf(authority);
  if (expected !== undefined && pin !== expected)
    throw new EnrolmentFault("other-authority", `the ticket names ${expected}, who answers shows ${pin}`);
  const right = proofOf(keptCode(code).proofKey, { nonce, pin, box });
  if (!sameBytes(Buffer.from(told.proof, "utf8"), Buffer.from(right, "utf8")))
    throw new EnrolmentFault("not-proved", `who answers as ${box} with ${pin} does not know the code`);
  return { box, communes, ca: authority.toString(), pin };
};

/** One and no more: what stood behind it would be believed without having been proved. */
const onlyCertificateOf = (pem: string): X509Certificate => {
  try {
    const [only, ...more] = certificatesOf(pem);
    if (only !== undefined && more.length === 0) return only;
  } catch {
    // No certificate at all is no region's answer either.
  }
  throw new EnrolmentFault("not-a-region", "not one certificate in the answer");
};

/**
 * Uses the code up, for this key: asked again with the same key, it gives a certificate again.
 * @param key PEM; stays here
 * @throws EnrolmentFault, ServerFault when who answers now is not the proved region
 */
export const enrolWith = async (
  enrolment: Enrolment,
  region: ProvedRegion,
  key: string,
  language: string,
): Promise<TlsIdentity> => {
  const { url, code, time, silenceMs } = enrolment;
  const transport = createHttpsTransport({
    url,
    ca: region.ca,
    time,
    ...(silenceMs === undefined ? {} : { silenceMs }),
  });
  try {
    const request = await certificateRequest(key, region.box);
    const body = Buffer.from(JSON.stringify({ code, request }));
    const headers = { ...JSON_HEADERS, "accept-language": language };
    const reply = await reached(transport.send({ method: "POST", path: ENROLMENT_PATH, headers, body }));
    if (reply.status !== 201) throw refusalOf(reply);
    const given = readCertificateReply(reply.body);
    if (given === undefined || given.box !== region.box)
      throw new EnrolmentFault("not-a-region", "no certificate in the answer");
    return { key, cert: given.certificate, ca: region.ca };
  } finally {
    transport.close();
  }
};
