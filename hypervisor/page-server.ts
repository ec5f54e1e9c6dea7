/** The people's door: the page and its API under /api/v1, plain HTTP on loopback only. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import fastify, { type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { assetRoutes } from "./api/assets.ts";
import { commandRoutes } from "./api/commands.ts";
import { comparisonRoutes } from "./api/comparisons.ts";
import { completenessRoutes } from "./api/completeness.ts";
import { incidentRoutes } from "./api/incidents.ts";
import { type LiveHub, liveRoutes } from "./api/live.ts";
import { outgoingRoutes } from "./api/outgoing.ts";
import type { ApiParts } from "./api/parts.ts";
import { readingRoutes } from "./api/readings.ts";
import { registryChangeRoutes } from "./api/registry-changes.ts";
import { territoryRoutes } from "./api/territories.ts";
import { wishRoutes } from "./api/wishes.ts";
import type { CommandDesk } from "./command-desk.ts";
import { FAULT_STATUS, HypervisorFault } from "./faults.ts";
import { guard, SECURITY_HEADERS } from "./guard.ts";
import { languageOf, problemOf, say } from "./problem.ts";
import type { RegistryDesk } from "./registry-desk.ts";
import type { WishDesk } from "./wish-desk.ts";

export interface PageServerParts extends ApiParts {
  readonly desk: CommandDesk;
  readonly wishes: WishDesk;
  readonly registryDesk: RegistryDesk;
  readonly hub: LiveHub;
  readonly log: Logger;
  /** The built page; absent or empty: a page that says how to build it. */
  readonly consoleFolder?: string;
}

const BODY_BYTES_MAX = 64 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const API = "/api/v1";

const isApi = (url: string): boolean => url === "/api" || url.startsWith("/api/");

const faultOf = (error: unknown): HypervisorFault | undefined => {
  if (error instanceof HypervisorFault) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new HypervisorFault("body-too-large", { bytesMax: BODY_BYTES_MAX });
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return new HypervisorFault("body-type", { type: "-" });
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500 && error instanceof Error)
    return new HypervisorFault("request-invalid", { reason: error.message });
  return undefined;
};

const addErrors = (server: FastifyInstance, log: Logger): void => {
  server.setErrorHandler((error, request, reply) => {
    const known = faultOf(error);
    if (known === undefined) log.error({ err: error, url: request.url }, "request failed");
    const fault = known ?? new HypervisorFault("internal");
    const language = languageOf(request.headers["accept-language"]);
    return reply
      .status(FAULT_STATUS[fault.code])
      .headers({ "content-language": language, vary: "accept-language" })
      .send(problemOf(fault, language));
  });
};

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const missingPage = (acceptLanguage: string | undefined): string => {
  const language = languageOf(acceptLanguage);
  const title = escapeHtml(say(language, "page.missing"));
  const remedy = escapeHtml(say(language, "page.missing.remedy"));
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><title>Beffroi</title><h1>${title}</h1><p>${remedy}</p></html>\n`;
};

/** The page's files, and the page itself for every deep link it may have. */
const addPage = async (server: FastifyInstance, consoleFolder: string | undefined): Promise<void> => {
  const built = consoleFolder !== undefined && existsSync(join(consoleFolder, "index.html"));
  if (built)
    await server.register(fastifyStatic, {
      root: consoleFolder,
      wildcard: true,
      index: ["index.html"],
      setHeaders: (reply, path) => {
        // Vite puts a hash into the names under assets/; all else may change under its name.
        const lasting = path.startsWith(join(consoleFolder, "assets"));
        reply.header("cache-control", lasting ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
  server.setNotFoundHandler((request, reply) => {
    const isLink = request.method === "GET" && request.headers.accept?.includes("text/html") === true;
    if (isApi(request.url) || !isLink) throw new HypervisorFault("not-found");
    if (built) return reply.header("cache-control", "no-cache").sendFile("index.html");
    return reply.status(503).type("text/html; charset=utf-8").send(missingPage(request.headers["accept-language"]));
  });
};

export const createPageServer = async (parts: PageServerParts): Promise<FastifyInstance> => {
  const { desk, hub, log, consoleFolder } = parts;
  const server = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 300 },
  });
  server.removeContentTypeParser("text/plain");
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const site = request.headers["sec-fetch-site"];
    guard({
      host: request.headers.host,
      origin: request.headers.origin,
      fetchSite: typeof site === "string" ? site : undefined,
      api: isApi(request.url),
    });
    if (isApi(request.url)) reply.header("cache-control", "no-store");
  });
  addErrors(server, log);
  await server.register(
    async (api) => {
      territoryRoutes(api, parts);
      assetRoutes(api, parts);
      readingRoutes(api, parts);
      commandRoutes(api, parts, desk);
      wishRoutes(api, parts.wishes);
      registryChangeRoutes(api, parts);
      incidentRoutes(api, parts);
      comparisonRoutes(api, parts);
      completenessRoutes(api, parts);
      outgoingRoutes(api, parts);
      liveRoutes(api, hub, SECURITY_HEADERS);
    },
    { prefix: API },
  );
  await addPage(server, consoleFolder);
  return server;
};
