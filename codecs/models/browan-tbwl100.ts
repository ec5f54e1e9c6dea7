import { bits, defineCodec, inline, record, u8 } from "../language/index.ts";

/** The lower seven bits are degrees above −32 °C; what the highest says is not published. */
const degrees = u8.plus(-32).unit("Cel");

/** Browan TBWL100, water on the floor. */
export const browanTbwl100 = defineCodec({
  id: "browan-tbwl100",
  version: 1,
  maker: "Browan",
  name: "TBWL100",
  what: { en: "leak detector", fr: "détecteur de fuite" },
  uplink: {
    106: record({
      state: inline(bits({ leak: { bit: 0, quantity: "leak" }, otherState: { from: 1, width: 7 } })),
      supply: inline(
        bits({
          battery: { from: 0, width: 4, of: u8.times(100).plus(2500).unit("mV").quantity("battery.voltage") },
          otherSupply: { from: 4, width: 4 },
        }),
      ),
      board: inline(
        bits({
          boardTemperature: { from: 0, width: 7, of: degrees.quantity("device.temperature") },
          otherBoard: { from: 7, width: 1 },
        }),
      ),
      humidity: u8.unit("%").range(0, 100).quantity("air.humidity"),
      air: inline(
        bits({
          temperature: { from: 0, width: 7, of: degrees.quantity("air.temperature") },
          otherAir: { from: 7, width: 1 },
        }),
      ),
    }),
  },
  verified: { uplinks: [106] },
  notCovered: [
    {
      en: "bits whose meaning is not published: they are kept as numbers (otherState, otherSupply, otherBoard, otherAir)",
      fr: "les bits dont le sens n’est pas publié : ils sont gardés en nombres (otherState, otherSupply, otherBoard, otherAir)",
    },
    { en: "report interval: its bytes are not published", fr: "intervalle d’envoi : ses octets ne sont pas publiés" },
  ],
});
