import { be, bits, command, defineCodec, inline, record, u8, yesNo } from "../language/index.ts";

const { u16, u24, i16 } = be;

/** Dragino LDDS75, ultrasonic distance with a socket for a temperature probe. */
export const draginoLdds75 = defineCodec({
  id: "dragino-ldds75",
  version: 2,
  maker: "Dragino",
  name: "LDDS75",
  what: { en: "distance sensor", fr: "capteur de distance" },
  uplink: {
    2: record({
      supply: inline(
        bits({ battery: { from: 0, width: 14, of: u16.unit("mV").quantity("battery.voltage") } }).wide("be"),
      ),
      distance: u16.unit("mm").or({ "no sensor": 0, invalid: 20 }).quantity("container.distance"),
      interrupt: u8,
      /** Of the probe, wherever it hangs. */
      temperature: i16.per(10).unit("Cel"),
      sensorPresent: yesNo,
    }),
  },
  downlinkPort: 2,
  commands: {
    "report-interval": command([0x01], { seconds: u24.unit("s") }),
    reset: command([0x04, 0xff], {}),
    interrupt: command([0x06], { mode: u8 }),
  },
  verified: { uplinks: [2] },
  notCovered: [
    {
      en: "the FPort of downlinks is not published: that of uplinks is used",
      fr: "le FPort des commandes n’est pas publié : celui des trames montantes est employé",
    },
    {
      en: "the meaning of the interrupt modes, and of the two highest bits of the battery",
      fr: "le sens des modes d’interruption, et des deux bits de poids fort de la pile",
    },
  ],
});
