/** How a box gets its first certificate, and the next ones: the routes of cloud-sync/protocol/enrolment.ts. */
import type { Server } from "node:https";
import type { FastifyInstance } from "fastify";
import {
  AUTHORITY_PATH,
  ENROLMENT_BYTES_MAX,
  ENROLMENT_PATH,
  readAskAuthority,
  readAskEnrolment,
  readAskRenewal,
  renewalPath,
} from "../cloud-sync/protocol/enrolment.ts";
import type { Attempts } from "./attempts.ts";
import type { BoxDoor } from "./box-door.ts";
import type { EnrolmentDesk } from "./enrolment.ts";
import { HypervisorFault } from "./faults.ts";

export interface EnrolmentRouteParts {
  readonly desk: Pick<EnrolmentDesk, "proveAuthority" | "enrol" | "renew">;
  readonly door: Pick<BoxDoor, "proveForRenewal">;
  readonly attempts: Attempts;
}

const bodyOf = <T>({ body }: { readonly body: unknown }, read: (text: string) => T | undefined): T => {
  const asked = body instanceof Uint8Array ? read(Buffer.from(body).toString("utf8")) : undefined;
  if (asked === undefined) throw new HypervisorFault("request-invalid", { reason: "body" });
  return asked;
};

/** A renewal is signed, so that only its own box can cost us one; a stranger has so many attempts a minute. */
export const enrolmentRoutes = (
  server: FastifyInstance<Server>,
  { desk, door, attempts }: EnrolmentRouteParts,
): void => {
  const small = { bodyLimit: ENROLMENT_BYTES_MAX };
  const counted = async <T>(request: { readonly ip: string }, work: () => Promise<T>): Promise<T> => {
    const over = attempts.begin(request.ip);
    let failed = false;
    try {
      return await work();
    } catch (error) {
      failed = error instanceof HypervisorFault;
      throw error;
    } finally {
      over(failed);
    }
  };

  server.post(AUTHORITY_PATH, small, (request) =>
    counted(request, () => {
      const { id, nonce } = bodyOf(request, readAskAuthority);
      return desk.proveAuthority(id, nonce);
    }),
  );
  server.post(ENROLMENT_PATH, small, (request, reply) =>
    counted(request, async () => {
      const { code, request: asked } = bodyOf(request, readAskEnrolment);
      return reply.status(201).send(await desk.enrol(code, asked));
    }),
  );
  server.post<{ Params: { box: string } }>(renewalPath(":box"), small, async (request, reply) => {
    const certified = await door.proveForRenewal(request);
    return reply.status(201).send(await desk.renew(certified, bodyOf(request, readAskRenewal).request));
  });
};
