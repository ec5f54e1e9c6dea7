import { channel, channels, defineCodec, le, record } from "../language/index.ts";
import { MILESIGHT_PORT } from "./milesight.ts";

const { u16, u32 } = le;

/** Milesight VS133 and VS135, counters above a passage: totals, and those of the last period. */
export const milesightVs133 = defineCodec({
  id: "milesight-vs133",
  version: 1,
  maker: "Milesight",
  name: "VS133",
  what: { en: "people counter", fr: "compteur de personnes" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      totalIn: channel(0x03, 0xd2, u32.quantity("count.in")),
      totalOut: channel(0x04, 0xd2, u32.quantity("count.out")),
      period: channel(0x05, 0xcc, record({ in: u16, out: u16 })),
    }),
  },
  verified: { uplinks: [MILESIGHT_PORT] },
  notCovered: [
    {
      en: "interval, reset of the counts, reboot: their bytes are not published for it",
      fr: "intervalle, remise à zéro des comptes, redémarrage : leurs octets ne sont pas publiés pour lui",
    },
  ],
});
