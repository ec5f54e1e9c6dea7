/** Everything the page reads and asks, in one place; built once in main.tsx and handed down by context. */
import { ComparisonsReply } from "../../api/comparisons.ts";
import { CompletenessView } from "../../api/completeness.ts";
import { type DecisionRequest, IncidentsReply, IncidentView } from "../../api/incidents.ts";
import { MassReply, type MassRequest, MassView, TakenBack } from "../../api/mass.ts";
import { OutgoingView } from "../../api/outgoing.ts";
import {
  BoxesReply,
  type CommandRequest,
  CommandsReply,
  CommandView,
  type LiveEvent,
  RegionQueueReply,
  SeriesReply,
  TerritoriesReply,
} from "../../api/schemas.ts";
import { type AssetsResource, createAssets } from "./assets.ts";
import { createBorder } from "./border.ts";
import { type Clock, createClock } from "./clock.ts";
import { type Connection, createConnection } from "./connection.ts";
import { browserPlanWatch, type PlanWatch } from "./plan.ts";
import { createResource, type Resource } from "./resource.ts";

export interface Data {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly territories: Resource<TerritoriesReply>;
  readonly boxes: Resource<BoxesReply>;
  /** Of one commune, or of everything. */
  readonly assets: (commune: string | undefined) => AssetsResource;
  /** Newest first, decided ones too. */
  readonly incidents: Resource<IncidentsReply>;
  readonly comparisons: Resource<ComparisonsReply>;
  /** @param day `2026-03-02` */
  readonly completeness: (box: string, day: string) => Resource<CompletenessView>;
  readonly outgoing: (box: string) => Resource<OutgoingView>;
  readonly decide: (incident: number, request: DecisionRequest) => Promise<IncidentView>;
  readonly commands: (ref: string) => Resource<CommandsReply>;
  /** What is not over yet, of one commune or of all. */
  readonly queue: (commune: string | undefined) => Resource<RegionQueueReply>;
  /** A command, or a wish for many. */
  readonly takeBack: (id: string) => Promise<TakenBack>;
  readonly series: (ref: string, measurement: string, hours: number) => Resource<SeriesReply>;
  readonly send: (request: Partial<CommandRequest> & Pick<CommandRequest, "target" | "name">) => Promise<CommandView>;
  /** Without the word that its plan told, and with `dryRun`, nothing is sent. */
  readonly sendMany: (request: Partial<MassRequest> & Pick<MassRequest, "targets" | "name">) => Promise<MassReply>;
  /** What became of a wish for many. */
  readonly mass: (id: string) => Resource<MassView>;
  readonly refresh: () => void;
  /** Whether the map's plan can be had; asks only while a map is open. */
  readonly plan: PlanWatch;
}

/** Without the live feed everything in view is read again this often; boxes always are, since silence sends no event. */
const POLL_MS = 15_000;
const HOUR_MS = 3_600_000;
const COMMANDS_SHOWN = 6;

