/** Boxes that join, renew and leave: one-time codes, certificates for keys made at the boxes, revocation. */
import type { Logger } from "pino";
import type { AskInvitation, Invitation } from "../api/enrolment.ts";
import {
  type AuthorityReply,
  type CertificateReply,
  keptCode,
  makeCode,
  printCode,
  printTicket,
  proofOf,
} from "../cloud-sync/protocol/enrolment.ts";
import { type Authority, BOX_CERTIFICATE_MS, BOX_NAME } from "./authority.ts";
import type { CertifiedBox } from "./box-certificate.ts";
import { HypervisorFault } from "./faults.ts";
import type { Store } from "./store/store.ts";
import type { BoxEntry } from "./store/words.ts";

export interface EnrolmentParts {
  readonly store: Pick<
    Store,
    "addBox" | "boxes" | "invite" | "invitation" | "enrol" | "renewed" | "revokeBox" | "territories"
  >;
  readonly authority: Authority;
  readonly now: () => number;
  readonly log: Logger;
  /** `https://region.example.org:8443`; undefined while no hypervisor listens. */
  readonly url: () => string | undefined;
}

export interface EnrolmentDesk {
  /** Adds the box, or knows it already, and makes it a code; the one before, if it was not used, is no longer one. */
  invite(asked: AskInvitation): Promise<Invitation>;
  /** @throws HypervisorFault `box-unknown` */
  revoke(box: string): Promise<void>;
  /** @throws HypervisorFault `code-unknown`, `code-ended` */
  proveAuthority(id: string, nonce: string): Promise<AuthorityReply>;
  /** @throws HypervisorFault `code-unknown`, `code-ended`, `code-used`, `request-unsigned` */
  enrol(code: string, request: string): Promise<CertificateReply>;
  /** @throws HypervisorFault `request-unsigned`, `certificate-replaced` */
  renew(certified: CertifiedBox, request: string): Promise<CertificateReply>;
}

/** `Saint-Étienne-lès-Remiremont` → `saint-etienne-les-remiremont`. */
const nameOf = (commune: string): string =>
  commune
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");

export const createEnrolmentDesk = ({ store, authority, now, log, url }: EnrolmentParts): EnrolmentDesk => {
  const nameFor = async (communes: readonly string[]): Promise<string> => {
    const [first = ""] = communes;
    const { territories } = await store.territories();
    const known = territories.flatMap((territory) => territory.communes).find(({ insee }) => insee === first);
    return nameOf(known?.name ?? "") || `commune-${first.toLowerCase()}`;
  };

  /** @throws HypervisorFault `request-invalid` (its name), `box-exists` (other communes) */
  const add = async ({ name, communes }: BoxEntry): Promise<void> => {
    if (!BOX_NAME.test(name)) throw new HypervisorFault("request-invalid", { reason: `name: ${BOX_NAME.source}` });
    if ((await store.addBox({ name, communes }, now())) === "added") return;
    const known = await store.boxes({ revoked: true });
    const before = known.find((box) => box.name === name)?.communes ?? [];
    const same = before.length === communes.length && communes.every((each) => before.includes(each));
    if (!same) throw new HypervisorFault("box-exists", { box: name, communes: before.join(", ") });
  };

  const signed = async (
    box: { readonly name: string; readonly communes: readonly string[]; readonly generation: number },
    key: Awaited<ReturnType<Authority["readRequest"]>>,
  ): Promise<CertificateReply> => {
    const certificate = await authority.signBox(box, key);
    return { box: box.name, communes: box.communes, certificate, ca: authority.ca };
  };

  return {
    async invite(asked) {
      const { communes, validMs } = asked;
      const name = asked.name ?? (await nameFor(communes));
      await add({ name, communes });
      const code = makeCode();
      const validUntil = now() + validMs;
      await store.invite(name, { ...keptCode(code), validUntil }, now());
      log.info({ box: name, validUntil: iso(validUntil) }, "a code was made for a box");
      const address = asked.url ?? url();
      return {
        box: name,
        communes: [...communes],
        code: printCode(code),
        validUntil: iso(validUntil),
        fingerprint: authority.fingerprint,
        ...(address === undefined
          ? {}
          : { url: address, ticket: printTicket({ code, pin: authority.fingerprint, url: address }) }),
      };
    },
    async revoke(box) {
      if (!(await store.revokeBox(box, now()))) throw new HypervisorFault("box-unknown", { box });
      log.warn({ box }, "box revoked");
    },
    async proveAuthority(id, nonce) {
      const found = await store.invitation(id);
      if (found === undefined) throw new HypervisorFault("code-unknown");
      if (now() > found.validUntil) throw new HypervisorFault("code-ended", { at: iso(found.validUntil) });
      const { name: box, communes, proofKey } = found;
      const proof = proofOf(proofKey, { nonce, pin: authority.fingerprint, box });
      return { box, communes, ca: authority.ca, proof };
    },
    async enrol(code, request) {
      const key = await authority.readRequest(request);
      const kept = keptCode(code);
      const outcome = await store.enrol({ ...kept, keyHash: key.hash }, now(), now() + BOX_CERTIFICATE_MS);
      if (outcome.is !== "enrolled") {
        log.warn({ outcome: outcome.is, code: kept.id }, "a box was not enrolled");
        if (outcome.is === "ended") throw new HypervisorFault("code-ended", { at: iso(outcome.at) });
        throw new HypervisorFault(outcome.is === "used" ? "code-used" : "code-unknown");
      }
      log.info({ box: outcome.name, generation: outcome.generation }, "box enrolled");
      return signed(outcome, key);
    },
    async renew({ box, generation }, request) {
      const key = await authority.readRequest(request);
      const communes = await store.renewed(box, generation, now() + BOX_CERTIFICATE_MS);
      if (communes === undefined) throw new HypervisorFault("certificate-replaced", { box });
      log.info({ box, generation }, "certificate of a box renewed");
      return signed({ name: box, communes, generation }, key);
    },
  };
};

const iso = (ms: number): string => new Date(ms).toISOString();
