/**
 * What the command line asks of a running hypervisor: HTTP over the Unix socket `hypervisor.sock` in its data folder (mode 0600:
 * only who may read the folder may speak). A refusal is a `Problem`.
 *
 * | request | reply |
 * |---|---|
 * | POST /boxes (AskInvitation) | Invitation, 201: a box and its one-time code |
 * | GET /boxes | AdmittedBoxes |
 * | POST /boxes/{box}/revocation | 200 |
 * | POST /batches | as api/carried.ts says |
 * | GET /boxes/{box}/quarantine, POST …/replay | as api/quarantine.ts says |
 * | GET /comparisons, POST /boxes/{box}/comparison | as api/comparisons.ts says |
 * | GET /boxes/{box}/completeness | as api/completeness.ts says |
 * | POST /mass, GET /mass/{id}, POST /cancel/{id}, GET /audit | as api/wishes.ts says |
 * | POST /registry/changes, GET /registry/changes/{id} | as api/region-changes.ts says |
 * | GET /incidents, POST /incidents/{id}/decision | as api/incidents.ts says |
 */
import { chmodSync, rmSync } from "node:fs";
import fastify from "fastify";
import type { Logger } from "pino";
import type { z } from "zod";
import { CarriedBody, CarriedReply } from "../api/carried.ts";
import { Problem } from "../api/schemas.ts";
import { BATCH_LIMITS } from "../cloud-sync/protocol/batch.ts";
import { PROTOBUF_TYPE, unpackBody, ZSTD_ENCODING } from "../cloud-sync/protocol/body.ts";
import { type ComparisonParts, comparisonRoutes } from "./api/comparisons.ts";
import { type CompletenessParts, completenessRoutes } from "./api/completeness.ts";
import { type EnrolmentParts, enrolmentControl } from "./api/enrolment.ts";
import { type IncidentParts, incidentRoutes } from "./api/incidents.ts";
import { type QuarantineParts, quarantineRoutes } from "./api/quarantine.ts";
import { readBy } from "./api/query.ts";
import { type RegistryChangeParts, registryChangeRoutes } from "./api/registry-changes.ts";
import { wishRoutes } from "./api/wishes.ts";
import { FAULT_STATUS, HypervisorFault } from "./faults.ts";
import type { Ingest } from "./ingest.ts";
import { languageOf, problemOf } from "./problem.ts";
import type { WishDesk } from "./wish-desk.ts";

// Not imported: that would bring undici, which nobody needs here.
const { request: httpRequest } = process.getBuiltinModule("node:http");

export interface ControlParts {
  readonly enrolment: EnrolmentParts;
  readonly incidents: IncidentParts;
  readonly quarantine: QuarantineParts;
  readonly wishes: WishDesk;
  readonly registryChanges: RegistryChangeParts;
  readonly comparison: ComparisonParts;
  readonly completeness: CompletenessParts;
  readonly ingest: Pick<Ingest, "receive">;
  readonly log: Logger;
}

export interface Control {
  close(): Promise<void>;
}

/** A socket file left by a process that was killed is taken away: the store's lock says that none is running. */
export const openControl = async (
  socketFile: string,
  { enrolment, incidents, quarantine, registryChanges, wishes, comparison, completeness, ingest, log }: ControlParts,
): Promise<Control> => {
  rmSync(socketFile, { force: true });
  const server = fastify({ forceCloseConnections: "idle", bodyLimit: 2 * BATCH_LIMITS.bytesMax });
  server.setErrorHandler((error, request, reply) => {
    if (!(error instanceof HypervisorFault)) log.error({ err: error }, "control request failed");
    const fault = error instanceof HypervisorFault ? error : new HypervisorFault("internal");
    const language = languageOf(request.headers["accept-language"]);
    return reply.status(FAULT_STATUS[fault.code]).send(problemOf(fault, language));
  });
  enrolmentControl(server, enrolment);
  server.post("/batches", async (request): Promise<CarriedReply> => {
    const { body } = readBy(CarriedBody, request.body);
    const packed = { contentType: PROTOBUF_TYPE, contentEncoding: ZSTD_ENCODING, body: Buffer.from(body, "base64") };
    const read = await unpackBody(packed);
    if (!read.ok)
      throw new HypervisorFault("batch-unreadable", { reason: `${read.fault.code}: ${read.fault.message}` });
    const { box } = read.value;
    const reply = await ingest.receive(box, packed);
    return CarriedReply.parse({ box, ...reply });
  });
  incidentRoutes(server, incidents);
  quarantineRoutes(server, quarantine);
  wishRoutes(server, wishes);
  registryChangeRoutes(server, registryChanges);
  comparisonRoutes(server, comparison);
  completenessRoutes(server, completeness);
  await server.listen({ path: socketFile });
  chmodSync(socketFile, 0o600);
  return { close: () => server.close() };
};

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export interface Asked<T> {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly reply: z.ZodType<T>;
}

/** The client's side. Rejects with ENOENT or ECONNREFUSED when no hypervisor runs on that data folder. */
export const askControl = <T>(socketPath: string, asked: Asked<T>, language: string): Promise<Answer<T>> =>
  new Promise((resolve, reject) => {
    const { method, path, body, reply } = asked;
    const headers = {
      "accept-language": language,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const asking = httpRequest({ socketPath, path, method, headers }, async (answer) => {
      try {
        const content: unknown = JSON.parse(Buffer.concat(await answer.toArray()).toString("utf8"));
        resolve(
          (answer.statusCode ?? 500) < 300
            ? { ok: true, value: reply.parse(content) }
            : { ok: false, problem: Problem.parse(content) },
        );
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    asking.on("error", reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
