/**
 * A hypervisor that never was: serves the built page under the hypervisor's own policy and answers the API with replies that passed
 * the API's own schemas. A test moves commands along, silences boxes, breaks replies and pulls the plug.
 */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { IncidentsReply, type IncidentView } from "../../api/incidents.ts";
import { CancelRequest, type MassPlan, MassReply, MassRequest, MassView, TakenBack } from "../../api/mass.ts";
import {
  AssetsReply,
  AssetView,
  BoxesReply,
  CommandRequest,
  CommandsReply,
  CommandView,
  type LiveEvent,
  RegionQueueReply,
  SeriesReply,
  TerritoriesReply,
} from "../../api/schemas.ts";
import { SECURITY_HEADERS } from "../../hypervisor/guard.ts";
import { makeAssets, makeBoxes, makeSeries, makeTree } from "./stub-data.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export type Stub = Awaited<ReturnType<typeof startStub>>;

export async function startStub({ dist, lampsElsewhere = 2 }: { dist: string; lampsElsewhere?: number }) {
  const assets = makeAssets(lampsElsewhere);
  const boxes = makeBoxes();
  const incidents: IncidentView[] = [];
  const commands: CommandView[] = [];
  /** Of everybody: what the queue shows. */
  const waiting: CommandView[] = [];
  const takenBack: string[] = [];
  const requests: CommandRequest[] = [];
  const manyRequests: MassRequest[] = [];
  const confirmFrom = 4;
  let mass: MassView | undefined;
  const feeds = new Set<ServerResponse>();
  const broken = new Map<string, unknown>();
  let server: Server | undefined;
  let port = 0;

  const tell = (event: LiveEvent): void => {
    for (const feed of feeds) feed.write(`data: ${JSON.stringify(event)}\n\n`);
  };

  const openFeed = (response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": here\n\n");
    feeds.add(response);
    response.on("close", () => feeds.delete(response));
  };

  const begin = (body: string): CommandView => {
    const request = CommandRequest.parse(JSON.parse(body));
    requests.push(request);
    const known = commands.find(({ id }) => id === request.id);
    if (known !== undefined) return known;
    const at = new Date().toISOString();
    const command: CommandView = {
      id: request.id ?? crypto.randomUUID(),
      target: request.target,
      name: request.name,
      fields: request.fields,
      author: request.author,
      precedence: "operator",
      requestedAt: at,
      expiresAt: new Date(Date.now() + request.expiresInSeconds * 1_000).toISOString(),
      ...(request.holdSeconds === undefined
        ? {}
        : { holdUntil: new Date(Date.now() + request.holdSeconds * 1_000).toISOString() }),
      ...(request.reason === undefined ? {} : { reason: request.reason }),
      state: "requested",
      terminal: false,
      proof: "none",
      steps: [{ state: "requested", at }],
    };
    commands.unshift(command);
    return command;
  };

  /** Many need a word; one is refused, the first lamps are in a group. */
  const beginMany = (body: string): MassReply => {
    const asked = MassRequest.parse(JSON.parse(body));
    manyRequests.push(asked);
    const n = asked.targets.length;
    const cost = (frames: number, ms: number) => ({ frames, airtimeMs: frames * ms, spanMs: frames * ms * 10 });
    const plan: MassPlan = {
      assets: n - 1,
      multicast: { ...cost(1, 1_319), assets: 2, groups: ["rue"] },
      unicast: cost(n - 3, 1_319),
      oneByOne: { sf12: cost(n, 1_319), sf9: cost(n, 185) },
      reasons: ["not-in-group"],
      refused: [{ target: asked.targets[0]!, reason: "no-device" }],
      ...(n >= confirmFrom ? { confirm: "0badcafe" } : {}),
    };
    if (asked.dryRun || plan.confirm !== asked.confirm) return { plan };
    mass = { id: crypto.randomUUID(), size: n - 1, states: { requested: n - 1 }, terminal: false, named: [] };
    return { plan, mass };
  };

  const assetsReply = (query: URLSearchParams): AssetsReply => {
    const commune = query.get("commune");
    const limit = Number(query.get("limit") ?? 100);
    const matching = assets.filter((asset) => commune === null || asset.commune === commune);
    const from = matching.findIndex(({ ref }) => ref === query.get("after")) + 1;
    const page = matching.slice(from, from + limit);
    return { assets: page, ...(from + limit < matching.length ? { next: page.at(-1)!.ref } : {}) };
  };

  const queueReply = (commune: string | null): RegionQueueReply => {
    const here = waiting.filter(({ target }) => commune === null || target.split(":")[1] === commune);
    return { total: here.length, waiting: here };
  };

  /** What no box has is cancelled, of the rest the box is asked. */
  const takeBack = (id: string): TakenBack => {
    takenBack.push(id);
    const those = waiting.filter((command) => command.id === id || command.mass?.id === id);
    const here = those.filter(({ state }) => state === "requested");
    for (const each of here) waiting.splice(waiting.indexOf(each), 1);
    return { cancelled: here.length, asked: those.length - here.length, over: 0 };
  };

  const api = async (path: string, query: URLSearchParams, request: IncomingMessage): Promise<unknown> => {
    if (path === "/mass") return MassReply.parse(beginMany(await bodyOf(request)));
    if (path.startsWith("/mass/")) return mass && MassView.parse(mass);
    if (path === "/queue") return RegionQueueReply.parse(queueReply(query.get("commune")));
    if (path.startsWith("/cancel/")) {
      CancelRequest.parse(JSON.parse(await bodyOf(request)));
      return TakenBack.parse(takeBack(path.slice("/cancel/".length)));
    }
    if (request.method === "POST") return CommandView.parse(begin(await bodyOf(request)));
    if (path === "/territories") return TerritoriesReply.parse(makeTree(assets));
    if (path === "/incidents") return IncidentsReply.parse({ incidents });
    if (path === "/boxes") return BoxesReply.parse({ boxes });
    if (path === "/assets") return AssetsReply.parse(assetsReply(query));
    if (path === "/commands")
      return CommandsReply.parse({ commands: commands.filter(({ target }) => target === query.get("target")) });
    const single = assets.find((one) => path === `/assets/${encodeURIComponent(one.ref)}`);
    if (single !== undefined) return AssetView.parse(single);
    const ref = /^\/assets\/([^/]+)\/series$/.exec(path)?.[1];
    const asset = assets.find((one) => one.ref === decodeURIComponent(ref ?? ""));
    if (asset === undefined) return undefined;
    const [from, to] = [Date.parse(query.get("from")!), Date.parse(query.get("to")!)];
    return SeriesReply.parse(makeSeries(asset, query.get("measurement")!, from, to));
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, "http://stub");
    if (!url.pathname.startsWith("/api/v1/")) return serveFile(dist, url.pathname, response);
    const path = url.pathname.slice("/api/v1".length);
    if (path === "/live") return openFeed(response);
    const reply = broken.has(path) ? broken.get(path) : await api(path, url.searchParams, request);
    const text = reply === undefined ? { code: "not-found", message: "Nothing here." } : reply;
    response.writeHead(reply === undefined ? 404 : 200, {
      "content-type": "application/json",
      // Its own clock is not to be heard where a test drives one.
      date: new Date().toUTCString(),
    });
    response.end(JSON.stringify(text));
  };

  const open = async (): Promise<void> => {
    const listening = createServer((request, response) => void answer(request, response));
    server = listening;
    await new Promise<void>((resolve) => listening.listen(port, "127.0.0.1", resolve));
    port = (listening.address() as AddressInfo).port;
  };

  const close = async (): Promise<void> => {
    const closing = server;
    if (closing === undefined) return;
    server = undefined;
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
    closing.closeAllConnections();
    await closed;
  };

  await open();
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    manyRequests,
    /** What has become of the wish for many, and the feed says so. */
    many: (next: Omit<MassView, "id" | "size">): void => {
      mass = { ...mass!, ...next };
      tell({ type: "command", id: mass.id });
    },
    waiting,
    takenBack,
    assets,
    boxes,
    incidents,
    tell,
    open,
    close,
    /** The command moves to `state`, and the feed says so. */
    step: (state: string, { reason, terminal = false }: { reason?: string; terminal?: boolean } = {}): void => {
      const command = commands[0]!;
      command.state = state;
      command.terminal = terminal;
      command.steps.push({ state, at: new Date().toISOString(), ...(reason === undefined ? {} : { reason }) });
      tell({ type: "command", id: command.id });
    },
    /** The command was another's. */
    heldBy: (author: string): void => {
      const command = commands[0]!;
      command.author = author;
      tell({ type: "command", id: command.id });
    },
    unknown: (since: string | undefined): void => {
      const command = commands[0]!;
      if (since === undefined) delete command.unknownSince;
      else command.unknownSince = since;
      tell({ type: "command", id: command.id });
    },
    forgetCommands: (): void => {
      commands.length = 0;
      requests.length = 0;
    },
    /** Until mended, that path answers with something its schema does not know. */
    break: (path: string, reply: unknown): void => void broken.set(path, reply),
    mend: (): void => broken.clear(),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}

/** Any address that is no file is a screen of the page. */
async function serveFile(dist: string, pathname: string, response: ServerResponse): Promise<void> {
  const file = extname(pathname) === "" || pathname.includes(":") ? "/index.html" : pathname;
  const bytes = await readFile(join(dist, file)).catch(() => undefined);
  response.writeHead(bytes === undefined ? 404 : 200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    ...SECURITY_HEADERS,
  });
  response.end(bytes);
}
