import { be, defineCodec, hex, record } from "../language/index.ts";

/** Terabee People Counting L-XL: those who went in and those who came out since the last reset. */
export const terabeePcLXl = defineCodec({
  id: "terabee-pc-l-xl",
  version: 1,
  maker: "Terabee",
  name: "People Counting L-XL",
  what: { en: "people counter", fr: "compteur de personnes" },
  uplink: {
    1: record({
      countIn: be.u32.quantity("count.in"),
      countOut: be.u32.quantity("count.out"),
      /** Not in every frame. */
      flags: hex("rest"),
    }),
  },
  verified: { uplinks: [1] },
  notCovered: [
    { en: "what the flags after the counts mean", fr: "le sens des indicateurs derrière les comptes" },
    {
      en: "resetting the counts: its bytes are not published",
      fr: "remise à zéro des comptes : ses octets ne sont pas publiés",
    },
  ],
});
