/** Both encodings of every kind of event become the same words; what is no event becomes one that says so. */
import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeDownlink } from "../../gateway/chirpstack/downlink.ts";
import { encodingOf, parseTopic, readEvent } from "../../gateway/chirpstack/events.ts";
import { createProtobufReader } from "../../gateway/chirpstack/protobuf-events.ts";
import { shortestFloat } from "../../gateway/chirpstack/wire-trouble.ts";

const require = createRequire(import.meta.url);
type Messages = typeof import("@chirpstack/chirpstack-api/integration/integration_pb.js");
type Gw = typeof import("@chirpstack/chirpstack-api/gw/gw_pb.js");
type Common = typeof import("@chirpstack/chirpstack-api/common/common_pb.js");
const pb = require("@chirpstack/chirpstack-api/integration/integration_pb.js") as Messages;
const gw = require("@chirpstack/chirpstack-api/gw/gw_pb.js") as Gw;
const common = require("@chirpstack/chirpstack-api/common/common_pb.js") as Common;
const { Timestamp } = require("google-protobuf/google/protobuf/timestamp_pb.js") as {
  Timestamp: new () => { setSeconds(seconds: number): void; setNanos(nanos: number): void };
};

const { Duration } = require("google-protobuf/google/protobuf/duration_pb.js") as {
  Duration: new () => { setSeconds(seconds: number): void; setNanos(nanos: number): void };
};

const DEV_EUI = "24e124136b502217";
const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const ARRIVED = 1_772_431_000_000;
const readProtobuf = createProtobufReader();

const read = (event: string, payload: Uint8Array) => {
  const topic = `application/${APPLICATION}/device/${DEV_EUI}/event/${event}`;
  const parsed = parseTopic(topic);
  if (parsed === undefined) throw new Error("the topic is one of ours");
  return readEvent({ topic, payload, qos: 1, redelivered: false, arrivedAt: ARRIVED }, parsed, readProtobuf);
};
const readJson = (event: string, fields: object) => read(event, Buffer.from(JSON.stringify(fields)));

const deviceInfo = {
  tenantId: "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
  tenantName: "Commune",
  applicationId: APPLICATION,
  applicationName: "batiments",
  deviceProfileId: "d5b0b4f8-5b0c-4a6f-9a6e-0f4f2f6f1a22",
  deviceProfileName: "profile",
  deviceName: "ecole-salle-2",
  devEui: DEV_EUI,
  deviceClassEnabled: "CLASS_A",
  tags: { zone: "ecole" },
};
const head = { time: "2026-03-02T06:15:04.512345+00:00", deviceInfo };

const pbInfo = () => {
  const info = new pb.DeviceInfo();
  info.setApplicationId(APPLICATION);
  info.setDeviceName("ecole-salle-2");
  info.setDevEui(DEV_EUI);
  info.getTagsMap().set("zone", "ecole");
  return info;
};
const pbTime = () => {
  const time = new Timestamp();
  time.setSeconds(Date.parse("2026-03-02T06:15:04Z") / 1_000);
  time.setNanos(512_345_000);
  return time as never;
};
const withHead = <T extends { setTime(time?: never): void; setDeviceInfo(info?: never): void }>(message: T): T => {
  message.setTime(pbTime());
  message.setDeviceInfo(pbInfo() as never);
  return message;
};

const DEDUPLICATION = "3f0a6a0e-2a2e-4a55-9f4e-6a1b0d6f3c11";
const QUEUE_ITEM = "42cb6459-a640-46ec-9623-bdff39dc4736";

