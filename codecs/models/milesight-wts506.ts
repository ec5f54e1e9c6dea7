import { channel, channels, defineCodec, le } from "../language/index.ts";
import { battery, climate, MILESIGHT_PORT } from "./milesight.ts";

const { u16 } = le;

/** Milesight WTS506, weather station. */
export const milesightWts506 = defineCodec({
  id: "milesight-wts506",
  version: 1,
  maker: "Milesight",
  name: "WTS506",
  what: { en: "weather station", fr: "station météo" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      ...battery,
      ...climate,
      windDirection: channel(0x05, 0x84, u16.per(10).unit("deg").quantity("wind.direction")),
      pressure: channel(0x06, 0x73, u16.per(10).unit("hPa").quantity("air.pressure")),
      windSpeed: channel(0x07, 0x92, u16.per(10).unit("m/s").quantity("wind.speed")),
    }),
  },
  notCovered: [
    {
      en: "rain (channels 0877 and 08EC, hundredths of a millimetre): how many bytes it has is not published, so that a frame is read up to it",
      fr: "pluie (canaux 0877 et 08EC, centièmes de millimètre) : son nombre d’octets n’est pas publié, si bien qu’une trame est lue jusqu’à elle",
    },
    {
      en: "battery, temperature and humidity are read as the family sends them: no frame with their values is published",
      fr: "pile, température et humidité sont lues comme la famille les envoie : aucune trame avec leurs valeurs n’est publiée",
    },
    {
      en: "report interval and reboot: their bytes are published for other devices of the maker, not for this one",
      fr: "intervalle d’envoi et redémarrage : leurs octets sont publiés pour d’autres appareils du fabricant, pas pour celui-ci",
    },
  ],
});
