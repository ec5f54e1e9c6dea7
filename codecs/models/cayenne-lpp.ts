import { be, blocks, cases, defineCodec, inline, oneOf, partOf, record, u8, yesNo } from "../language/index.ts";

const { u16, i16, u32, i24 } = be;

/** Data channels: what each measures is the device builder's to say. */
const channel = oneOf(
  Object.fromEntries(Array.from({ length: 256 }, (_, n) => [String(n), n])) as Record<string, number>,
);

const one = <P>(code: number, value: P) => ({ code, fields: { value } });
const axes = <P>(code: number, part: P) => ({ code, fields: { x: part, y: part, z: part } });

/**
 * Cayenne Low Power Payload, for devices whose builder chose it instead of a format of his own: channel, type, value, one after the
 * other. Channel 0 speaks of the device as a whole; what others measure is named after them (`air.temperature@3`).
 */
export const cayenneLpp = defineCodec({
  id: "cayenne-lpp",
  version: 1,
  maker: "myDevices",
  name: "Cayenne LPP",
  what: { en: "any device that speaks it", fr: "tout appareil qui le parle" },
  uplink: {
    1: record({
      values: blocks(
        partOf("channel", "0", {
          channel,
          what: inline(
            cases("type", {
              "digital input": one(0, u8),
              "digital output": one(1, u8),
              "analog input": one(2, i16.per(100)),
              "analog output": one(3, i16.per(100)),
              generic: one(100, u32),
              illuminance: one(101, u16.unit("lx").quantity("air.illuminance")),
              presence: one(102, u8.truth("occupancy", 0)),
              temperature: one(103, i16.per(10).unit("Cel").quantity("air.temperature")),
              humidity: one(104, u8.per(2).unit("%").range(0, 100).quantity("air.humidity")),
              accelerometer: axes(113, i16.per(1000).unit("[g]")),
              barometer: one(115, u16.per(10).unit("hPa").quantity("air.pressure")),
              voltage: one(116, u16.per(100).unit("V")),
              current: one(117, u16.per(1000).unit("A")),
              frequency: one(118, u32.unit("Hz")),
              percentage: one(120, u8.unit("%")),
              altitude: one(121, i16.unit("m")),
              concentration: one(125, u16),
              power: one(128, u16),
              direction: one(132, u16.unit("deg")),
              gyrometer: axes(134, i16.per(100).unit("deg/s")),
              location: {
                code: 136,
                fields: {
                  latitude: i24.per(10_000).unit("deg"),
                  longitude: i24.per(10_000).unit("deg"),
                  altitude: i24.per(100).unit("m"),
                },
              },
              switch: one(142, yesNo),
            }),
          ),
        }),
      ),
    }),
  },
  anyPort: 1,
  verified: { uplinks: [1] },
  notCovered: [
    {
      en: "load, distance, energy, time and colour (122, 130, 131, 133, 135) and types beyond the published table: a frame is read up to the first of them",
      fr: "charge, distance, énergie, heure et couleur (122, 130, 131, 133, 135) et types hors de la table publiée : une trame est lue jusqu’au premier d’entre eux",
    },
    { en: "the units of concentration and power", fr: "les unités de la concentration et de la puissance" },
    { en: "downlinks: the format has no common one", fr: "commandes : le format n’en a pas de commune" },
  ],
});
