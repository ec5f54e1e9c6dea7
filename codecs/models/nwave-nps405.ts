import { bits, defineCodec, formula, hex, i8, inline, record, u8 } from "../language/index.ts";

const occupied = { bit: 0, quantity: "parking.occupied" } as const;

/** By the minute up to an hour and a half, then by five minutes, then by the hour; 127 is longer than it can say. */
const previousDuration = formula(u8.absent(127), {
  value: (code) => (code < 90 ? code : code < 120 ? 90 + 5 * (code - 90) : 240 + 60 * (code - 120)),
  toWire: (minutes) => (minutes < 90 ? minutes : minutes < 240 ? 90 + (minutes - 90) / 5 : 120 + (minutes - 240) / 60),
  unit: "min",
  quantity: "parking.previousDuration",
});

/** Nwave NPS405 and NPS310, parking sensors; they tell with each change how long the state before it lasted. */
export const nwaveNps405 = defineCodec({
  id: "nwave-nps405",
  version: 1,
  maker: "Nwave",
  name: "NPS405",
  what: { en: "parking sensor", fr: "capteur de stationnement" },
  uplink: {
    1: record({ state: inline(bits({ occupied, previousDuration: { from: 1, width: 7, of: previousDuration } })) }),
    2: record({
      state: inline(bits({ occupied, health: { from: 1, width: 7 } })),
      battery: u8.times(4).plus(2500).unit("mV").quantity("battery.voltage"),
      temperature: i8.per(2).plus(10).unit("Cel").quantity("device.temperature"),
      more: hex(3),
    }),
    3: record({ content: hex("rest") }),
    10: record({ state: hex(1), tag: hex(4) }),
  },
  verified: { uplinks: [1, 2] },
  notCovered: [
    {
      en: "what the bits of health and the last three bytes of a heartbeat mean",
      fr: "le sens des bits de santé et des trois derniers octets d’un signe de vie",
    },
    {
      en: "firmware and reset cause (FPort 3): their places are not published, the frame is kept as bytes",
      fr: "micrologiciel et cause de redémarrage (FPort 3) : leurs places ne sont pas publiées, la trame est gardée en octets",
    },
    {
      en: "whether the byte before a tag (FPort 10) is that of a change: it is kept as a byte",
      fr: "si l’octet devant un badge (FPort 10) est celui d’un changement : il est gardé en octet",
    },
    { en: "downlinks: none are published", fr: "commandes : aucune n’est publiée" },
  ],
});
