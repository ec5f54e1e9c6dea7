/**
 * Wishes for many assets, on the page's door and on the control socket.
 *
 * | request | reply |
 * |---|---|
 * | POST /mass (MassRequest; a target may end with `*`) | MassReply, 201 once it was placed |
 * | GET /mass/{id} | MassView |
 * | POST /cancel/{id} (CancelRequest) | TakenBack: a command, or a wish for many |
 * | GET /audit | AuditReply |
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  type AuditReply,
  CancelRequest,
  type MassReply,
  MassRequest,
  type MassView,
  type TakenBack,
} from "../../api/mass.ts";
import { HypervisorFault } from "../faults.ts";
import type { WishDesk } from "../wish-desk.ts";
import { readBy } from "./query.ts";

type IdParams = { Params: { id: string } };

/** @throws HypervisorFault `command-unknown` */
const idOf = (typed: string): string => {
  if (!z.uuid().safeParse(typed).success) throw new HypervisorFault("command-unknown", { id: typed.slice(0, 64) });
  return typed.toLowerCase();
};

export const wishRoutes = (app: FastifyInstance, desk: WishDesk): void => {
  app.post("/mass", { bodyLimit: 1024 * 1024 }, async (request, reply): Promise<MassReply> => {
    const answer = await desk.request(readBy(MassRequest, request.body));
    if (answer.mass !== undefined) reply.status(201).header("location", `/api/v1/mass/${answer.mass.id}`);
    return answer;
  });
  app.get<IdParams>("/mass/:id", async (request): Promise<MassView> => desk.view(idOf(request.params.id)));
  app.post<IdParams>("/cancel/:id", async (request): Promise<TakenBack> => {
    const { author, reason } = readBy(CancelRequest, request.body);
    return desk.cancel(idOf(request.params.id), author, reason);
  });
  app.get("/audit", async (): Promise<AuditReply> => desk.audit());
};
