import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { CommandRequest, type CommandsReply, type CommandView, type RegionQueueReply } from "../../api/schemas.ts";
import type { CommandDesk } from "../command-desk.ts";
import { HypervisorFault } from "../faults.ts";
import type { StoredCommand } from "../store/words.ts";
import type { ApiParts } from "./parts.ts";
import { readBy } from "./query.ts";
import { commandView } from "./views.ts";

const CommandsQuery = z.object({
  target: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

const QueueQuery = z.object({
  commune: z.string().max(5).optional(),
  limit: z.coerce.number().int().min(1).max(5_000).default(500),
});

export const commandRoutes = (app: FastifyInstance, { store, now }: ApiParts, desk: CommandDesk): void => {
  const viewsOf = async (commands: readonly StoredCommand[]): Promise<CommandView[]> => {
    const boxes = new Map((await store.boxes()).map((box) => [box.name, box]));
    return commands.map((command) => commandView(command, boxes.get(command.box), now()));
  };

  app.post("/commands", async (request, reply): Promise<CommandView> => {
    const { command, added } = await desk.place(readBy(CommandRequest, request.body));
    reply.status(added ? 201 : 200).header("location", `/api/v1/commands/${command.id}`);
    return (await viewsOf([command]))[0]!;
  });

  app.get("/commands", async (request): Promise<CommandsReply> => {
    const { target, limit } = readBy(CommandsQuery, request.query);
    return { commands: await viewsOf(await store.commands({ limit, ...(target === undefined ? {} : { target }) })) };
  });

  app.get("/queue", async (request): Promise<RegionQueueReply> => {
    const { commune, limit } = readBy(QueueQuery, request.query);
    const { total, commands } = await store.openCommands({ limit, ...(commune === undefined ? {} : { commune }) });
    return { total, waiting: await viewsOf(commands) };
  });

  app.get<{ Params: { id: string } }>("/commands/:id", async (request): Promise<CommandView> => {
    const { id } = request.params;
    const command = z.uuid().safeParse(id).success ? await store.command(id) : undefined;
    if (command === undefined) throw new HypervisorFault("command-unknown", { id });
    return (await viewsOf([command]))[0]!;
  });
};
