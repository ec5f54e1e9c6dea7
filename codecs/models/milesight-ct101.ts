import { channel, channels, defineCodec, le } from "../language/index.ts";
import { MILESIGHT_PORT } from "./milesight.ts";

/** Milesight CT101, current of one conductor; the charge is its sum over time, not energy. */
export const milesightCt101 = defineCodec({
  id: "milesight-ct101",
  version: 1,
  maker: "Milesight",
  name: "CT101",
  what: { en: "current transformer", fr: "transformateur de courant" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      charge: channel(0x03, 0x97, le.u32.per(100).unit("A.h")),
      current: channel(0x04, 0x98, le.u16.per(100).unit("A").quantity("power.current")),
    }),
  },
  verified: { uplinks: [MILESIGHT_PORT] },
  notCovered: [
    { en: "thresholds and their alarms", fr: "les seuils et leurs alarmes" },
    { en: "setting the sum back to zero", fr: "remise à zéro du cumul" },
    {
      en: "report interval: its bytes are published for other devices of the maker, not for this one",
      fr: "intervalle d’envoi : ses octets sont publiés pour d’autres appareils du fabricant, pas pour celui-ci",
    },
  ],
});
