import { channel, channels, defineCodec, le, oneOf, record } from "../language/index.ts";
import { battery, MILESIGHT_PORT } from "./milesight.ts";

const level = le.u16.per(10).unit("dB");

/** Milesight WS302, sound level. */
export const milesightWs302 = defineCodec({
  id: "milesight-ws302",
  version: 1,
  maker: "Milesight",
  name: "WS302",
  what: { en: "sound level", fr: "niveau sonore" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      ...battery,
      sound: channel(
        0x05,
        0x5b,
        record({
          /** The one code with a published meaning: frequency weighting A, time weighting F. */
          weighting: oneOf({ A: 0x05 }).quantity("sound.weighting"),
          instant: level.quantity("sound.instant"),
          leq: level.quantity("sound.leq"),
          max: level.quantity("sound.max"),
        }),
      ),
    }),
  },
  verified: { uplinks: [MILESIGHT_PORT] },
  notCovered: [
    {
      en: "weightings other than A with time weighting F",
      fr: "les pondérations autres que A avec pondération temporelle F",
    },
    { en: "LED", fr: "LED" },
    {
      en: "report interval and reboot: their bytes are published for other devices of the maker, not for this one",
      fr: "intervalle d’envoi et redémarrage : leurs octets sont publiés pour d’autres appareils du fabricant, pas pour celui-ci",
    },
  ],
});
