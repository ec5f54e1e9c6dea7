/**
 * The boxes' door: HTTPS with mutual TLS 1.3. Who speaks is proved by the client certificate (box-door.ts), and must be who the path
 * names; without one only enrolment is answered.
 */
import type { Server } from "node:https";
import type { SecureContextOptions } from "node:tls";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { BATCH_LIMITS } from "../cloud-sync/protocol/batch.ts";
import type { PackedBody } from "../cloud-sync/protocol/body.ts";
import { printReply } from "../cloud-sync/protocol/reply.ts";
import { createAttempts } from "./attempts.ts";
import type { ServerIdentity } from "./authority.ts";
import type { BoxDoor } from "./box-door.ts";
import type { Comparing } from "./comparing.ts";
import { type DoorstepTime, waitAtDoorstep } from "./doorstep.ts";
import type { EnrolmentDesk } from "./enrolment.ts";
import { enrolmentRoutes } from "./enrolment-routes.ts";
import { openEventStream } from "./event-stream.ts";
import { FAULT_STATUS, HypervisorFault } from "./faults.ts";
import type { Ingest } from "./ingest.ts";
import type { OrderFeed } from "./order-feed.ts";
import { languageOf, problemOf } from "./problem.ts";

export interface BoxServerParts {
  /** As `secureContextOf` makes it. */
  readonly secure: SecureContextOptions;
  readonly door: BoxDoor;
  readonly enrolment: Pick<EnrolmentDesk, "proveAuthority" | "enrol" | "renew">;
  readonly ingest: Ingest;
  readonly comparing: Comparing;
  readonly feed: OrderFeed;
  readonly log: Logger;
  /** A request must be complete after that long. */
  readonly requestTimeoutMs?: number;
  /** By the event loop unless given. */
  readonly doorstep?: DoorstepTime;
}

const REQUEST_TIMEOUT_MS = 60_000;
/** Another box is compared just now, or this one. */
const BUSY_SECONDS = 60;
/**
 * Below a box's own patience of 45 s with a line that is still to be made. When a region's boxes come back at once their handshakes wait for one another: a shorter time
 * would throw away the work done for them, again and again.
 */
const HEADERS_TIMEOUT_MS = 40_000;
/** A box that comes back within a day is spared a whole handshake; who it is, is judged request by request all the same. */
const RESUMED_WITHIN_SECONDS = 86_400;
/** By default the command line, which differs from replica to replica. */
const SESSIONS_OF = "beffroi-boxes";
/** How often overdue requests are looked for. */
const OVERDUE_CHECK_MS = 1_000;

type BoxParams = { Params: { box: string } };

const isAdmitted = (code: HypervisorFault["code"]): boolean => ![401, 403, 429].includes(FAULT_STATUS[code]);

const packedBodyOf = ({ headers, body }: FastifyRequest): PackedBody => ({
  contentType: headers["content-type"],
  contentEncoding: headers["content-encoding"],
  body: body instanceof Uint8Array ? body : new Uint8Array(),
});

const goneOf =
  ({ raw }: FastifyRequest) =>
  (): boolean =>
    raw.socket.destroyed;

const cursorOf = (request: FastifyRequest): number => {
  const header = request.headers["last-event-id"];
  if (header === undefined || header === "") return 0;
  const cursor = Number(header);
  if (!Number.isSafeInteger(cursor) || cursor < 0)
    throw new HypervisorFault("request-invalid", { reason: "last-event-id" });
  return cursor;
};

const sayBusy = (reply: FastifyReply): FastifyReply => {
  const busy = printReply({ status: 503, retryAfterSeconds: BUSY_SECONDS });
  return reply.status(busy.status).headers(busy.headers).send(busy.body);
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

export const secureContextOf = (
  { key, certificate, ca }: ServerIdentity,
  ticketKeys: Buffer,
): SecureContextOptions & { readonly ticketKeys: Buffer } => ({
  key,
  cert: certificate,
  ca,
  minVersion: "TLSv1.3",
  ticketKeys,
  sessionTimeout: RESUMED_WITHIN_SECONDS,
  sessionIdContext: SESSIONS_OF,
});

export const createBoxServer = (parts: BoxServerParts): FastifyInstance<Server> => {
  const { secure, door, enrolment, ingest, comparing, feed, log, requestTimeoutMs = REQUEST_TIMEOUT_MS } = parts;
  const server = fastify({
    https: {
      ...secure,
      requestCert: true,
      // box-door.ts does: a box that is to be enrolled has no certificate, one that slept has an ended one.
      rejectUnauthorized: false,
      handshakeTimeout: HEADERS_TIMEOUT_MS,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      connectionsCheckingInterval: OVERDUE_CHECK_MS,
    },
    requestTimeout: requestTimeoutMs,
    bodyLimit: BATCH_LIMITS.bytesMax,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 200 },
  });
  door.guard(server.server);
  const doorstep = waitAtDoorstep(server.server, parts.doorstep);
  server.addHook("preClose", async () => doorstep.end());
  server.addHook("onClose", async () => door.end());
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  server.setErrorHandler((error, request, reply) => {
    const language = languageOf(request.headers["accept-language"]);
    if (error instanceof HypervisorFault) {
      const { code, detail } = error;
      // Who is not admitted may be in the middle of a body that nobody will read.
      if (!isAdmitted(code)) void reply.header("connection", "close");
      if (typeof detail.seconds === "number") void reply.header("retry-after", `${detail.seconds}`);
      return reply.status(FAULT_STATUS[code]).send(problemOf(error, language));
    }
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

  /** Before the body is read. */
  const proved = {
    async onRequest(request: FastifyRequest<BoxParams>): Promise<void> {
      await door.prove(request);
    },
  };
  enrolmentRoutes(server, { desk: enrolment, door, attempts: createAttempts(() => performance.now()) });

  server.post<BoxParams>("/v1/boxes/:box/batches", proved, async (request, reply) => {
    const { box } = request.params;
    const serial = door.serialOf(request);
    const from = { address: request.ip, ...(serial === undefined ? {} : { serial }) };
    const printed = printReply(await ingest.receive(box, packedBodyOf(request), goneOf(request), from));
    return reply.status(printed.status).headers(printed.headers).send(printed.body);
  });

  server.post<BoxParams>("/v1/boxes/:box/latest", proved, async (request, reply) => {
    const { box } = request.params;
    const answer = await ingest.receiveLatest(box, packedBodyOf(request), goneOf(request));
    if (answer.status === 204) return reply.status(204).send();
    const printed = printReply(answer);
    return reply.status(printed.status).headers(printed.headers).send(printed.body);
  });

  server.post<BoxParams>("/v1/boxes/:box/digest", proved, async (request, reply) => {
    const { box } = request.params;
    const answer = await comparing.digest(box, packedBodyOf(request).body);
    if (answer !== undefined) return reply.type("application/json").send(answer);
    return sayBusy(reply);
  });

  server.post<BoxParams>("/v1/boxes/:box/again", proved, async (request, reply) => {
    const { box } = request.params;
    if (await comparing.again(box, packedBodyOf(request))) return reply.status(204).send();
    return sayBusy(reply);
  });

  server.get<BoxParams>("/v1/boxes/:box/commands", proved, async (request, reply) => {
    const { box } = request.params;
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
