import { channel, channels, defineCodec, le, u8 } from "../language/index.ts";
import { battery, climate, MILESIGHT_PORT } from "./milesight.ts";

const { u16 } = le;

/**
 * Milesight AM300 series, air of rooms. The widths of types 7D, E6 and CB follow the family's numbering; no frame with values is
 * published for them.
 */
export const milesightAm319 = defineCodec({
  id: "milesight-am319",
  version: 1,
  maker: "Milesight",
  name: "AM319",
  what: { en: "indoor air", fr: "air intérieur" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      ...battery,
      ...climate,
      pir: channel(0x05, 0x00, u8.truth("motion", 0)),
      lightLevel: channel(0x06, 0xcb, u8),
      co2: channel(0x07, 0x7d, u16.unit("[ppm]").quantity("air.co2")),
      tvocIndex: channel(0x08, 0x7d, u16.per(100).quantity("air.tvocIndex")),
      tvoc: channel(0x08, 0xe6, u16.unit("ug/m3").quantity("air.tvoc")),
      pressure: channel(0x09, 0x73, u16.per(10).unit("hPa").quantity("air.pressure")),
      pm2_5: channel(0x0b, 0x7d, u16.unit("ug/m3").quantity("air.pm2_5")),
      pm10: channel(0x0c, 0x7d, u16.unit("ug/m3").quantity("air.pm10")),
    }),
  },
  notCovered: [
    {
      en: "formaldehyde and ozone: a frame is read up to the first channel that is not known",
      fr: "formaldéhyde et ozone : une trame est lue jusqu’au premier canal inconnu",
    },
    {
      en: "what the steps of the light level mean: it stays a field",
      fr: "le sens des degrés du niveau de lumière : il reste un champ",
    },
    {
      en: "the widths of types 7D, E6 and CB are the family's: no frame with its values is published",
      fr: "les largeurs des types 7D, E6 et CB sont celles de la famille : aucune trame avec ses valeurs n’est publiée",
    },
    { en: "screen, LED and buzzer", fr: "écran, LED et vibreur sonore" },
    {
      en: "report interval and reboot: their bytes are published for other devices of the maker, not for this one",
      fr: "intervalle d’envoi et redémarrage : leurs octets sont publiés pour d’autres appareils du fabricant, pas pour celui-ci",
    },
  ],
});
