/** A box that answers what the test tells it to, on the socket where the program looks for one. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { BoxStatus } from "../../api/control.ts";
import type { CommandView } from "../../api/schemas.ts";

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly language: string | undefined;
  readonly body: unknown;
}

export type Handler = (asked: Asked, reply: ServerResponse) => void;

export interface FakeBox {
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const text = Buffer.concat(await request.toArray()).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
};

export async function startFakeBox(folder: string, handle: Handler): Promise<FakeBox> {
  const asked: Asked[] = [];
  const server: Server = createServer(async (request, reply) => {
    const { method = "", url = "", headers } = request;
    const one = { method, url, language: headers["accept-language"], body: await bodyOf(request) };
    asked.push(one);
    handle(one, reply);
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "control.sock"), resolve));
  return {
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const json = (reply: ServerResponse, value: unknown, status = 200): void => {
  reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
};

export const STATUS: BoxStatus = {
  box: "remiremont",
  version: "0.1.0",
  startedAt: "2026-11-22T08:00:00.000Z",
  communes: ["88383"],
  broker: { url: "mqtt://127.0.0.1:1883", connected: true, since: "2026-11-22T08:00:01.000Z" },
  firstHop: { lossless: false, reasons: ["QoS 0"], remedy: ["[integration.mqtt]", "  qos=1"] },
  hypervisor: {
    url: "https://region.example.org:8443",
    connected: false,
    lastReplyAt: "2026-11-22T08:10:00.000Z",
    lastError: "ECONNREFUSED",
  },
  journal: {
    epoch: 1,
    lastSeq: 12_345,
    durableSeq: 12_000,
    waiting: 345,
    bytes: 3_400_000,
    freeBytes: 83_000_000_000,
    daysLeft: 23.4,
    storage: {
      state: "ok",
      limitBytes: 2_000_000_000,
      usedBytes: 3_000_000,
      lost: { thinned: 0, dropped: 0, damaged: 0 },
    },
    held: 0,
  },
  counts: {
    devices: 120,
    unregistered: 3,
    readings: 12_000,
    undecoded: 2,
    duplicates: 1,
    rewinds: 0,
    unknownEvents: 4,
  },
  clock: "confirmed",
  openCommands: 2,
};

export const LAMP = {
  devEui: "70b3d5e75e01a2b3",
  model: "nas-ul20xx",
  state: "in-service",
  asset: "lamp:88383:042",
  commune: "88383",
};

export const command = (body: unknown, state: string, terminal = false): CommandView => {
  const { id, target, name, fields } = body as {
    id: string;
    target: string;
    name: string;
    fields: CommandView["fields"];
  };
  const at = "2026-11-22T09:00:00.000Z";
  return {
    id,
    target,
    name,
    fields,
    author: "cli",
    precedence: "operator",
    requestedAt: at,
    expiresAt: "2026-11-22T09:10:00.000Z",
    state,
    terminal,
    proof: "none",
    steps: [{ state, at }],
  };
};
