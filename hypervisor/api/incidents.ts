/** Two histories of one box: seen and decided, on the page's door and on the control socket. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { DecisionRequest, type IncidentsReply, type IncidentView, type SideView } from "../../api/incidents.ts";
import { signOf } from "../store/knocks.ts";
import type { Store } from "../store/store.ts";
import type { Incident, Parting, Side } from "../store/words.ts";
import { readBy } from "./query.ts";
import { iso } from "./views.ts";

const IncidentsQuery = z.object({
  box: z.string().min(1).optional(),
  open: z.stringbool().optional(),
  due: z.stringbool().optional(),
});
const Id = z.object({
  id: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
});

export interface IncidentParts {
  readonly store: Pick<Store, "incidents" | "decideIncident">;
  readonly now: () => number;
}

const partingOf = ({ commonAt, ...rest }: Parting) => ({
  ...rest,
  ...(commonAt === undefined ? {} : { commonAt: iso(commonAt) }),
});

const sideOf = ({ firstAt, lastAt, heardSince, heardAt, ...rest }: Side): SideView => ({
  ...rest,
  ...(firstAt === undefined ? {} : { firstAt: iso(firstAt) }),
  ...(lastAt === undefined ? {} : { lastAt: iso(lastAt) }),
  ...(heardSince === undefined ? {} : { heardSince: iso(heardSince) }),
  ...(heardAt === undefined ? {} : { heardAt: iso(heardAt) }),
});

const viewOf = (incident: Incident, now: number): IncidentView => {
  const { openedAt, lastAt, decidedAt, replacedAt, parting, accepted, refused, ...rest } = incident;
  const sign = signOf(incident, now);
  return {
    ...rest,
    openedAt: iso(openedAt),
    lastAt: iso(lastAt),
    ...(decidedAt === undefined ? {} : { decidedAt: iso(decidedAt) }),
    ...(replacedAt === undefined ? {} : { replacedAt: iso(replacedAt) }),
    ...(parting === undefined ? {} : { parting: partingOf(parting) }),
    ...(accepted === undefined ? {} : { accepted: sideOf(accepted) }),
    ...(refused === undefined ? {} : { refused: sideOf(refused) }),
    ...(sign === undefined ? {} : { sign }),
  };
};

/** Open, or a person is to look again. */
const isDue = ({ decision, sign }: IncidentView): boolean => decision === undefined || sign !== undefined;

export const incidentRoutes = (app: FastifyInstance, { store, now }: IncidentParts): void => {
  app.get("/incidents", async (request): Promise<IncidentsReply> => {
    const { box, open, due = false } = readBy(IncidentsQuery, request.query);
    const filter = { ...(box === undefined ? {} : { box }), ...(open === undefined ? {} : { open }) };
    const incidents = (await store.incidents(filter)).map((incident) => viewOf(incident, now()));
    return { incidents: due ? incidents.filter(isDue) : incidents };
  });

  app.post("/incidents/:id/decision", async (request): Promise<IncidentView> => {
    const { id } = readBy(Id, request.params);
    const { decision, author } = readBy(DecisionRequest, request.body);
    const at = now();
    return viewOf(await store.decideIncident(id, decision, author, at), at);
  });
};
