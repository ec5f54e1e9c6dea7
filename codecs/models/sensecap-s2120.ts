import { be, channel, channels, defineCodec, record, u8 } from "../language/index.ts";

const { u16, u32, i16 } = be;

const climate = {
  temperature: i16.per(10).unit("Cel").quantity("air.temperature"),
  humidity: u8.unit("%").range(0, 100).quantity("air.humidity"),
  light: u32.unit("lx").quantity("air.illuminance"),
  uv: u8.per(10).quantity("uv.index"),
  windSpeed: u16.per(10).unit("m/s").quantity("wind.speed"),
};
const windRain = {
  windDirection: u16.unit("deg").quantity("wind.direction"),
  /** How hard it rains, not how much has fallen. */
  rainIntensity: u32.per(1000).unit("mm/h"),
  pressure: u16.times(10).unit("Pa").quantity("air.pressure"),
};

/**
 * SenseCAP S2120, eight quantities of the weather. Units, the battery and the records of newer firmware (4A to 4C) are as the Python
 * package sensecap-lorawan 1.0.0 (Apache-2.0) documents them.
 */
export const sensecapS2120 = defineCodec({
  id: "sensecap-s2120",
  version: 1,
  maker: "SenseCAP",
  name: "S2120",
  what: { en: "weather station", fr: "station météo" },
  uplink: {
    3: channels({
      climate: channel(0x01, record(climate)),
      windRain: channel(0x02, record(windRain)),
      battery: channel(0x03, u8.unit("%").range(0, 100).quantity("battery.level")),
      climateNew: channel(0x4a, record(climate)),
      windRainNew: channel(0x4b, record(windRain)),
      gustRain: channel(
        0x4c,
        record({ gust: u16.per(10).unit("m/s"), rain: u32.per(1000).unit("mm").quantity("rain.total") }),
      ),
    }),
  },
  verified: { uplinks: [3] },
  notCovered: [
    {
      en: "records other than these (device status, errors): a frame is read up to the first of them",
      fr: "les blocs autres que ceux-ci (état de l’appareil, erreurs) : une trame est lue jusqu’au premier d’entre eux",
    },
    { en: "report interval: its bytes are not published", fr: "intervalle d’envoi : ses octets ne sont pas publiés" },
  ],
});
