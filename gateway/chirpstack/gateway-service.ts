/**
 * ChirpStack's GatewayService, as far as the box asks it: which LoRa gateways there are, and when each was last seen. The gRPC
 * libraries are large: only whoever has an API to ask loads this file.
 */
import { GatewayServiceClient } from "@chirpstack/chirpstack-api/api/gateway_grpc_pb.js";
import messages from "@chirpstack/chirpstack-api/api/gateway_pb.js";
import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { LoraGateway, LoraGatewayState } from "../../cloud-sync/protocol/entry.ts";

/** Why ChirpStack's API gave no answer. */
export const API_FAULTS = ["key-file", "key-refused", "unreachable", "no-answer", "failed"] as const;
export type ApiFault = (typeof API_FAULTS)[number];

export class ApiTrouble extends Error {
  override readonly name = "ApiTrouble";
  readonly code: ApiFault;
  constructor(code: ApiFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface GatewayService {
  /** All LoRa gateways the key may see, at most 1,000. Throws an `ApiTrouble`; the signal's reason when it is aborted. */
  list(apiKey: string, signal: AbortSignal): Promise<readonly LoraGateway[]>;
  close(): void;
}

const DEADLINE_MS = 10_000;
const PAGE = 100;
const GATEWAYS_MAX = 1_000;

const FAULTS: Readonly<Partial<Record<status, ApiFault>>> = {
  [status.UNAUTHENTICATED]: "key-refused",
  [status.PERMISSION_DENIED]: "key-refused",
  [status.UNAVAILABLE]: "unreachable",
  [status.DEADLINE_EXCEEDED]: "no-answer",
};

const STATES: Readonly<Record<number, LoraGatewayState>> = {
  [messages.GatewayState.NEVER_SEEN]: "never-seen",
  [messages.GatewayState.ONLINE]: "online",
  [messages.GatewayState.OFFLINE]: "offline",
};

type Item = InstanceType<typeof messages.GatewayListItem>;
type Page = InstanceType<typeof messages.ListGatewaysResponse>;

/** ChirpStack stores 0, 0 for a gateway that nobody has put on the map. */
const placeOf = (item: Item): Pick<LoraGateway, "latitude" | "longitude"> => {
  const [latitude, longitude] = [item.getLocation()?.getLatitude() ?? 0, item.getLocation()?.getLongitude() ?? 0];
  const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && (latitude !== 0 || longitude !== 0);
  return isPlace ? { latitude, longitude } : {};
};

const gatewayOf = (item: Item): LoraGateway => {
  const seen = item.getLastSeenAt();
  return {
    id: item.getGatewayId().toLowerCase(),
    name: item.getName(),
    state: STATES[item.getState()] ?? "unknown",
    ...(seen === undefined ? {} : { lastSeenAt: seen.getSeconds() * 1_000 + Math.floor(seen.getNanos() / 1e6) }),
    ...placeOf(item),
  };
};

/** What a client of ChirpStack's API is made of. @param url `http://host:port`, or `https:` where a proxy adds TLS; ChirpStack itself has none. */
export const channelTo = (url: string): [string, ChannelCredentials, ChannelOptions] => {
  const { host, protocol } = new URL(url);
  const target = /:\d+$/.test(host) ? host : `${host}:${protocol === "https:" ? 443 : 80}`;
  const channel = protocol === "https:" ? credentials.createSsl() : credentials.createInsecure();
  const options = {
    // A server that comes back is found by the next question, not minutes later.
    "grpc.max_reconnect_backoff_ms": 5_000,
    "grpc.use_local_subchannel_pool": 1,
    // It stands on the box or beside it; a proxy meant for the web only hides it.
    "grpc.enable_http_proxy": 0,
  };
  return [target, channel, options];
};

/** gRPC's own words; of a connection that failed only what the system said. */
export const wordsOf = ({ message }: ServiceError): string =>
  /Last error: (?:Error: )?(.+?)\.? Resolution note:/s.exec(message)?.[1] ?? message;

/** What an error of ChirpStack's API means. */
export const troubleOf = (error: ServiceError): ApiTrouble =>
  new ApiTrouble(FAULTS[error.code] ?? "failed", wordsOf(error), { cause: error });

/** @param url as for `channelTo`. @param tenantId where the key is for this tenant alone: without it a list is of the whole server. */
export const openGatewayService = (
  url: string,
  tenantId?: string,
  { deadlineMs = DEADLINE_MS } = {},
): GatewayService => {
  const client = new GatewayServiceClient(...channelTo(url));

  const page = (metadata: Metadata, offset: number, signal: AbortSignal): Promise<Page> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const request = new messages.ListGatewaysRequest();
      request.setLimit(PAGE);
      request.setOffset(offset);
      if (tenantId !== undefined) request.setTenantId(tenantId);
      const ended = (error: ServiceError | null, reply?: Page): void => {
        signal.removeEventListener("abort", cancel);
        if (signal.aborted) reject(signal.reason);
        else if (error !== null) reject(troubleOf(error));
        else if (reply === undefined) reject(new ApiTrouble("failed", "an answer without content"));
        else resolve(reply);
      };
      const call = client.list(request, metadata, { deadline: Date.now() + deadlineMs }, ended);
      const cancel = (): void => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
    });

  return {
    async list(apiKey, signal) {
      const metadata = new Metadata();
      metadata.set("authorization", `Bearer ${apiKey}`);
      const found = new Map<string, LoraGateway>();
      for (let offset = 0; offset < GATEWAYS_MAX; offset += PAGE) {
        const reply = await page(metadata, offset, signal);
        // The list may move between two pages: one that comes twice counts once.
        for (const item of reply.getResultList()) found.set(item.getGatewayId().toLowerCase(), gatewayOf(item));
        if (offset + PAGE >= reply.getTotalCount() || reply.getResultList().length === 0) break;
      }
      return [...found.values()];
    },
    close: () => client.close(),
  };
};
