import { defineCodec, hex, record } from "../language/index.ts";
import { orders, schedules } from "./nas-downlinks.ts";
import { boot } from "./nas-uplinks.ts";

const unread = record({ content: hex("rest") });

/** NAS UL20xx with firmware 1.0: other FPorts for status and usage, whose bytes are not published and kept as they came. */
export const nasUl20xx10 = defineCodec({
  id: "nas-ul20xx-1.0",
  version: 1,
  maker: "NAS",
  name: "UL20xx 1.0",
  what: { en: "luminaire controller", fr: "contrôleur de luminaire" },
  family: "nas-ul20xx",
  firmware: "1.0",
  uplink: { 24: unread, 25: unread, 99: boot },
  commands: { ...orders, ...schedules({ profile: 0x08, calendar: 0x06 }) },
  notCovered: [
    {
      en: "the content of status (24) and usage (25) frames",
      fr: "le contenu des trames d’état (24) et de consommation (25)",
    },
    {
      en: "settings: which of firmware 1.1's also exist here is not published",
      fr: "réglages : lesquels de ceux du micrologiciel 1.1 existent aussi ici n’est pas publié",
    },
  ],
});
