import { channel, channels, defineCodec, le, record } from "../language/index.ts";
import { battery, climate, MILESIGHT_PORT } from "./milesight.ts";

const { u16, u32, f32 } = le;

/** Milesight EM300-DI, pulses of a meter. */
export const milesightEm300Di = defineCodec({
  id: "milesight-em300-di",
  version: 1,
  maker: "Milesight",
  name: "EM300-DI",
  what: { en: "pulse counter", fr: "compteur d’impulsions" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      ...battery,
      ...climate,
      pulses: channel(0x05, 0xc8, u32.quantity("pulse.total")),
      water: channel(0x05, 0xe1, record({ conversion: u16.per(10), pulses: u16.per(10), volume: f32 })),
    }),
  },
  verified: { uplinks: [MILESIGHT_PORT] },
  notCovered: [
    {
      en: "the unit of the volume that the device itself works out: it is a setting of the device, so that the volume stays a field",
      fr: "l’unité du volume que l’appareil calcule lui-même : c’est un réglage de l’appareil, si bien que le volume reste un champ",
    },
    { en: "pulse conversion", fr: "conversion des impulsions" },
    {
      en: "report interval: its bytes are published for other devices of the maker, not for this one",
      fr: "intervalle d’envoi : ses octets sont publiés pour d’autres appareils du fabricant, pas pour celui-ci",
    },
  ],
});
