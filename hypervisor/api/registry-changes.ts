/** What the region asks of a box's registry: on the page's door and on the control socket, as api/region-changes.ts says. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { RegionChangeRequest } from "../../api/region-changes.ts";
import type { CommandView } from "../../api/schemas.ts";
import { isOfRegistry } from "../../commands/command.ts";
import { HypervisorFault } from "../faults.ts";
import type { RegistryDesk } from "../registry-desk.ts";
import type { Store } from "../store/store.ts";
import type { StoredCommand } from "../store/words.ts";
import { readBy } from "./query.ts";
import { commandView } from "./views.ts";

export interface RegistryChangeParts {
  readonly store: Pick<Store, "boxes" | "command">;
  readonly registryDesk: RegistryDesk;
  readonly now: () => number;
}

export const registryChangeRoutes = (app: FastifyInstance, { store, registryDesk, now }: RegistryChangeParts): void => {
  const viewOf = async (command: StoredCommand): Promise<CommandView> => {
    const box = (await store.boxes()).find(({ name }) => name === command.box);
    return commandView(command, box, now());
  };

  app.post("/registry/changes", async (request, reply): Promise<CommandView> => {
    const { command, added } = await registryDesk.place(readBy(RegionChangeRequest, request.body));
    reply.status(added ? 201 : 200);
    return viewOf(command);
  });

  app.get<{ Params: { id: string } }>("/registry/changes/:id", async (request): Promise<CommandView> => {
    const { id } = request.params;
    const command = z.uuid().safeParse(id).success ? await store.command(id) : undefined;
    if (command === undefined || !isOfRegistry(command)) throw new HypervisorFault("command-unknown", { id });
    return viewOf(command);
  });
};
