import { bits, defineCodec, dotted, hex, i8, inline, record, u8 } from "../language/index.ts";

const parked = bits({ occupied: { bit: 0, quantity: "parking.occupied" } });

/** Bosch TPS110, parking sensor in the ground. */
export const boschTps110 = defineCodec({
  id: "bosch-tps110",
  version: 1,
  maker: "Bosch",
  name: "TPS110",
  what: { en: "parking sensor", fr: "capteur de stationnement" },
  uplink: {
    1: record({ state: inline(parked) }),
    2: record({ state: inline(parked), temperature: i8.unit("Cel").quantity("device.temperature") }),
    3: record({ debug: hex(12), firmware: dotted(3), resetCause: u8, state: inline(parked) }),
  },
  verified: { uplinks: [1, 2] },
  notCovered: [
    {
      en: "the meaning of debug codes and reset causes",
      fr: "le sens des codes de mise au point et des causes de redémarrage",
    },
    { en: "downlinks: none are published", fr: "commandes : aucune n’est publiée" },
  ],
});
