import { defineCodec } from "../language/index.ts";
import { care, orders, settings } from "./nas-downlinks.ts";
import { alert, boot, status, usage } from "./nas-uplinks.ts";

/** NAS UL20xx luminaire controllers (DALI or 0-10 V), firmware 1.1: class C, everything little-endian. */
export const nasUl20xx = defineCodec({
  id: "nas-ul20xx",
  version: 1,
  maker: "NAS",
  name: "UL20xx luminaire controller",
  firmware: "1.1",
  uplink: { 23: status, 26: usage, 61: alert, 99: boot },
  echoPorts: [50],
  commands: { ...orders, ...settings, ...care },
  verified: {
    uplinks: [23, 26, 61, 99],
    commands: ["dim", "release", "timed-dim", "status-interval", "fallback", "profile", "calendar"],
  },
  notCovered: [
    "alerts of digital input, LDR and DALI: kept as bytes, their content is not published",
    "boot: wiring, features and reset reason are kept as bytes",
    "driver memory, addressing, identify and open drain (60: 07, 08, 0A, 0B, 0C)",
    "fade, DALI monitor, location, digital input and light sensor settings (50: 22, 24, 26, 28, 29)",
    "metering alert limits (50: 16): the width of the voltage limits is not published",
    "calendars of more than one step at dawn and dusk, or with flags (50: 20)",
    "multicast groups (50: 52): the width of the index and the byte order of the keys are not published; read as one byte and as they are written, and a lamp counts as a member only when it sends the frame back",
    "chained settings (50: FE)",
  ],
});
