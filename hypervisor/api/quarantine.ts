/** Entries set aside, looked at and tried again. */
import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import type { QuarantineReply, ReplayReply } from "../../api/quarantine.ts";
import type { Store } from "../store/store.ts";

export interface QuarantineParts {
  readonly store: Pick<Store, "quarantine" | "replayQuarantine">;
  readonly now: () => number;
}

type BoxParams = { Params: { box: string } };

export const quarantineRoutes = (app: FastifyInstance, { store, now }: QuarantineParts): void => {
  app.get<BoxParams>("/boxes/:box/quarantine", async (request): Promise<z.infer<typeof QuarantineReply>> => {
    const entries = await store.quarantine(request.params.box);
    return { entries: [...entries] };
  });
  app.post<BoxParams>(
    "/boxes/:box/quarantine/replay",
    (request): Promise<z.infer<typeof ReplayReply>> => store.replayQuarantine(request.params.box, now()),
  );
};
