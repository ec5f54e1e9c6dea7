import type { SameKeys } from "../catalogue.ts";
import type { enrolmentFr } from "./enrolment-fr.ts";

export const enrolmentEn: SameKeys<typeof enrolmentFr> = {
  "box-revoked": "The box {box} is revoked",
  "box-revoked.remedy":
    "If it is to come back, the region makes it a new code: 'beffroi hypervisor box add {box} --commune …'.",
  "certificate-missing": "The request for {box} came without a certificate",
  "certificate-missing.remedy": "A box enrols first: 'beffroi enroll CODE'.",
  "certificate-ended": "The certificate of the box {box} has ended on {at}",
  "certificate-ended.remedy": "The box renews it by itself, up to two years after its end. Beyond that: a new code.",
  "certificate-replaced":
    "The certificate of the box {box} is no longer valid: it was enrolled again, or revoked, since",
  "certificate-replaced.remedy":
    "If this box is the right one, the region makes it a new code: 'beffroi hypervisor box add'.",
  "request-unsigned": "The certificate request will not do: {reason}",
  "request-unsigned.remedy": "It must be signed by its own key, of type P-256. Update the box.",
  "code-unknown": "The region does not know this code",
  "code-unknown.remedy": "Read it again, or ask for another: a new code replaces the one before.",
  "code-ended": "This code has expired ({at})",
  "code-ended.remedy": "Ask the region for another: 'beffroi hypervisor box add'.",
  "code-used": "This code has been used",
  "code-used.remedy": "Ask for another. If none of you has used it, revoke the box: a stranger has read it.",
  "too-many-attempts": "Too many failed attempts from this address",
  "too-many-attempts.remedy": "Try again in {seconds} seconds.",
};
