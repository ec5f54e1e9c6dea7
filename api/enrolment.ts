/** What the command line asks of a running hypervisor about the boxes it admits (hypervisor.sock). */
import { z } from "zod";

const DAY_MS = 86_400_000;

export const AskInvitation = z.strictObject({
  /** Absent: after the first commune. */
  name: z.string().min(1).max(63).exactOptional(),
  communes: z
    .array(z.string().regex(/^(?:\d{2}|2[AB])\d{3}$/))
    .min(1)
    .max(1_000),
  validMs: z
    .number()
    .int()
    .min(60_000)
    .max(7 * DAY_MS),
  /** As boxes reach the hypervisor; absent: as it knows itself. */
  url: z.string().startsWith("https://").max(300).exactOptional(),
});

/** What a person carries to the box. The code is shown once and kept nowhere. */
export const Invitation = z.object({
  box: z.string(),
  communes: z.array(z.string()),
  code: z.string(),
  validUntil: z.iso.datetime(),
  /** SHA-256 of the hypervisor's authority, lower-case hex. */
  fingerprint: z.string(),
  url: z.string().optional(),
  /** Code, fingerprint and address in one, as the QR code holds it. */
  ticket: z.string().optional(),
});

export const AdmittedBox = z.object({
  box: z.string(),
  communes: z.array(z.string()),
  /** `invited`: its code waits to be used · `added`: neither code nor certificate */
  state: z.enum(["enrolled", "ended", "invited", "added", "revoked"]),
  certificateEndsAt: z.iso.datetime().optional(),
  invitedUntil: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
  lastProofAt: z.iso.datetime().optional(),
});
export const AdmittedBoxes = z.object({ boxes: z.array(AdmittedBox) });

export type AskInvitation = z.infer<typeof AskInvitation>;
export type Invitation = z.infer<typeof Invitation>;
export type AdmittedBox = z.infer<typeof AdmittedBox>;
export type AdmittedBoxes = z.infer<typeof AdmittedBoxes>;
