/** `command/down` in the form ChirpStack expects: the one in which it writes its events. */
import { createRequire } from "node:module";
import type { Downlink, Encoding } from "../words.ts";

type Messages = typeof import("@chirpstack/chirpstack-api/integration/integration_pb.js");
interface Stamps {
  readonly Timestamp: new () => { fromDate(date: Date): void };
}

const require = createRequire(import.meta.url);

const json = (devEui: string, downlink: Downlink): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      id: downlink.id,
      devEui,
      confirmed: downlink.confirmed,
      fPort: downlink.fPort,
      data: Buffer.from(downlink.data).toString("base64"),
      expiresAt: new Date(downlink.expiresAt).toISOString(),
    }),
  );

const protobuf = (devEui: string, downlink: Downlink): Uint8Array => {
  const pb = require("@chirpstack/chirpstack-api/integration/integration_pb.js") as Messages;
  const stamps = require("google-protobuf/google/protobuf/timestamp_pb.js") as Stamps;
  const message = new pb.DownlinkCommand();
  message.setId(downlink.id);
  message.setDevEui(devEui);
  message.setConfirmed(downlink.confirmed);
  message.setFPort(downlink.fPort);
  message.setData(downlink.data);
  const expiresAt = new stamps.Timestamp();
  expiresAt.fromDate(new Date(downlink.expiresAt));
  message.setExpiresAt(expiresAt);
  return message.serializeBinary();
};

/** ChirpStack compares `devEui` with the topic as text: it must be lower case in both. */
export const encodeDownlink = (devEui: string, downlink: Downlink, encoding: Encoding): Uint8Array =>
  encoding === "json" ? json(devEui, downlink) : protobuf(devEui, downlink);