export function createData(base: string): Data {
  const clock = createClock();
  const border = createBorder({
    base,
    language: () => document.documentElement.lang,
    noteReply: (answered, serverTime) => {
      if (serverTime !== undefined) clock.correct(serverTime);
      connection.noteReply(answered);
    },
  });
  const resources = new Map<string, Resource<unknown>>();
  const assetsByScope = new Map<string, AssetsResource>();

  const once = <T>(key: string, make: () => Resource<T>): Resource<T> => {
    const known = resources.get(key);
    // The key names the loader, and with it the type.
    if (known !== undefined) return known as Resource<T>;
    const made = make();
    resources.set(key, made);
    return made;
  };

  const territories = once("territories", () =>
    createResource({ load: (signal) => border.get("/territories", TerritoriesReply, signal), everyMs: 10_000 }),
  );
  const boxes = once("boxes", () =>
    createResource({ load: (signal) => border.get("/boxes", BoxesReply, signal), everyMs: 3_000 }),
  );

  const assets = (commune: string | undefined): AssetsResource => {
    const key = `assets ${commune ?? ""}`;
    const made = assetsByScope.get(key) ?? createAssets(border, commune);
    assetsByScope.set(key, made);
    resources.set(key, made);
    return made;
  };

  const commands = (ref: string): Resource<CommandsReply> =>
    once(`commands ${ref}`, () =>
      createResource({
        load: (signal) =>
          border.get(
            `/commands?${new URLSearchParams({ target: ref, limit: `${COMMANDS_SHOWN}` })}`,
            CommandsReply,
            signal,
          ),
        everyMs: 400,
      }),
    );

  const queue = (commune: string | undefined): Resource<RegionQueueReply> =>
    once(`queue ${commune ?? ""}`, () =>
      createResource({
        load: (signal) =>
          border.get(commune === undefined ? "/queue" : `/queue?commune=${commune}`, RegionQueueReply, signal),
        everyMs: 1_500,
      }),
    );

  const series = (ref: string, measurement: string, hours: number): Resource<SeriesReply> =>
    once(`series ${ref} ${measurement} ${hours}`, () =>
      createResource({
        load: (signal) => {
          const to = clock.now();
          const query = new URLSearchParams({
            measurement,
            from: new Date(to - hours * HOUR_MS).toISOString(),
            to: new Date(to).toISOString(),
          });
          return border.get(`/assets/${encodeURIComponent(ref)}/series?${query}`, SeriesReply, signal);
        },
        everyMs: 10_000,
      }),
    );

  const incidents = once("incidents", () =>
    createResource({ load: (signal) => border.get("/incidents", IncidentsReply, signal), everyMs: 3_000 }),
  );
  const comparisons = once("comparisons", () =>
    createResource({ load: (signal) => border.get("/comparisons", ComparisonsReply, signal), everyMs: 10_000 }),
  );
  const ofBox = (box: string): string => `/boxes/${encodeURIComponent(box)}`;
  const completeness = (box: string, day: string): Resource<CompletenessView> =>
    once(`completeness ${box} ${day}`, () =>
      createResource({
        load: (signal) => border.get(`${ofBox(box)}/completeness?day=${day}`, CompletenessView, signal),
        everyMs: 30_000,
      }),
    );
  const outgoing = (box: string): Resource<OutgoingView> =>
    once(`outgoing ${box}`, () =>
      createResource({
        load: (signal) => border.get(`${ofBox(box)}/outgoing`, OutgoingView, signal),
        everyMs: 30_000,
      }),
    );

  const refresh = (): void => {
    for (const resource of resources.values()) resource.invalidate();
  };

  const onEvent = (event: LiveEvent): void => {
    if (event.type === "box") {
      boxes.invalidate();
      incidents.invalidate();
      comparisons.invalidate();
    } else if (event.type === "command") {
      invalidateByPrefix(resources, "commands ");
      invalidateByPrefix(resources, "mass ");
      invalidateByPrefix(resources, "queue ");
    } else {
      for (const resource of assetsByScope.values()) resource.touch(event.refs);
      for (const ref of event.refs) invalidateByPrefix(resources, `series ${ref} `);
    }
  };

  const connection = createConnection({
    url: `${base}/live`,
    now: clock.now,
    onEvent,
    onOpen: refresh,
    onLost: boxes.invalidate,
  });

  setInterval(() => {
    if (connection.state().feed !== "open") return refresh();
    boxes.invalidate();
    invalidateByPrefix(resources, "commands ");
    invalidateByPrefix(resources, "mass ");
    invalidateByPrefix(resources, "queue ");
  }, POLL_MS);

  return {
    clock,
    connection,
    territories,
    boxes,
    assets,
    incidents,
    comparisons,
    completeness,
    outgoing,
    decide: async (incident, request) => {
      const decided = await border.post(`/incidents/${incident}/decision`, request, IncidentView);
      incidents.invalidate();
      boxes.invalidate();
      return decided;
    },
    commands,
    queue,
    takeBack: async (id) => {
      const told = await border.post(`/cancel/${id}`, { author: "page" }, TakenBack);
      invalidateByPrefix(resources, "queue ");
      return told;
    },
    series,
    sendMany: (request) => border.post("/mass", request, MassReply),
    mass: (id) =>
      once(`mass ${id}`, () =>
        createResource({ load: (signal) => border.get(`/mass/${id}`, MassView, signal), everyMs: 1_000 }),
      ),
    refresh,
    plan: browserPlanWatch(),
    send: async (request) => {
      const sent = await border.post("/commands", request, CommandView);
      commands(request.target).invalidate();
      return sent;
    },
  };
}

function invalidateByPrefix(resources: ReadonlyMap<string, Resource<unknown>>, prefix: string): void {
  for (const [key, resource] of resources) if (key.startsWith(prefix)) resource.invalidate();
}
