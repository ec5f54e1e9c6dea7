import { bits, defineCodec, le, list, series } from "../language/index.ts";

const { u16, u32 } = le;
const litres = u32.unit("L");

/** Axioma Qalcosonic W1, ultrasonic water meter: the total now, and fifteen hours of the past from a logged total. */
export const axiomaW1 = defineCodec({
  id: "axioma-w1",
  version: 1,
  maker: "Axioma",
  name: "Qalcosonic W1",
  what: { en: "water meter", fr: "compteur d’eau" },
  uplink: {
    100: series(
      {
        time: u32.clock(),
        status: bits({
          lowBattery: 2,
          permanentError: 3,
          temporaryError: 4,
          /** Dry, backflow, burst, leak or freeze; which number is which is not published. */
          alarm: { from: 5, width: 3 },
        }),
        volume: litres.quantity("meter.water.total"),
        logTime: u32.clock(),
        logVolume: litres,
        deltas: list(u16.unit("L"), 15),
      },
      {
        at: "logTime",
        start: "logVolume",
        deltas: "deltas",
        everySeconds: 3600,
        unit: "L",
        total: "meter.water.total",
        delta: "meter.water.delta",
      },
    ),
  },
  verified: { uplinks: [100] },
  notCovered: [
    { en: "which alarm the status code means", fr: "quelle alarme désigne le code d’état" },
    { en: "downlinks: none are published", fr: "commandes : aucune n’est publiée" },
  ],
});
