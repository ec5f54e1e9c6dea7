/**
 * The boxes' door: HTTPS with mutual TLS 1.3. Who speaks is proved by the client certificate (common name = the box's name), and
 * must be who the path names.
 */
import type { Server } from "node:https";
import { TLSSocket } from "node:tls";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { BATCH_LIMITS } from "../cloud-sync/protocol/batch.ts";
import type { PackedBody } from "../cloud-sync/protocol/body.ts";
import { printReply } from "../cloud-sync/protocol/reply.ts";
import type { ServerIdentity } from "./authority.ts";
import type { Comparing } from "./comparing.ts";
import { openEventStream } from "./event-stream.ts";
import { FAULT_STATUS, HypervisorFault } from "./faults.ts";
import type { Ingest } from "./ingest.ts";
import type { OrderFeed } from "./order-feed.ts";
import { languageOf, problemOf } from "./problem.ts";
import type { Store } from "./store/store.ts";

export interface BoxServerParts {
  readonly identity: ServerIdentity;
  readonly store: Pick<Store, "admitsBox">;
  readonly ingest: Ingest;
  readonly comparing: Comparing;
  readonly feed: OrderFeed;
  readonly log: Logger;
  /** A request must be complete after that long. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 60_000;
/** Another box is compared just now. */
const BUSY_SECONDS = 60;
const HEADERS_TIMEOUT_MS = 10_000;
/** How often overdue requests are looked for. */
const OVERDUE_CHECK_MS = 1_000;

type BoxParams = { Params: { box: string } };

/** @throws HypervisorFault `box-name-mismatch`, `box-unknown` */
const proveBox = async (request: FastifyRequest<BoxParams>, store: BoxServerParts["store"]): Promise<string> => {
  const { socket } = request.raw;
  const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
  const name = typeof certificate === "string" ? certificate : "";
  const { box } = request.params;
  if (name !== box) throw new HypervisorFault("box-name-mismatch", { certificate: name, box });
  if (!(await store.admitsBox(box))) throw new HypervisorFault("box-unknown", { box });
  return box;
};

const packedBodyOf = ({ headers, body }: FastifyRequest): PackedBody => ({
  contentType: headers["content-type"],
  contentEncoding: headers["content-encoding"],
  body: body instanceof Uint8Array ? body : new Uint8Array(),
});

const cursorOf = (request: FastifyRequest): number => {
  const header = request.headers["last-event-id"];
  if (header === undefined || header === "") return 0;
  const cursor = Number(header);
  if (!Number.isSafeInteger(cursor) || cursor < 0)
    throw new HypervisorFault("request-invalid", { reason: "last-event-id" });
  return cursor;
};

const WAIT_SECONDS_MAX = 30;

/** How long a poll waits for orders; undefined for a stream. */
const waitOf = ({ query }: FastifyRequest): number | undefined => {
  const { wait } = query as Readonly<Record<string, unknown>>;
  if (wait === undefined) return undefined;
  const seconds = Number(wait);
  if (!Number.isFinite(seconds) || seconds < 0) throw new HypervisorFault("request-invalid", { reason: "wait" });
  return Math.min(seconds, WAIT_SECONDS_MAX);
};

export const createBoxServer = (parts: BoxServerParts): FastifyInstance<Server> => {
  const { identity, store, ingest, comparing, feed, log, requestTimeoutMs = REQUEST_TIMEOUT_MS } = parts;
  const server = fastify({
    https: {
      key: identity.key,
      cert: identity.certificate,
      ca: identity.ca,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.3",
      handshakeTimeout: HEADERS_TIMEOUT_MS,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      connectionsCheckingInterval: OVERDUE_CHECK_MS,
    },
    requestTimeout: requestTimeoutMs,
    bodyLimit: BATCH_LIMITS.bytesMax,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 200 },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  server.setErrorHandler((error, request, reply) => {
    const language = languageOf(request.headers["accept-language"]);
    if (error instanceof HypervisorFault)
      return reply.status(FAULT_STATUS[error.code]).send(problemOf(error, language));
    if (error instanceof Error && "code" in error && error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
      const refusal = printReply({ status: 413, bytesMax: BATCH_LIMITS.bytesMax });
      return reply.status(refusal.status).headers(refusal.headers).send(refusal.body);
    }
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    if (status >= 400 && status < 500)
      return reply
        .status(status)
        .send(problemOf(new HypervisorFault("request-invalid", { reason: String(status) }), language));
    log.error({ err: error, url: request.url }, "request of a box failed");
    return reply.status(500).send(problemOf(new HypervisorFault("internal"), language));
  });
  server.setNotFoundHandler((request, reply) =>
    reply.status(404).send(problemOf(new HypervisorFault("not-found"), languageOf(request.headers["accept-language"]))),
  );

  server.post<BoxParams>("/v1/boxes/:box/batches", async (request, reply) => {
    const box = await proveBox(request, store);
    const printed = printReply(await ingest.receive(box, packedBodyOf(request)));
    return reply.status(printed.status).headers(printed.headers).send(printed.body);
  });

  server.post<BoxParams>("/v1/boxes/:box/latest", async (request, reply) => {
    const box = await proveBox(request, store);
    const answer = await ingest.receiveLatest(box, packedBodyOf(request));
    if (answer.status === 204) return reply.status(204).send();
    const printed = printReply(answer);
    return reply.status(printed.status).headers(printed.headers).send(printed.body);
  });

  server.post<BoxParams>("/v1/boxes/:box/digest", async (request, reply) => {
    const box = await proveBox(request, store);
    const answer = await comparing.digest(box, packedBodyOf(request).body);
    if (answer !== undefined) return reply.type("application/json").send(answer);
    const busy = printReply({ status: 503, retryAfterSeconds: BUSY_SECONDS });
    return reply.status(busy.status).headers(busy.headers).send(busy.body);
  });

  server.post<BoxParams>("/v1/boxes/:box/again", async (request, reply) => {
    const box = await proveBox(request, store);
    await comparing.again(box, packedBodyOf(request));
    return reply.status(204).send();
  });

  server.get<BoxParams>("/v1/boxes/:box/commands", async (request, reply) => {
    const box = await proveBox(request, store);
    const cursor = cursorOf(request);
    const waitSeconds = waitOf(request);
    if (waitSeconds !== undefined) {
      const gone = new Promise<void>((resolve) => reply.raw.once("close", resolve));
      const text = await feed.poll(box, cursor, waitSeconds * 1_000, gone);
      return reply.type("text/event-stream; charset=utf-8").header("cache-control", "no-store").send(text);
    }
    reply.hijack();
    await feed.serve(box, cursor, openEventStream(reply.raw));
  });
  return server;
};
