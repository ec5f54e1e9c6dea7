import { channel, channels, defineCodec, u8 } from "../language/index.ts";
import { battery, climate, MILESIGHT_PORT } from "./milesight.ts";

/** Milesight EM300-SLD and EM300-ZLD, water on a spot or along a rope. */
export const milesightEm300Sld = defineCodec({
  id: "milesight-em300-sld",
  version: 1,
  maker: "Milesight",
  name: "EM300-SLD / ZLD",
  what: { en: "leak detector", fr: "détecteur de fuite" },
  uplink: {
    [MILESIGHT_PORT]: channels({ ...battery, ...climate, leak: channel(0x05, 0x00, u8.truth("leak", 0)) }),
  },
  verified: { uplinks: [MILESIGHT_PORT] },
  notCovered: [
    { en: "thresholds and alarms of temperature", fr: "seuils et alarmes de température" },
    {
      en: "report interval: its bytes are published for other devices of the maker, not for this one",
      fr: "intervalle d’envoi : ses octets sont publiés pour d’autres appareils du fabricant, pas pour celui-ci",
    },
  ],
});
