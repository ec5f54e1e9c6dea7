/**
 * Watches over the LoRa gateways: an antenna without power or link is the commonest cause of devices' silence, and no event of
 * ChirpStack tells it. So its API is asked about twice a minute; one that falls silent and one that comes back are entries.
 */
import { readFileSync } from "node:fs";
import type { LoraGateway, LoraGateways } from "../../cloud-sync/protocol/entry.ts";
import type { BoxState } from "../box-state.ts";
import type { Append, Clock, Log } from "../words.ts";
import type { ApiFault, GatewayService } from "./gateway-service.ts";

export const LORA_GATEWAY_ALARM = "lora-gateway-offline";

export interface LoraGatewayParts {
  readonly api: string;
  /** Its first line is the key; read at each question, so that a new key needs no restart. */
  readonly apiKeyFile: string;
  /** Where the key is for this tenant alone. */
  readonly tenantId?: string;
  readonly state: Pick<BoxState, "get" | "set">;
  /** One durable transaction. */
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly clock: Pick<Clock, "now" | "mono">;
  /** Since when the broker is there, ms since 1970; undefined while it is not. */
  readonly brokerSince: () => number | undefined;
  readonly log: Log;
  /** One of them is not there any more: somebody took it out, or the server lost its database. */
  readonly missed?: () => void;
  /** 0 to 1. */
  readonly random?: () => number;
}

export interface LoraGatewayWatch {
  /** The silent ones first. */
  status(): LoraGateways;
  /** Asks now; never rejects. What does not answer is the fault in `status`. */
  check(): Promise<void>;
  /** Asks regularly from now on. */
  start(): void;
  stop(): void;
}

const FIRST_MS = 2_000;
const EVERY_MS = 30_000;
/** While it gives no answer: it may just be starting. */
const AFTER_FAULT_MS = 10_000;
/** Boxes that came back together with their region's power should not ask in step. */
const JITTER = 0.2;

/** Not heard for twice the half minute in which it reports, an antenna counts as silent with ChirpStack. */
const BORNE_MS = 60_000;
/**
 * ChirpStack calls those silent as well whom it did not hear because it was away itself, or its broker, or the power of all. So much
 * later an antenna that started with it has reported.
 */
const STARTS_MS = 180_000;

const OFFLINE_KEY = "lora-gateways-offline";

const REMEDIES: Readonly<Record<ApiFault, string>> = {
  "key-file":
    "write an API key of ChirpStack into the file of chirpstack.api_key_file, readable by this user (mode 0600)",
  "key-refused":
    "create a global API key in ChirpStack (chirpstack -c DIR create-api-key --name beffroi), or one of the tenant that chirpstack.tenant_id names, and write it into the file of chirpstack.api_key_file; no restart is needed",
  unreachable: "see whether ChirpStack runs, and whether chirpstack.api is its [api] bind address",
  "no-answer": "see whether ChirpStack or its database is overloaded",
  failed: "see ChirpStack's own log",
};

const ORDER = ["offline", "never-seen", "unknown", "online"];
const byWorry = (one: LoraGateway, other: LoraGateway): number =>
  ORDER.indexOf(one.state) - ORDER.indexOf(other.state) ||
  one.name.localeCompare(other.name) ||
  (one.id < other.id ? -1 : 1);

const offlineIn = (state: Pick<BoxState, "get">): Set<string> =>
  new Set((state.get(OFFLINE_KEY) ?? "").split(" ").filter((id) => id !== ""));

/** Its message never holds what is in the file. */
class KeyFileFault extends Error {
  readonly code = "key-file";
}

/** The API key in a file's first line. Throws with the code `key-file`. */
export const keyIn = (file: string): string => {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new KeyFileFault(error instanceof Error ? error.message : String(error));
  }
  const key = text.split("\n")[0]!.trim();
  // Anything else cannot be sent in a header.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new KeyFileFault(`${file} holds no key on its first line`);
  return key;
};

const faultOf = (error: unknown): ApiFault | undefined => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return Object.keys(REMEDIES).find((known): known is ApiFault => known === code);
};

