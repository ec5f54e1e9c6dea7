import { channel, channels, defineCodec, le, record } from "../language/index.ts";
import { battery, MILESIGHT_PORT } from "./milesight.ts";

const { u16, i16 } = le;

/** Milesight VS350, a passage counter on battery. */
export const milesightVs350 = defineCodec({
  id: "milesight-vs350",
  version: 1,
  maker: "Milesight",
  name: "VS350",
  what: { en: "passage counter", fr: "compteur de passages" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      ...battery,
      temperature: channel(0x03, 0x67, i16.per(10).unit("Cel").quantity("device.temperature")),
      total: channel(0x04, 0xcc, record({ in: u16.quantity("count.in"), out: u16.quantity("count.out") })),
      period: channel(0x05, 0xcc, record({ in: u16, out: u16 })),
    }),
  },
  notCovered: [
    {
      en: "interval, reset of the counts, reboot: their bytes are not published for it",
      fr: "intervalle, remise à zéro des comptes, redémarrage : leurs octets ne sont pas publiés pour lui",
    },
    {
      en: "no frame with its values is published: the layout is, nothing here is verified",
      fr: "aucune trame avec ses valeurs n’est publiée : la disposition l’est, rien n’est vérifié ici",
    },
  ],
});
