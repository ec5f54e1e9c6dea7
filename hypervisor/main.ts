/** The regional process, built from its parts. */

import { mkdirSync } from "node:fs";
import { type AddressInfo, isIP } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import type { ProtectionOf } from "../api/outgoing.ts";
import { createLiveHub } from "./api/live.ts";
import type { CommandForms, ExpectedInterval } from "./api/parts.ts";
import { type Authority, openAuthority, renewalDue } from "./authority.ts";
import { createBoxDoor } from "./box-door.ts";
import { createBoxServer, secureContextOf } from "./box-server.ts";
import { createCommandDesk } from "./command-desk.ts";
import { createComparing } from "./comparing.ts";
import { type CompleteConfig, completeConfig, type HypervisorConfig } from "./config.ts";
import { openControl } from "./control.ts";
import { createEnrolmentDesk, type EnrolmentDesk } from "./enrolment.ts";
import { HypervisorFault } from "./faults.ts";
import { createIngest } from "./ingest.ts";
import { createOrderFeed } from "./order-feed.ts";
import { createPageServer } from "./page-server.ts";
import { say } from "./problem.ts";
import { createRegistryDesk } from "./registry-desk.ts";
import { lockFolder } from "./store/folder-lock.ts";
import { openStore } from "./store/open.ts";
import type { Store } from "./store/store.ts";
import { readTerritories } from "./territories.ts";
import { type CommandBytes, createWishDesk } from "./wish-desk.ts";

export interface HypervisorParts {
  readonly commandForms: CommandForms;
  readonly expectedInterval?: ExpectedInterval;
  /** Whom the readings of a model can concern; a model not known counts as the strictest. */
  readonly protectionOf?: ProtectionOf;
  readonly commandBytes?: CommandBytes;
  readonly log: Logger;
  /** ms since 1970. */
  readonly now?: () => number;
}

export interface Hypervisor {
  /** `http://127.0.0.1:8400` */
  readonly pageUrl: string;
  /** `https://localhost:8443` */
  readonly boxUrl: string;
  /** What boxes pin: SHA-256 of the authority's certificate. */
  readonly fingerprint: string;
  /** Adds the box, or knows it already, and makes it a one-time code. */
  readonly invite: EnrolmentDesk["invite"];
  readonly revokeBox: EnrolmentDesk["revoke"];
  /** Stops accepting, finishes what is under way, closes. */
  stop(): Promise<void>;
}

const SWEEP_MS = 1_000;
const DOOR_MS = 60_000;
const PREPARE_MS = 6 * 3_600_000;
/** 4,000 boxes within twenty minutes of the first day; later they are spread as they came. */
const DIGESTS_MS = 60_000;
const DIGESTS_AT_ONCE = 200;
const CLOSE_GRACE_MS = 3_000;
/** A region's boxes may all knock within one second; the kernel bounds it (`net.core.somaxconn`). */
const BACKLOG = 4_096;

/** An address of IPv6 stands in brackets. */
const addressOf = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

interface Listening {
  listen(at: { port: number; host: string; backlog: number }): Promise<string>;
  addresses(): readonly (AddressInfo | string)[];
}

const listen = async (server: Listening, port: number, host: string, flag: string): Promise<number> => {
  try {
    await server.listen({ port, host, backlog: BACKLOG });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
      throw new HypervisorFault("port-busy", { port, flag }, { cause: error });
    throw error;
  }
  const [bound] = server.addresses();
  return typeof bound === "object" ? bound.port : port;
};

interface Closing {
  close(): Promise<unknown>;
  readonly server: { closeAllConnections(): void };
}

/** Replies under way are still written; who is slow to read or to send does not hold the stop up for long. */
const closeGently = async (open: Closing): Promise<void> => {
  const cut = setTimeout(() => open.server.closeAllConnections(), CLOSE_GRACE_MS);
  await open.close();
  clearTimeout(cut);
};

/** Work that returns regularly; one round at a time, failures are logged and tried again. */
const repeat = (every: number, log: Logger, what: string, work: () => Promise<unknown>): (() => Promise<void>) => {
  let under: Promise<unknown> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    under = work()
      .catch((error: unknown) => log.warn({ err: error }, `${what} failed`))
      .finally(() => {
        busy = false;
      });
  }, every);
  return async () => {
    clearInterval(timer);
    await under;
  };
};

interface Foundation {
  readonly config: CompleteConfig;
  readonly store: Store;
  /** The same, by connections of its own: people never queue behind four thousand boxes that come back at once. */
  readonly people: Store;
  readonly authority: Authority;
  readonly now: () => number;
}

/** Connections kept for the page's door. */
const PEOPLE_CONNECTIONS = 4;

type ToClose = () => unknown;

const layFoundation = async (
  config: CompleteConfig,
  { log, now = Date.now }: HypervisorParts,
  closings: ToClose[],
): Promise<Foundation> => {
  const { dataFolder, databaseUrl, territories } = config;
  const places = typeof territories === "string" ? readTerritories(territories) : territories;
  if (databaseUrl === undefined) log.warn({ store: "pglite" }, say("en", "start.embedded"));
  const options = { dataFolder: join(dataFolder, "store"), log, now: now() };
  const store = await openStore({ ...options, ...(databaseUrl === undefined ? {} : { databaseUrl }) });
  closings.push(() => store.close());
  const isAwaited = async () => (await store.boxes()).some(({ certificateEndsAt }) => certificateEndsAt !== undefined);
  const authority = await openAuthority(join(dataFolder, "authority"), now, isAwaited);
  if (places !== undefined) await store.replaceTerritories(places);
  if (databaseUrl === undefined) return { config, store, people: store, authority, now };
  const people = await openStore({ ...options, databaseUrl, connectionsMax: PEOPLE_CONNECTIONS });
  closings.push(() => people.close());
  return { config, store, people, authority, now };
};

