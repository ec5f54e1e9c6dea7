/**
 * ChirpStack's multicast groups by gRPC: enqueue, and what waits there. It says nothing of what became of a frame: no event, no id.
 */
import { createRequire } from "node:module";
import { keyIn } from "./lora-gateways.ts";
import type { Client } from "./provisioning/client.ts";
import type { QueueClock } from "./queue-clock.ts";

interface Stamps {
  readonly Timestamp: new () => { fromDate(date: Date): void };
}

export interface MulticastParts {
  /** `http://host:port` */
  readonly api: string;
  /** Read when the line is opened. */
  readonly apiKeyFile: string;
  /** By which a frame expires there; as it is told unless given. */
  readonly queueClock?: QueueClock;
}

const load = async ({ api, apiKeyFile }: MulticastParts) => {
  const [{ openClient }, { default: messages }] = await Promise.all([
    import("./provisioning/client.ts"),
    import("@chirpstack/chirpstack-api/api/multicast_group_pb.js"),
  ]);
  const stamps = createRequire(import.meta.url)("google-protobuf/google/protobuf/timestamp_pb.js") as Stamps;
  return { client: openClient(api, keyIn(apiKeyFile)), messages, stamps };
};

export const createMulticast = (parts: MulticastParts) => {
  let loaded: ReturnType<typeof load> | undefined;
  const ids = new Map<string, string>();
  const library = (): ReturnType<typeof load> => {
    loaded ??= load(parts);
    loaded.catch(() => {
      loaded = undefined;
    });
    return loaded;
  };

  /** By its name here; ChirpStack's own id is looked up once. */
  const idOf = async (client: Client, messages: Awaited<ReturnType<typeof load>>["messages"], name: string) => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    const request = new messages.ListMulticastGroupsRequest();
    request.setLimit(1_000);
    request.setSearch(name);
    type Reply = InstanceType<typeof messages.ListMulticastGroupsResponse>;
    const reply: Reply = await client.call(client.groups, client.groups.list, request);
    const found = reply.getResultList().find((group) => group.getName() === name);
    if (found === undefined) throw new Error(`ChirpStack has no multicast group ${name}`);
    ids.set(name, found.getId());
    return found.getId();
  };

  /** A group that was made anew after its database was lost has another id: what fails is looked up again the next time. */
  const withId = async <T>(name: string, work: (id: string, from: Awaited<ReturnType<typeof load>>) => Promise<T>) => {
    const from = await library();
    try {
      return await work(await idOf(from.client, from.messages, name), from);
    } catch (error) {
      ids.delete(name);
      throw error;
    }
  };

  return {
    state: (group: string): Promise<{ readonly waiting: number; readonly fCnt: number; readonly mcAddr: string }> =>
      withId(group, async (id, { client, messages }) => {
        const queued = new messages.ListMulticastGroupQueueRequest();
        queued.setMulticastGroupId(id);
        const wanted = new messages.GetMulticastGroupRequest();
        wanted.setId(id);
        type Queue = InstanceType<typeof messages.ListMulticastGroupQueueResponse>;
        type Group = InstanceType<typeof messages.GetMulticastGroupResponse>;
        const queue: Queue = await client.call(client.groups, client.groups.listQueue, queued);
        const reply: Group = await client.call(client.groups, client.groups.get, wanted);
        const found = reply.getMulticastGroup();
        const mcAddr = found?.getMcAddr().toLowerCase() ?? "";
        return { waiting: queue.getItemsList().length, fCnt: found?.getFCnt() ?? 0, mcAddr };
      }),
    send: (
      group: string,
      { fPort, data, expiresAt }: { readonly fPort: number; readonly data: Uint8Array; readonly expiresAt: number },
    ): Promise<void> =>
      withId(group, async (id, { client, messages, stamps }) => {
        const item = new messages.MulticastGroupQueueItem();
        item.setMulticastGroupId(id);
        item.setFPort(fPort);
        item.setData(data);
        const expires = new stamps.Timestamp();
        expires.fromDate(new Date(parts.queueClock?.(expiresAt) ?? expiresAt));
        item.setExpiresAt(expires);
        const request = new messages.EnqueueMulticastGroupQueueItemRequest();
        request.setQueueItem(item);
        await client.call(client.groups, client.groups.enqueue, request);
      }),
    close(): void {
      void loaded?.then(({ client }) => client.close()).catch(() => undefined);
    },
  };
};
