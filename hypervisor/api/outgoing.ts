/** What came from a box today, as the box's own page tells it. */
import type { FastifyInstance } from "fastify";
import { type OutgoingView, type ProtectionOf, sumUp } from "../../api/outgoing.ts";
import { HypervisorFault } from "../faults.ts";
import type { Store } from "../store/store.ts";
import { isAlive, iso } from "./views.ts";

export interface OutgoingParts {
  readonly store: Pick<Store, "boxes" | "received">;
  readonly now: () => number;
  readonly protectionOf: ProtectionOf;
}

const DAY_MS = 86_400_000;
type BoxParams = { Params: { box: string } };

export const outgoingRoutes = (app: FastifyInstance, { store, now, protectionOf }: OutgoingParts): void => {
  app.get<BoxParams>("/boxes/:box/outgoing", async (request): Promise<OutgoingView> => {
    const { box } = request.params;
    const state = (await store.boxes()).find(({ name }) => name === box);
    if (state === undefined) throw new HypervisorFault("box-unknown", { box });
    const midnight = Math.floor(now() / DAY_MS) * DAY_MS;
    const { kinds, readings, models } = await store.received(box, midnight);
    return {
      box,
      by: "region",
      since: iso(midnight),
      destinations: [
        {
          name: "region",
          connected: isAlive(state, now()),
          ...(state.lastProofAt === undefined ? {} : { lastAt: iso(state.lastProofAt) }),
          waiting: Math.max(0, (state.health?.lastSeq ?? 0) - state.durableSeq),
        },
      ],
      ...sumUp({ kinds, readings, models }, protectionOf),
    };
  });
};