/** Opens the doors; what is open is put on `closings`, in the order of opening. */
const openDoors = async (ground: Foundation, parts: HypervisorParts, closings: ToClose[]): Promise<Hypervisor> => {
  const { config, store, people, authority, now } = ground;
  const { log, commandForms, expectedInterval = () => undefined, protectionOf = () => undefined } = parts;
  const ingest = createIngest({ store, now, log });
  const comparing = createComparing({ store, now, log });
  const feed = createOrderFeed({ store, now, log });
  const hub = createLiveHub(people);
  const desk = createCommandDesk({ store: people, commandForms, now });
  const wishes = createWishDesk({
    store: people,
    commandForms,
    now,
    confirmFrom: config.confirmFrom,
    ...(parts.commandBytes === undefined ? {} : { commandBytes: parts.commandBytes }),
  });
  const registryDesk = createRegistryDesk({ store: people, now });
  let identity = await authority.serverIdentity(config.hostNames);
  let address: string | undefined;
  const enrolment = createEnrolmentDesk({ store, authority, now, log, url: () => address });
  const door = createBoxDoor({ ca: authority.ca, store, now });

  const secure = () => secureContextOf(identity, authority.ticketKeys());
  const boxServer = createBoxServer({ secure: secure(), door, enrolment, ingest, comparing, feed, log });
  closings.push(async () => {
    feed.end();
    await Promise.all([ingest.stop(), closeGently(boxServer)]);
  });
  const pageServer = await createPageServer({
    store: people,
    now,
    commandForms,
    expectedInterval,
    protectionOf,
    desk,
    wishes,
    registryDesk,
    hub,
    log,
    ...(config.consoleFolder === undefined ? {} : { consoleFolder: config.consoleFolder }),
  });
  closings.push(() => {
    hub.end();
    return closeGently(pageServer);
  });
  const boxPort = await listen(boxServer, config.boxPort, config.boxAddress, "--box-port");
  address = `https://${addressOf(config.hostNames[0] ?? "localhost")}:${boxPort}`;
  const pagePort = await listen(pageServer, config.pagePort, "127.0.0.1", "--port");
  const control = await openControl(join(config.dataFolder, "hypervisor.sock"), {
    enrolment: { desk: enrolment, store, now },
    incidents: { store, now },
    quarantine: { store, now },
    wishes,
    registryChanges: { store, registryDesk, now },
    comparison: { store },
    completeness: { store, now, expectedInterval },
    ingest,
    log,
  });
  closings.push(() => control.close());
  closings.push(repeat(SWEEP_MS, log, "ending expired commands", () => store.expireCommands(now())));
  closings.push(repeat(DIGESTS_MS, log, "asking for digests", () => store.wantDigests(now(), DIGESTS_AT_ONCE)));
  closings.push(
    repeat(DOOR_MS, log, "looking after the boxes' door", async () => {
      boxServer.server.setTicketKeys(authority.ticketKeys());
      // A process may run longer than its own certificate.
      if (now() >= renewalDue(identity)) {
        identity = await authority.serverIdentity(config.hostNames);
        boxServer.server.setSecureContext(secure());
      }
      await door.sweep();
    }),
  );
  closings.push(repeat(PREPARE_MS, log, "preparing the day", () => store.prepareDay(now())));
  return {
    pageUrl: `http://127.0.0.1:${pagePort}`,
    boxUrl: `https://localhost:${boxPort}`,
    fingerprint: authority.fingerprint,
    invite: enrolment.invite,
    revokeBox: enrolment.revoke,
    stop: async () => {},
  };
};

const closeAll = async (closings: ToClose[]): Promise<void> => {
  while (closings.length > 0) await closings.pop()!();
};

/** What the file system says of a file is told as a fault of the data folder. */
const faultOf = (error: unknown, folder: string): unknown =>
  error instanceof Error && "syscall" in error && "path" in error
    ? new HypervisorFault("folder-unusable", { folder, reason: error.message }, { cause: error })
    : error;

/**
 * Starts the regional process.
 * @throws HypervisorFault `config-invalid`, `territories-invalid`, `authority-…`, `folder-locked`, `folder-unusable`, `store-…`,
 *   `port-busy`; nothing stays open then.
 */
export const startHypervisor = async (given: HypervisorConfig, parts: HypervisorParts): Promise<Hypervisor> => {
  const config = completeConfig(given);
  const { dataFolder } = config;
  const closings: ToClose[] = [];
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    closings.push(lockFolder(join(dataFolder, "lock")));
    const ground = await layFoundation(config, parts, closings);
    const opened = await openDoors(ground, parts, closings);
    let stopping: Promise<void> | undefined;
    return {
      ...opened,
      stop() {
        stopping ??= closeAll(closings);
        return stopping;
      },
    };
  } catch (error) {
    await closeAll(closings);
    throw faultOf(error, dataFolder);
  }
};
