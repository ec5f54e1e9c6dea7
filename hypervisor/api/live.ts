/** GET /live: what changed, to every open page. Changes of the same moment are told together. */
import type { FastifyInstance } from "fastify";
import type { LiveEvent } from "../../api/schemas.ts";
import { type EventStream, HEARTBEAT_MS, openEventStream } from "../event-stream.ts";
import type { Store } from "../store/store.ts";
import type { Change } from "../store/words.ts";

const GATHER_MS = 100;
const REFS_MAX = 500;

interface Gathered {
  readonly refs: Set<string>;
  readonly commands: Set<string>;
  readonly boxes: Set<string>;
}

const nothing = (): Gathered => ({ refs: new Set(), commands: new Set(), boxes: new Set() });

const eventsOf = ({ refs, commands, boxes }: Gathered): LiveEvent[] => {
  const all = [...refs];
  const portions = Array.from({ length: Math.ceil(all.length / REFS_MAX) }, (_, place) =>
    all.slice(place * REFS_MAX, (place + 1) * REFS_MAX),
  );
  return [
    ...portions.map((portion) => ({ type: "assets" as const, refs: portion })),
    ...[...commands].map((id) => ({ type: "command" as const, id })),
    ...[...boxes].map((box) => ({ type: "box" as const, box })),
  ];
};

export interface LiveHub {
  join(stream: EventStream): void;
  end(): void;
}

export const createLiveHub = (store: Pick<Store, "watch">): LiveHub => {
  const streams = new Set<EventStream>();
  let gathered = nothing();
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer = undefined;
    const lines = eventsOf(gathered).map((event) => JSON.stringify(event));
    gathered = nothing();
    for (const stream of streams) for (const data of lines) stream.send({ data });
  };
  const gather = (change: Change) => {
    if (streams.size === 0 || change.type === "orders" || change.type === "admission") return;
    if (change.type === "missed") {
      // A page re-reads everything when it connects again.
      for (const stream of streams) stream.end();
      return;
    }
    if (change.type === "assets") for (const ref of change.refs) gathered.refs.add(ref);
    if (change.type === "command") gathered.commands.add(change.id);
    if (change.type === "box") gathered.boxes.add(change.box);
    timer ??= setTimeout(tell, GATHER_MS);
  };
  const unwatch = store.watch(gather);
  const heartbeat = setInterval(() => {
    for (const stream of streams) stream.comment("alive");
  }, HEARTBEAT_MS);
  return {
    join(stream) {
      streams.add(stream);
      stream.closed.then(() => streams.delete(stream));
    },
    end() {
      unwatch();
      clearInterval(heartbeat);
      clearTimeout(timer);
      for (const stream of streams) stream.end();
    },
  };
};

export const liveRoutes = (app: FastifyInstance, hub: LiveHub, headers: Readonly<Record<string, string>>): void => {
  app.get("/live", (_request, reply) => {
    reply.hijack();
    hub.join(openEventStream(reply.raw, headers));
  });
};
