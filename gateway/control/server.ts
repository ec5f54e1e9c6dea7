/** HTTP over the Unix socket of the data folder (mode 0600): who may open the folder may steer the box. */
import { chmodSync, rmSync } from "node:fs";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { BoxInUse } from "../box-store.ts";
import type { Log } from "../words.ts";
import { controlSocketOf, controlSocketsOf, spareSocketOf } from "./place.ts";
import { Refused } from "./problem.ts";

// Not imported, which would ask for every one of its exports; WebSocket among them brings undici, 14 MB that no box needs.
const { createServer } = process.getBuiltinModule("node:http");

export interface ControlRequest {
  readonly method: string;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** One object, or lines of them until the iterator ends or the client goes away. */
export type ControlReply =
  | { readonly status: number; readonly json: unknown }
  | { readonly lines: AsyncIterable<unknown> | Iterable<unknown> };

export type Answer = (request: ControlRequest, gone: AbortSignal) => ControlReply | Promise<ControlReply>;

export interface ControlServer {
  /** Where it listens. */
  readonly socket: string;
  stop(): Promise<void>;
}

/** After so many lines everything else has its turn: an export must not hold up the intake. */
const LINES_A_TURN = 100;
/** A codec's source of 512 KiB, as JSON text, with its mapping. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    if (length > BODY_BYTES_MAX) throw new Refused(413, "too-large", `more than ${BODY_BYTES_MAX} bytes`);
    parts.push(part as Buffer);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown;
  } catch {
    throw new Refused(400, "bad-json", "the body is no JSON");
  }
};

const sendJson = (response: ServerResponse, status: number, json: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(json)}\n`);
};

const sendLines = async (
  response: ServerResponse,
  lines: AsyncIterable<unknown> | Iterable<unknown>,
  gone: AbortSignal,
): Promise<void> => {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.flushHeaders();
  let sent = 0;
  for await (const line of lines) {
    if (gone.aborted) return;
    sent += 1;
    if (sent % LINES_A_TURN === 0) await turn();
    if (!response.write(`${JSON.stringify(line)}\n`))
      await new Promise<void>((resolve) => {
        response.once("drain", resolve);
        gone.addEventListener("abort", () => resolve(), { once: true });
      });
  }
  response.end();
};

const problemOf = (error: Refused) => ({
  code: error.code,
  message: error.message,
  ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  ...(error.since === undefined ? {} : { since: new Date(error.since).toISOString() }),
});

const handle = async (request: IncomingMessage, response: ServerResponse, answer: Answer, log: Log): Promise<void> => {
  const ended = new AbortController();
  response.on("close", () => ended.abort());
  try {
    const url = new URL(request.url ?? "/", "http://box");
    const body = await readBody(request);
    const path = url.pathname.split("/").filter((part) => part !== "");
    const method = request.method ?? "GET";
    const asked = { method, path: path.map(decodeURIComponent), query: url.searchParams, body };
    const reply = await answer(asked, ended.signal);
    if ("json" in reply) sendJson(response, reply.status, reply.json);
    else await sendLines(response, reply.lines, ended.signal);
  } catch (error) {
    if (error instanceof Refused && !response.headersSent) return sendJson(response, error.status, problemOf(error));
    log.error({ err: error, url: request.url }, "control request failed");
    if (response.headersSent) response.destroy();
    else sendJson(response, 500, { code: "internal", message: "the box could not answer; see its log" });
  }
};

/** One that answers belongs to a living process. */
const isAnswered = (file: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(file);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });

/**
 * A socket file of a process that died is in the way. The folder is 0700 already; between listen and chmod nobody else can reach it.
 * Nothing listens where it throws.
 */
const listen = async (answering: RequestListener, file: string): Promise<Server> => {
  rmSync(file, { force: true });
  const server = createServer(answering);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(file, () => {
      server.off("error", reject);
      resolve();
    });
  });
  try {
    chmodSync(file, 0o600);
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
};

/**
 * Listens for the box with this data folder. `isAway`: nothing is made in it, for its disk is not there. Throws `BoxInUse` where
 * another process listens.
 */
export const startControl = async (
  folder: string,
  answer: Answer,
  log: Log,
  isAway = false,
): Promise<ControlServer> => {
  // Where the folder may not be written nothing else keeps two boxes apart.
  for (const socket of controlSocketsOf(folder)) if (await isAnswered(socket)) throw new BoxInUse(folder, undefined);
  const answering: RequestListener = (request, response) => void handle(request, response, answer, log);
  let socket = isAway ? spareSocketOf(folder) : controlSocketOf(folder);
  let server: Server;
  try {
    server = await listen(answering, socket);
  } catch (error) {
    socket = spareSocketOf(folder);
    server = await listen(answering, socket).catch(() => {
      throw error;
    });
    log.warn({ socket, err: error }, "the control socket cannot be made in the data folder; it is elsewhere");
  }
  return {
    socket,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
