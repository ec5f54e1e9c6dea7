/**
 * What ChirpStack itself remembers of a device's last events (InternalService.StreamDeviceEvents): about the last ten, unless
 * `per_device_event_log_max_history` says more. It replays them and then goes on with what comes; it does not say where the past
 * ends, so a silence does.
 */
import type { InternalServiceClient as Client } from "@chirpstack/chirpstack-api/api/internal_grpc_pb.js";
import type { ServiceError } from "@grpc/grpc-js";
import type { EventHistory, PastEvent } from "../words.ts";
import { keyIn } from "./lora-gateways.ts";

export interface EventHistoryParts {
  /** `http://host:port` */
  readonly api: string;
  /** Read at each question, so that a new key needs no restart. */
  readonly apiKeyFile: string;
  /** A silence this long ends the past; ChirpStack looks for news once a second. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 1_000;
/** Of a whole answer, its first word included. */
const DEADLINE_MS = 15_000;

const APPLICATION = /"applicationId":"([0-9a-f-]{36})"/;

const load = async (api: string) => {
  const [{ InternalServiceClient }, { default: messages }, { Metadata, status }, service] = await Promise.all([
    import("@chirpstack/chirpstack-api/api/internal_grpc_pb.js"),
    import("@chirpstack/chirpstack-api/api/internal_pb.js"),
    import("@grpc/grpc-js"),
    import("./gateway-service.ts"),
  ]);
  const client: Client = new InternalServiceClient(...service.channelTo(api));
  return { client, messages, Metadata, status, ...service };
};

export const createEventHistory = (parts: EventHistoryParts): EventHistory & { close(): void } => {
  const { api, apiKeyFile, silenceMs = SILENCE_MS } = parts;
  let loaded: ReturnType<typeof load> | undefined;
  let isClosed = false;

  return {
    async of(devEui) {
      loaded ??= load(api);
      const { client, messages, Metadata, status, troubleOf } = await loaded;
      if (isClosed) throw new Error("the box is stopping");
      const metadata = new Metadata();
      metadata.set("authorization", `Bearer ${keyIn(apiKeyFile)}`);
      const request = new messages.StreamDeviceEventsRequest();
      request.setDevEui(devEui);
      const stream = client.streamDeviceEvents(request, metadata, { deadline: Date.now() + DEADLINE_MS });
      const past: PastEvent[] = [];
      return new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(silence);
          stream.cancel();
          resolve(past);
        };
        let silence = setTimeout(end, silenceMs);
        stream.on("data", (item: InstanceType<typeof messages.LogItem>) => {
          const body = item.getBody();
          const applicationId = APPLICATION.exec(body)?.[1];
          const known = applicationId === undefined ? {} : { applicationId };
          past.push({ kind: item.getDescription(), devEui, ...known, payload: Buffer.from(body) });
          clearTimeout(silence);
          silence = setTimeout(end, silenceMs);
        });
        stream.on("error", (error: ServiceError) => {
          clearTimeout(silence);
          // Our own cancel; and a device that ChirpStack does not know any more has no past.
          if (error.code === status.CANCELLED || error.code === status.NOT_FOUND) resolve(past);
          else reject(troubleOf(error));
        });
        stream.on("end", end);
      });
    },
    close() {
      isClosed = true;
      void loaded?.then(({ client }) => client.close()).catch(() => {});
    },
  };
};
