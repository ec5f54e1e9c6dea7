import { channel, channels, defineCodec, oneOf } from "../language/index.ts";
import { battery, MILESIGHT_PORT } from "./milesight.ts";

/** Milesight WS301, magnetic contact for doors and windows. */
export const milesightWs301 = defineCodec({
  id: "milesight-ws301",
  version: 1,
  maker: "Milesight",
  name: "WS301",
  what: { en: "door contact", fr: "contact de porte" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      ...battery,
      door: channel(0x03, 0x00, oneOf({ closed: 0, open: 1 }).truth("contact.open", "open")),
      mounting: channel(0x04, 0x00, oneOf({ installed: 0, uninstalled: 1 }).truth("device.tamper", "uninstalled")),
    }),
  },
  verified: { uplinks: [MILESIGHT_PORT] },
  notCovered: [
    {
      en: "the report interval: its bytes are not published for it",
      fr: "l’intervalle d’envoi : ses octets ne sont pas publiés pour lui",
    },
  ],
});
