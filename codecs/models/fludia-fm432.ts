import { be, blocks, cases, defineCodec, hex, inline, recent, u8 } from "../language/index.ts";

const index = {
  counts: inline(
    recent(
      {
        step: u8.unit("min"),
        index: be.u32.quantity("pulse.total"),
        /** Counted in each step, read as the oldest first. */
        increments: blocks(be.u16),
      },
      { stepMinutes: "step", deltas: "increments", delta: "pulse.delta" },
    ),
  ),
};

/** Fludia FM432, an optical head or contact on a meter: its index and what was counted in each of the last steps. */
export const fludiaFm432 = defineCodec({
  id: "fludia-fm432",
  version: 1,
  maker: "Fludia",
  name: "FM432e / ir / p / g meter reader",
  uplink: {
    129: cases("kind", {
      electricity: { code: 0x69, fields: index },
      "head 6B": { code: 0x6b, fields: index },
      "head 6D": { code: 0x6d, fields: index },
      "head 6F": { code: 0x6f, fields: index },
      "head 76": { code: 0x76, fields: index },
      /** What stands where is not published. */
      parameters: { code: 0x6a, fields: { content: hex("rest") } },
    }),
  },
  verified: { uplinks: [129] },
  notCovered: [
    "what one count is worth: it depends on head and meter, and is said of the asset",
    "which model sends the headers 6B, 6D, 6F and 76",
    "the frame has no clock and its source no direction of time: increments are read as oldest first, the last ending when the frame was sent; whether the index is that of the first or the last step is not published, it is given the frame's own time",
    "parameters (6A): kept as bytes",
    "downlinks (step, period): their bytes are not published",
  ],
});
