/**
 * What the command line asks of a running hypervisor: HTTP over the Unix socket `hypervisor.sock` in its data folder (mode 0600:
 * only who may read the folder may speak). A refusal is a `Problem`.
 *
 * | request | reply |
 * |---|---|
 * | POST /boxes (AddBox) | AddBoxReply, 201: a box and a fresh certificate with its key |
 */
import { chmodSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import fastify from "fastify";
import type { Logger } from "pino";
import { z } from "zod";
import { Problem } from "../api/schemas.ts";
import { readBy } from "./api/query.ts";
import type { AddedBox } from "./box-adding.ts";
import { FAULT_STATUS, HypervisorFault } from "./faults.ts";
import { languageOf, problemOf } from "./problem.ts";
import type { BoxEntry } from "./store/store.ts";

export const AddBox = z.strictObject({ name: z.string(), communes: z.array(z.string().min(1)).min(1) });
/** PEM texts. */
export const AddBoxReply = z.object({
  box: z.string(),
  communes: z.array(z.string()),
  certificate: z.string(),
  key: z.string(),
  ca: z.string(),
});

export interface ControlParts {
  readonly add: (box: BoxEntry) => Promise<AddedBox>;
  readonly log: Logger;
}

export interface Control {
  close(): Promise<void>;
}

/** A socket file left by a process that was killed is taken away: the store's lock says that none is running. */
export const openControl = async (socketFile: string, { add, log }: ControlParts): Promise<Control> => {
  rmSync(socketFile, { force: true });
  const server = fastify({ forceCloseConnections: "idle" });
  server.setErrorHandler((error, request, reply) => {
    if (!(error instanceof HypervisorFault)) log.error({ err: error }, "control request failed");
    const fault = error instanceof HypervisorFault ? error : new HypervisorFault("internal");
    const language = languageOf(request.headers["accept-language"]);
    return reply.status(FAULT_STATUS[fault.code]).send(problemOf(fault, language));
  });
  server.post("/boxes", async (request, reply) => reply.status(201).send(await add(readBy(AddBox, request.body))));
  await server.listen({ path: socketFile });
  chmodSync(socketFile, 0o600);
  return { close: () => server.close() };
};

export type AskAnswer =
  | { readonly ok: true; readonly added: z.infer<typeof AddBoxReply> }
  | { readonly ok: false; readonly problem: Problem };

/** The client's side. Rejects with ENOENT or ECONNREFUSED when no hypervisor runs on that data folder. */
export const askToAddBox = (socketFile: string, box: BoxEntry, language: string): Promise<AskAnswer> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({ name: box.name, communes: box.communes });
    const headers = { "content-type": "application/json", "accept-language": language };
    const asking = httpRequest({ socketPath: socketFile, path: "/boxes", method: "POST", headers }, async (answer) => {
      try {
        const content: unknown = JSON.parse(Buffer.concat(await answer.toArray()).toString("utf8"));
        resolve(
          answer.statusCode === 201
            ? { ok: true, added: AddBoxReply.parse(content) }
            : { ok: false, problem: Problem.parse(content) },
        );
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    asking.on("error", reject);
    asking.end(body);
  });
