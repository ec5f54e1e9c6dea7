/** ChirpStack's provisioning API as promises: deadlines, refusals in our words, pages, and a bound on what is asked at once. */
import { ApplicationServiceClient } from "@chirpstack/chirpstack-api/api/application_grpc_pb.js";
import { DeviceServiceClient } from "@chirpstack/chirpstack-api/api/device_grpc_pb.js";
import { DeviceProfileServiceClient } from "@chirpstack/chirpstack-api/api/device_profile_grpc_pb.js";
import { GatewayServiceClient } from "@chirpstack/chirpstack-api/api/gateway_grpc_pb.js";
import { MulticastGroupServiceClient } from "@chirpstack/chirpstack-api/api/multicast_group_grpc_pb.js";
import { TenantServiceClient } from "@chirpstack/chirpstack-api/api/tenant_grpc_pb.js";
import { type CallOptions, type ClientUnaryCall, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { type ServerFault, ServerTrouble } from "../../../device-registry/network/server.ts";
import { channelTo, wordsOf } from "../gateway-service.ts";

type Done<R> = (error: ServiceError | null, reply?: R) => void;
type Method<Q, R> = (request: Q, metadata: Metadata, options: CallOptions, done: Done<R>) => ClientUnaryCall;

export interface Client {
  readonly tenants: TenantServiceClient;
  readonly applications: ApplicationServiceClient;
  readonly profiles: DeviceProfileServiceClient;
  readonly gateways: GatewayServiceClient;
  readonly devices: DeviceServiceClient;
  readonly groups: MulticastGroupServiceClient;
  /** Of a key that is for this tenant alone. */
  readonly tenantId: string | undefined;
  /** `call(client.tenants, client.tenants.list, request)`. Rejects with `ServerTrouble`; its cause is gRPC's own error. */
  call<Q, R>(service: object, method: Method<Q, R>, request: Q): Promise<R>;
  close(): void;
}

const DEADLINE_MS = 15_000;
const AT_ONCE = 8;
export const PAGE = 250;

const FAULTS: Readonly<Partial<Record<status, ServerFault>>> = {
  [status.UNAUTHENTICATED]: "key-refused",
  [status.PERMISSION_DENIED]: "key-refused",
  [status.UNAVAILABLE]: "unreachable",
  [status.DEADLINE_EXCEEDED]: "no-answer",
};

/** A server may repeat what it was given. */
const withoutKeys = (text: string): string => text.replace(/[0-9a-f]{32}/gi, "[key]");

const troubleOf = (error: ServiceError): ServerTrouble =>
  new ServerTrouble(FAULTS[error.code] ?? "refused", withoutKeys(wordsOf(error)), { cause: error });

const codeOf = (error: unknown): status | undefined =>
  error instanceof ServerTrouble ? (error.cause as ServiceError | undefined)?.code : undefined;

export const isNotFound = (error: unknown): boolean => codeOf(error) === status.NOT_FOUND;

/** With a key of one tenant, what is not there and what is somebody else's are refused in the same words. */
export const isNotOurs = ({ tenantId }: Pick<Client, "tenantId">, error: unknown): boolean =>
  isNotFound(error) || (tenantId !== undefined && codeOf(error) === status.UNAUTHENTICATED);

/** ChirpStack passes on what its database says, SQLite's words or PostgreSQL's; ALREADY_EXISTS is never used. */
export const isDuplicate = (error: unknown): boolean =>
  codeOf(error) === status.INTERNAL && /UNIQUE constraint failed|duplicate key value/.test((error as Error).message);

export const openClient = (api: string, apiKey: string, tenantId?: string): Client => {
  const line = channelTo(api);
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${apiKey}`);
  const services = {
    tenants: new TenantServiceClient(...line),
    applications: new ApplicationServiceClient(...line),
    profiles: new DeviceProfileServiceClient(...line),
    gateways: new GatewayServiceClient(...line),
    devices: new DeviceServiceClient(...line),
    groups: new MulticastGroupServiceClient(...line),
  };
  return {
    ...services,
    tenantId,
    call: (service, method, request) =>
      new Promise((resolve, reject) => {
        method.call(service, request, metadata, { deadline: Date.now() + DEADLINE_MS }, (error, reply) => {
          if (error !== null) reject(troubleOf(error));
          else if (reply === undefined) reject(new ServerTrouble("refused", "an answer without content"));
          else resolve(reply);
        });
      }),
    close() {
      for (const service of Object.values(services)) service.close();
    },
  };
};

interface ListRequest {
  setLimit(limit: number): void;
  setOffset(offset: number): void;
}

/** Every line of a list; it may move between two pages, so callers must bear one that comes twice. */
export const pages = async <Q extends ListRequest, Item>(
  request: Q,
  ask: (request: Q) => Promise<{ getTotalCount(): number; getResultList(): Item[] }>,
): Promise<Item[]> => {
  const all: Item[] = [];
  for (let offset = 0; ; offset += PAGE) {
    request.setLimit(PAGE);
    request.setOffset(offset);
    const reply = await ask(request);
    all.push(...reply.getResultList());
    if (offset + PAGE >= reply.getTotalCount() || reply.getResultList().length === 0) return all;
  }
};

/** A few at once; the first that rejects ends all. */
export const inLanes = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, lane));
  return results;
};
