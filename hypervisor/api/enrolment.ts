/** Boxes invited, listed and revoked, for the command line. */
import type { FastifyInstance } from "fastify";
import { type AdmittedBox, type AdmittedBoxes, AskInvitation } from "../../api/enrolment.ts";
import type { EnrolmentDesk } from "../enrolment.ts";
import type { Store } from "../store/store.ts";
import type { BoxState } from "../store/words.ts";
import { readBy } from "./query.ts";
import { iso } from "./views.ts";

export interface EnrolmentParts {
  readonly desk: Pick<EnrolmentDesk, "invite" | "revoke">;
  readonly store: Pick<Store, "boxes">;
  readonly now: () => number;
}

const stateOf = ({ revokedAt, certificateEndsAt, invitedUntil }: BoxState, now: number): AdmittedBox["state"] => {
  if (revokedAt !== undefined) return "revoked";
  if (certificateEndsAt !== undefined) return certificateEndsAt < now ? "ended" : "enrolled";
  return invitedUntil !== undefined && invitedUntil > now ? "invited" : "added";
};

const admittedBox = (box: BoxState, now: number): AdmittedBox => ({
  box: box.name,
  communes: [...box.communes],
  state: stateOf(box, now),
  ...(box.certificateEndsAt === undefined ? {} : { certificateEndsAt: iso(box.certificateEndsAt) }),
  ...(box.invitedUntil === undefined ? {} : { invitedUntil: iso(box.invitedUntil) }),
  ...(box.revokedAt === undefined ? {} : { revokedAt: iso(box.revokedAt) }),
  ...(box.lastProofAt === undefined ? {} : { lastProofAt: iso(box.lastProofAt) }),
});

export const enrolmentControl = (server: FastifyInstance, { desk, store, now }: EnrolmentParts): void => {
  server.post("/boxes", async (request, reply) =>
    reply.status(201).send(await desk.invite(readBy(AskInvitation, request.body))),
  );
  server.get("/boxes", async (): Promise<AdmittedBoxes> => {
    const boxes = await store.boxes({ revoked: true });
    return { boxes: boxes.map((box) => admittedBox(box, now())) };
  });
  server.post<{ Params: { box: string } }>("/boxes/:box/revocation", async (request, reply) => {
    await desk.revoke(request.params.box);
    return reply.send({ box: request.params.box });
  });
};
