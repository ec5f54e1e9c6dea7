import { be, bits, blocks, cases, defineCodec, inline, record, u8 } from "../language/index.ts";
import { ADEUNIS_PORT, CLOCK_NOT_COVERED, datedStatus, timestamp } from "./adeunis.ts";

const temperature = be.i16.per(10).unit("Cel");
const humidity = u8.unit("%").range(0, 100);
const co2 = be.u16.unit("[ppm]");

const measured = {
  temperature: temperature.quantity("air.temperature"),
  humidity: humidity.quantity("air.humidity"),
  co2: co2.quantity("air.co2"),
};

/** Adeunis COMFORT CO2. The newest sample comes first; alarms are as the maker's own library (@adeunis/codecs 1.6.1, MIT) reads them. */
export const adeunisComfortCo2 = defineCodec({
  id: "adeunis-comfort-co2",
  version: 1,
  maker: "Adeunis",
  name: "COMFORT CO2",
  what: { en: "room sensor", fr: "capteur d’ambiance" },
  uplink: {
    [ADEUNIS_PORT]: cases("kind", {
      samples: {
        code: 0x6a,
        fields: {
          status: datedStatus,
          ...measured,
          earlier: blocks(record({ temperature, humidity, co2 })),
          ...timestamp,
        },
      },
      alarm: {
        code: 0x6b,
        fields: {
          status: datedStatus,
          alarms: inline(bits({ temperatureAlarm: 4, humidityAlarm: 0, co2Alarm: 5 })),
          ...measured,
          ...timestamp,
        },
      },
    }),
  },
  anyPort: ADEUNIS_PORT,
  verified: { uplinks: [ADEUNIS_PORT] },
  notCovered: [
    {
      en: "when the earlier samples of a frame were taken: the sampling period is a setting that the frame does not carry",
      fr: "quand les mesures antérieures d’une trame ont été prises : la période est un réglage que la trame ne porte pas",
    },
    { en: "daily (30) and configuration frames", fr: "les trames quotidiennes (30) et de configuration" },
    CLOCK_NOT_COVERED,
    { en: "downlinks (registers, 40 and 41)", fr: "commandes (registres, 40 et 41)" },
  ],
});
