/**
 * ChirpStack's downlink queues and device sessions by gRPC. Loaded by whoever has an API to ask; the libraries come with the first
 * question.
 */
import type { DeviceServiceClient as Client } from "@chirpstack/chirpstack-api/api/device_grpc_pb.js";
import type { Metadata, ServiceError } from "@grpc/grpc-js";
import type { DownlinkQueue, QueueLook } from "../words.ts";
import { keyIn } from "./lora-gateways.ts";

export interface DownlinkQueueParts {
  /** `http://host:port` */
  readonly api: string;
  /** Read at each question, so that a new key needs no restart. */
  readonly apiKeyFile: string;
  /** It has not heard of a device that was asked about. */
  readonly unknown?: () => void;
}

/** An application that answers an uplink has 100 ms; a server that thinks longer is asked without being waited for. */
const DEADLINE_MS = 2_000;

/** gRPC's code; its library comes only with the first question. */
const NOT_FOUND = 5;

type Ended<T> = (error: ServiceError | null, reply?: T) => void;

const load = async (api: string) => {
  const [{ DeviceServiceClient }, { default: messages }, { Metadata }, service] = await Promise.all([
    import("@chirpstack/chirpstack-api/api/device_grpc_pb.js"),
    import("@chirpstack/chirpstack-api/api/device_pb.js"),
    import("@grpc/grpc-js"),
    import("./gateway-service.ts"),
  ]);
  const client: Client = new DeviceServiceClient(...service.channelTo(api));
  const metadata = (key: string): Metadata => {
    const made = new Metadata();
    made.set("authorization", `Bearer ${key}`);
    return made;
  };
  return { client, messages, metadata, ...service };
};

export const createDownlinkQueue = ({
  api,
  apiKeyFile,
  unknown,
}: DownlinkQueueParts): DownlinkQueue & { close(): void } => {
  let loaded: ReturnType<typeof load> | undefined;
  let isClosed = false;
  const library = (): ReturnType<typeof load> => {
    loaded ??= load(api);
    return loaded;
  };

  const ask = async <T>(call: (done: Ended<T>) => unknown): Promise<T> => {
    const { ApiTrouble, troubleOf } = await library();
    return new Promise((resolve, reject) => {
      call((error, reply) => {
        if (error?.code === NOT_FOUND) unknown?.();
        if (error !== null) reject(troubleOf(error));
        else if (reply === undefined) reject(new ApiTrouble("failed", "an answer without content"));
        else resolve(reply);
      });
    });
  };

  return {
    async look(devEui) {
      const { client, messages, metadata } = await library();
      if (isClosed) throw new Error("the box is stopping");
      const key = metadata(keyIn(apiKeyFile));
      const queued = new messages.GetDeviceQueueItemsRequest();
      queued.setDevEui(devEui);
      const active = new messages.GetDeviceActivationRequest();
      active.setDevEui(devEui);
      const deadline = { deadline: Date.now() + DEADLINE_MS };
      // The queue first: what leaves it meanwhile shows in the counter.
      const rows = await ask<InstanceType<typeof messages.GetDeviceQueueItemsResponse>>((done) =>
        client.getQueue(queued, key, deadline, done),
      );
      const reply = await ask<InstanceType<typeof messages.GetDeviceActivationResponse>>((done) =>
        client.getActivation(active, key, deadline, done),
      );
      const session = reply.getDeviceActivation();
      const look: QueueLook = {
        items: rows.getResultList().map((row) => ({ id: row.getId(), isPending: row.getIsPending() })),
        ...(session === undefined
          ? {}
          : { session: { devAddr: session.getDevAddr(), fCntDown: session.getNFCntDown() } }),
      };
      return look;
    },
    close() {
      isClosed = true;
      void loaded?.then(({ client }) => client.close()).catch(() => undefined);
    },
  };
};
