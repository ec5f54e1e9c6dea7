/** From an event to the journal's entry: who it is, what its bytes say, what that means where the device hangs. */
import type { DeviceEvent, Reading } from "../cloud-sync/protocol/entry.ts";
import type { Codec, Decoded, Measurement } from "../codecs/words.ts";
import { interpret } from "../device-registry/interpretation.ts";
import type { Registry } from "../device-registry/store.ts";
import type { Asset, Device, Model } from "../device-registry/words.ts";
import { timesOf } from "./reading-times.ts";
import type { ChirpStackEvent, UpEvent } from "./words.ts";

export interface ReadingParts {
  readonly registry: Pick<Registry, "device" | "asset">;
  readonly findModel: (id: string) => Model | undefined;
  readonly findCodec: (model: string) => Codec | undefined;
}

/** ChirpStack tag that names the model of a device the registry does not know. */
export const MODEL_TAG = "beffroi_model";

/** Bytes of a payload kept in an entry that could not be read. */
const KEPT_BYTES_MAX = 16 * 1024;

type Fault = NonNullable<Reading["fault"]>;
/** What a codec said of a frame. */
export type Read = { readonly decoded: Decoded } | { readonly fault: Fault; readonly codec?: string };

const NOTHING: readonly Measurement[] = [];

/** By the registry, else by the tag of its device profile. */
export const modelOf = (event: ChirpStackEvent, registry: Pick<Registry, "device">): string | undefined =>
  registry.device(event.devEui)?.model ?? event.tags[MODEL_TAG];

/** Frames of MAC commands only, and empty ones, are no codec's business. */
export const hasPayload = (event: UpEvent): boolean => event.fPort !== 0 && event.data.length > 0;

const decode = (event: UpEvent, parts: ReadingParts): Read => {
  const model = modelOf(event, parts.registry);
  if (model === undefined)
    return {
      fault: { code: "unregistered", message: `${event.devEui} is not registered and carries no ${MODEL_TAG}` },
    };
  const codec = parts.findCodec(model);
  if (codec === undefined) return { fault: { code: "no-codec", message: `no codec for the model ${model}` } };
  const name = `${codec.id}@${codec.version}`;
  try {
    const result = codec.decode({ bytes: event.data, fPort: event.fPort });
    if (result.ok) return { decoded: result.value };
    const { code, message } = result.fault;
    return { fault: { code, message }, codec: name };
  } catch (error) {
    // A codec returns its faults; one that throws has a defect, which costs its own frame and nothing else.
    const message = error instanceof Error ? error.message : String(error);
    return { fault: { code: "codec-failed", message: message.slice(0, 500) }, codec: name };
  }
};

/** Filled in one place: for every uplink of a town, each copy of it counts. */
type Draft = { -readonly [Key in keyof Reading]: Reading[Key] };

const draftOf = (event: UpEvent, device: Device | undefined, asset: Asset | undefined): Draft => {
  const { devEui, time, fCnt, fPort, data, radio } = event;
  const draft: Draft = {
    kind: "reading",
    device: devEui,
    at: time,
    receivedAt: time,
    fCnt,
    fPort,
    frame: data,
    measurements: NOTHING,
    history: [],
    notes: radio === undefined ? ["no-radio"] : [],
  };
  if (device?.asset !== undefined) draft.asset = device.asset;
  if (asset !== undefined) draft.commune = asset.commune;
  if (radio !== undefined) draft.radio = radio;
  return draft;
};

/**
 * The entry of an uplink. Nothing is lost when it cannot be read: the frame stays, with the reason. `answer` is that of a codec
 * which was asked before.
 */
export const readingOf = (event: UpEvent, parts: ReadingParts, answer?: Read): Reading => {
  const device = parts.registry.device(event.devEui);
  const asset = device?.asset === undefined ? undefined : parts.registry.asset(device.asset);
  const draft = draftOf(event, device, asset);
  if (!hasPayload(event)) {
    draft.notes = [...draft.notes, "mac-only"];
    return draft;
  }
  const read = answer ?? decode(event, parts);
  if ("fault" in read) {
    draft.fault = read.fault;
    if (read.codec !== undefined) draft.codec = read.codec;
    return draft;
  }
  const { decoded } = read;
  const times = timesOf(decoded, event.time);
  const meant = interpret(decoded.measurements, asset);
  draft.codec = decoded.codec;
  draft.at = times.at;
  draft.measurements = meant.measurements;
  draft.history =
    asset === undefined
      ? times.history
      : times.history.map(({ at, measurements }) => ({
          at,
          measurements: interpret(measurements, asset).measurements,
        }));
  draft.notes = [...draft.notes, ...times.notes, ...decoded.warnings.map(({ code }) => code), ...meant.notes];
  return draft;
};

const keptBytes = (payload: Uint8Array) => ({
  payload: Buffer.from(payload.subarray(0, KEPT_BYTES_MAX)).toString("base64"),
  bytes: payload.length,
});

const detailOf = (event: Exclude<ChirpStackEvent, UpEvent>): Readonly<Record<string, unknown>> => {
  switch (event.kind) {
    case "join":
      return { devAddr: event.devAddr };
    case "ack":
      return { queueItemId: event.queueItemId, acknowledged: event.acknowledged, fCntDown: event.fCntDown };
    case "txack":
      return { queueItemId: event.queueItemId, fCntDown: event.fCntDown, gateway: event.gatewayId };
    case "log":
      return { level: event.level, code: event.code, description: event.description, context: event.context };
    case "status":
      return {
        marginDb: event.margin,
        externalPower: event.externalPowerSource,
        ...(event.externalPowerSource || event.batteryLevelUnavailable ? {} : { batteryPercent: event.batteryLevel }),
      };
    case "location": {
      const { latitude, longitude, altitude, source, accuracy } = event;
      return { latitude, longitude, altitudeM: altitude, source, accuracyM: accuracy };
    }
    case "unknown":
      return keptBytes(event.payload);
    case "undecodable":
      return { event: event.event, code: event.code, message: event.message, ...keptBytes(event.payload) };
  }
};

/** The entry of everything that is no uplink. */
export const deviceEventOf = (event: Exclude<ChirpStackEvent, UpEvent>): DeviceEvent => ({
  kind: "event",
  event: event.kind === "unknown" ? event.event : event.kind,
  device: event.devEui,
  at: event.time,
  detail: detailOf(event),
});
