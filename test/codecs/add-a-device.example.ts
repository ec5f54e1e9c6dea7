import { channel, channels, defineCodec, oneOf, u8 } from "../../codecs/language/index.ts";

/** Milesight WS301, magnetic contact for doors and windows. */
export const milesightWs301 = defineCodec({
  id: "milesight-ws301",
  version: 1,
  maker: "Milesight",
  name: "WS301 door contact",
  uplink: {
    85: channels({
      battery: channel(0x01, 0x75, u8.unit("%").range(0, 100).quantity("battery.level")),
      door: channel(0x03, 0x00, oneOf({ closed: 0, open: 1 }).truth("contact.open", "open")),
      mounting: channel(0x04, 0x00, oneOf({ installed: 0, uninstalled: 1 }).truth("device.tamper", "uninstalled")),
    }),
  },
  verified: { uplinks: [85] },
});
