import { be, defineCodec, hex, record } from "../language/index.ts";

/** Terabee People Counting L-XL: those who went in and those who came out since the last reset. */
export const terabeePcLXl = defineCodec({
  id: "terabee-pc-l-xl",
  version: 1,
  maker: "Terabee",
  name: "People Counting L-XL",
  uplink: {
    1: record({
      countIn: be.u32.quantity("count.in"),
      countOut: be.u32.quantity("count.out"),
      /** Not in every frame. */
      flags: hex("rest"),
    }),
  },
  verified: { uplinks: [1] },
  notCovered: ["what the flags after the counts mean", "resetting the counts: its bytes are not published"],
});