export const createLoraGateways = (parts: LoraGatewayParts): LoraGatewayWatch => {
  const { state, clock, log, random = Math.random } = parts;
  const stopping = new AbortController();
  let service: GatewayService | undefined;
  let timer: NodeJS.Timeout | undefined;
  let gateways: readonly LoraGateway[] = [];
  let checkedAt: number | undefined;
  let fault: ApiFault | undefined;
  let raised = offlineIn(state);
  /** Since when ChirpStack can hear, as `mono`: the machine's start at the earliest. */
  let hearsSince = 0;
  /** As it was at the last answer. */
  let broker: { readonly since: number | undefined } | undefined;

  /** Entries for what changed. A gateway that was silent stays so until it is heard again or nobody has it any more. */
  const settle = (now: readonly LoraGateway[]): void => {
    const known = new Map(now.map((gateway) => [gateway.id, gateway]));
    const isToBeHeard = clock.mono() - hearsSince >= STARTS_MS;
    const fallen = now.filter(({ id, state: is }) => isToBeHeard && is === "offline" && !raised.has(id));
    const back = [...raised].filter((id) => known.get(id)?.state === "online" || !known.has(id));
    if (fallen.length === 0 && back.length === 0) return;
    const left = new Set([...raised].filter((id) => !back.includes(id)).concat(fallen.map(({ id }) => id)));
    const at = clock.now();
    parts.write((append) => {
      for (const { id, name, lastSeenAt } of fallen) {
        const detail = { gateway: id, name, ...(lastSeenAt === undefined ? {} : { lastSeenAt }) };
        append({ kind: "alarm", alarm: LORA_GATEWAY_ALARM, raised: true, at, detail });
      }
      for (const id of back) {
        const name = known.get(id)?.name;
        const detail = { gateway: id, ...(name === undefined ? { removed: true } : { name }) };
        append({ kind: "alarm", alarm: LORA_GATEWAY_ALARM, raised: false, at, detail });
      }
      state.set(OFFLINE_KEY, [...left].join(" "));
    });
    raised = left;
  };

  const failed = (error: unknown): void => {
    const now = faultOf(error);
    if (now === undefined) {
      log.error({ err: error }, "the LoRa gateways' states could not be kept; tried again with the next question");
      return;
    }
    // A line that failed is not trusted to notice that the server is back.
    service?.close();
    service = undefined;
    // Once per kind of trouble: the questions go on.
    if (now !== fault) {
      const detail = { api: parts.api, fault: now, remedy: REMEDIES[now], err: error };
      log.warn(detail, "ChirpStack's API does not tell the LoRa gateways' states; asking again");
    }
    fault = now;
  };

  const open = async (): Promise<GatewayService> => {
    const { openGatewayService } = await import("./gateway-service.ts");
    stopping.signal.throwIfAborted();
    return openGatewayService(parts.api, parts.tenantId);
  };

  /** A line left open from the last time may be dead without anybody having said so: then a new one tells what is the matter. */
  const list = async (key: string): Promise<readonly LoraGateway[]> => {
    const kept = service;
    service ??= await open();
    try {
      return await service.list(key, stopping.signal);
    } catch (error) {
      if (kept === undefined || stopping.signal.aborted) throw error;
      kept.close();
      service = await open();
      return await service.list(key, stopping.signal);
    }
  };

  const watchHearing = (): void => {
    const wasAway = fault !== undefined && clock.now() - (checkedAt ?? 0) > BORNE_MS;
    const since = parts.brokerSince();
    if (wasAway || since === undefined || (broker !== undefined && since !== broker.since)) hearsSince = clock.mono();
    broker = { since };
  };

  const ask = async (): Promise<void> => {
    const now = await list(keyIn(parts.apiKeyFile));
    watchHearing();
    if (gateways.some(({ id }) => !now.some((gateway) => gateway.id === id))) parts.missed?.();
    gateways = now.toSorted(byWorry);
    checkedAt = clock.now();
    if (fault !== undefined) log.info({ api: parts.api }, "ChirpStack's API tells the LoRa gateways' states again");
    fault = undefined;
    settle(now);
  };

  const check = async (): Promise<void> => {
    try {
      await ask();
    } catch (error) {
      if (!stopping.signal.aborted) failed(error);
    }
  };

  const later = (ms: number): void => {
    timer = setTimeout(
      async () => {
        await check();
        if (!stopping.signal.aborted) later(fault === undefined ? EVERY_MS : AFTER_FAULT_MS);
      },
      ms * (1 - JITTER + 2 * JITTER * random()),
    );
  };

  return {
    status: () => ({
      ...(checkedAt === undefined ? {} : { checkedAt }),
      ...(fault === undefined ? {} : { fault }),
      gateways,
    }),
    check,
    start: () => later(FIRST_MS),
    stop() {
      clearTimeout(timer);
      stopping.abort();
      service?.close();
    },
  };
};