/** Each kind as ChirpStack writes it in JSON, and the same message in protobuf. */
const forms: Record<string, { json: object; protobuf: () => Uint8Array }> = {
  up: {
    json: {
      ...head,
      deduplicationId: DEDUPLICATION,
      devAddr: "01a3b2c4",
      adr: true,
      dr: 5,
      fCnt: 42,
      fPort: 85,
      confirmed: false,
      data: "AXVkA2fSAARobA==",
      rxInfo: [
        { gatewayId: "0016c001f1500002", uplinkId: 1, rssi: -110, snr: -3.2 },
        // snr 0 is a default and left out.
        {
          gatewayId: "0016c001f1500001",
          uplinkId: 2,
          timeSinceGpsEpoch: "1456467322.512s",
          rssi: -97,
          location: {},
          crcStatus: "CRC_OK",
        },
      ],
      txInfo: { frequency: 868_500_000 },
      regionConfigId: "eu868",
    },
    protobuf: () => {
      const message = withHead(new pb.UplinkEvent());
      message.setDeduplicationId(DEDUPLICATION);
      message.setDevAddr("01a3b2c4");
      message.setAdr(true);
      message.setDr(5);
      message.setFCnt(42);
      message.setFPort(85);
      message.setData(Buffer.from("AXVkA2fSAARobA==", "base64"));
      for (const [id, rssi, snr] of [
        ["0016c001f1500002", -110, -3.2],
        ["0016c001f1500001", -97, 0],
      ] as const) {
        const heard = new gw.UplinkRxInfo();
        heard.setGatewayId(id);
        heard.setRssi(rssi);
        heard.setSnr(snr);
        if (snr === 0) {
          const since = new Duration();
          since.setSeconds(1_456_467_322);
          since.setNanos(512_000_000);
          heard.setTimeSinceGpsEpoch(since);
        }
        message.addRxInfo(heard);
      }
      return message.serializeBinary();
    },
  },
  join: {
    json: { ...head, deduplicationId: DEDUPLICATION, devAddr: "01a3b2c4", regionConfigId: "eu868" },
    protobuf: () => {
      const message = withHead(new pb.JoinEvent());
      message.setDeduplicationId(DEDUPLICATION);
      message.setDevAddr("01a3b2c4");
      return message.serializeBinary();
    },
  },
  ack: {
    json: { ...head, deduplicationId: "", queueItemId: QUEUE_ITEM, acknowledged: false, fCntDown: 17 },
    protobuf: () => {
      const message = withHead(new pb.AckEvent());
      message.setQueueItemId(QUEUE_ITEM);
      message.setFCntDown(17);
      return message.serializeBinary();
    },
  },
  txack: {
    json: {
      ...head,
      downlinkId: 3_461_958_127,
      queueItemId: QUEUE_ITEM,
      fCntDown: 17,
      gatewayId: "0016c001f1500001",
      txInfo: { frequency: 869_525_000, power: 29, timing: { immediately: {} } },
    },
    protobuf: () => {
      const message = withHead(new pb.TxAckEvent());
      message.setDownlinkId(3_461_958_127);
      message.setQueueItemId(QUEUE_ITEM);
      message.setFCntDown(17);
      message.setGatewayId("0016c001f1500001");
      return message.serializeBinary();
    },
  },
  log: {
    json: {
      ...head,
      level: "ERROR",
      code: "EXPIRED",
      description: "Device queue-item discarded because it has expired",
      context: { queue_item_id: QUEUE_ITEM },
    },
    protobuf: () => {
      const message = withHead(new pb.LogEvent());
      message.setLevel(pb.LogLevel.ERROR);
      message.setCode(pb.LogCode.EXPIRED);
      message.setDescription("Device queue-item discarded because it has expired");
      message.getContextMap().set("queue_item_id", QUEUE_ITEM);
      return message.serializeBinary();
    },
  },
  status: {
    json: {
      ...head,
      deduplicationId: DEDUPLICATION,
      margin: 12,
      externalPowerSource: false,
      batteryLevelUnavailable: false,
      batteryLevel: 88.188974,
    },
    protobuf: () => {
      const message = withHead(new pb.StatusEvent());
      message.setDeduplicationId(DEDUPLICATION);
      message.setMargin(12);
      // ChirpStack counts in 32-bit floats.
      message.setBatteryLevel(Math.fround(Math.fround(224 / 254) * 100));
      return message.serializeBinary();
    },
  },
  location: {
    json: {
      ...head,
      deduplicationId: DEDUPLICATION,
      location: { latitude: 47.26, longitude: 0.46, altitude: 70, source: "GEO_RESOLVER_WIFI", accuracy: 35.5 },
    },
    protobuf: () => {
      const message = withHead(new pb.LocationEvent());
      message.setDeduplicationId(DEDUPLICATION);
      const place = new common.Location();
      place.setLatitude(47.26);
      place.setLongitude(0.46);
      place.setAltitude(70);
      place.setSource(common.LocationSource.GEO_RESOLVER_WIFI);
      place.setAccuracy(35.5);
      message.setLocation(place);
      return message.serializeBinary();
    },
  },
};

