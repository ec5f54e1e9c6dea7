/** Messages that are no event: kept whole, with the reason. */
import type { ChirpStackEvent, Delivery, UndecodableEvent } from "./words.ts";

export const strangeTopic = (delivery: Delivery): UndecodableEvent => ({
  ...bare(delivery),
  code: "strange-topic",
  message: `no device in the topic ${delivery.topic.slice(0, 200)}`,
});

/** A defect of ours met it. */
export const defective = (delivery: Delivery, event: ChirpStackEvent, error: unknown): UndecodableEvent => ({
  ...bare(delivery),
  devEui: event.devEui,
  code: "processing-failed",
  message: error instanceof Error ? error.message : String(error),
});

const bare = ({ topic, payload, arrivedAt }: Delivery) => ({
  kind: "undecodable" as const,
  devEui: "",
  applicationId: "",
  deviceName: "",
  tags: {},
  time: arrivedAt,
  event: topic.split("/").at(-1)?.slice(0, 64) ?? "",
  payload,
});