describe("both encodings", () => {
  it.each(Object.keys(forms))("give the same %s", (kind) => {
    const { json, protobuf } = forms[kind]!;
    const fromJson = readJson(kind, json);
    expect(fromJson.kind).toBe(kind);
    expect(encodingOf(protobuf())).toBe("protobuf");
    expect(read(kind, protobuf())).toEqual(fromJson);
  });

  it("keep the values ChirpStack sent", () => {
    const up = readJson("up", forms.up!.json);
    expect(up).toMatchObject({
      devEui: DEV_EUI,
      applicationId: APPLICATION,
      tags: { zone: "ecole" },
      time: Date.parse("2026-03-02T06:15:04.512Z"),
      fCnt: 42,
      fPort: 85,
      radio: { rssi: -97, snr: 0, gateway: "0016c001f1500001", gateways: 2, dr: 5 },
      gnssTime: Date.parse("2026-03-02T06:15:04.512Z"),
    });
    expect(up.kind === "up" && Buffer.from(up.data).toString("hex")).toBe("0175640367d20004686c");
  });

  it("take a signal to noise of -0.0 for 0", () => {
    const { json, protobuf } = forms.up!;
    const heard = { gatewayId: "0016c001f1500002", rssi: -110, snr: 7 };
    const text = JSON.stringify({ ...json, rxInfo: [heard] }).replace('"snr":7', '"snr":-0.0');
    const message = pb.UplinkEvent.deserializeBinary(protobuf());
    message.setRxInfoList(message.getRxInfoList().slice(0, 1));
    message.getRxInfoList()[0]!.setSnr(-0);
    for (const bytes of [Buffer.from(text), message.serializeBinary()]) {
      const up = read("up", bytes);
      expect(up.kind === "up" && Object.is(up.radio?.snr, 0)).toBe(true);
    }
  });

  it("write a 32-bit float as the shortest decimal that means it", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(shortestFloat(value)) - value).toBe(0);
      }),
    );
  });
});

describe("what is no event", () => {
  const bad: Record<string, Uint8Array> = {
    empty: new Uint8Array(),
    "cut JSON": Buffer.from('{"deviceInfo":'),
    "a list": Buffer.from("[]"),
    "another device": Buffer.from(
      JSON.stringify({ ...forms.up!.json, deviceInfo: { ...deviceInfo, devEui: "0000000000000001" } }),
    ),
    "a text for a number": Buffer.from(JSON.stringify({ ...forms.up!.json, fCnt: "many" })),
    "a negative counter": Buffer.from(JSON.stringify({ ...forms.up!.json, fCnt: -1 })),
    "no time": Buffer.from(JSON.stringify({ ...forms.up!.json, time: "yesterday" })),
    "no base64": Buffer.from(JSON.stringify({ ...forms.up!.json, data: "%%" })),
  };
  it.each(Object.keys(bad))("is kept whole: %s", (name) => {
    const event = read("up", bad[name]!);
    expect(event).toMatchObject({ kind: "undecodable", devEui: DEV_EUI, event: "up", time: ARRIVED });
    expect(event.kind === "undecodable" && event.payload).toEqual(bad[name]);
  });

  it("never throws, whatever the bytes", () => {
    const kinds = fc.constantFrom(...Object.keys(forms), "integration", "later");
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .dictionary(fc.constantFrom("deviceInfo", "time", "fCnt", "rxInfo", "data", "tags"), fc.jsonValue())
        .map((fields) => Buffer.from(JSON.stringify({ deviceInfo, ...fields }))),
    );
    fc.assert(
      fc.property(kinds, bytes, (kind, payload) => {
        const event = read(kind, payload);
        if (event.kind === "up") expect(Number.isInteger(event.fCnt)).toBe(true);
        expect(Number.isFinite(event.time)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("of a kind not known yet is handed on whole", () => {
    expect(read("later", Buffer.from("{}"))).toMatchObject({ kind: "unknown", event: "later" });
  });

  it("on a strange topic names no device", () => {
    for (const topic of ["", "a/b", "application/1/device/nohex/event/up", "application/1/device/2/event/up/3"])
      expect(parseTopic(topic)).toBeUndefined();
    expect(parseTopic(`application/1/device/${DEV_EUI.toUpperCase()}/event/up`)?.devEui).toBe(DEV_EUI);
  });
});

describe("a downlink", () => {
  const downlink = { id: QUEUE_ITEM, confirmed: true, fPort: 10, data: Uint8Array.of(1), expiresAt: ARRIVED };

  it("says the same in both encodings", () => {
    const json = JSON.parse(Buffer.from(encodeDownlink(DEV_EUI, downlink, "json")).toString());
    expect(json).toEqual({
      id: QUEUE_ITEM,
      devEui: DEV_EUI,
      confirmed: true,
      fPort: 10,
      data: "AQ==",
      expiresAt: new Date(ARRIVED).toISOString(),
    });
    const message = pb.DownlinkCommand.deserializeBinary(encodeDownlink(DEV_EUI, downlink, "protobuf"));
    expect([message.getId(), message.getDevEui(), message.getConfirmed(), message.getFPort()]).toEqual([
      QUEUE_ITEM,
      DEV_EUI,
      true,
      10,
    ]);
    expect(message.getData_asB64()).toBe("AQ==");
    expect(message.getExpiresAt()?.getSeconds()).toBe(ARRIVED / 1_000);
  });
});
