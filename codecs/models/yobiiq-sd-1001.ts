import { be, channel, channels, command, defineCodec, u8, yesNo } from "../language/index.ts";

/** Yobiiq SD-1001, smoke detector. Most significant byte first. */
export const yobiiqSd1001 = defineCodec({
  id: "yobiiq-sd-1001",
  version: 1,
  maker: "Yobiiq",
  name: "SD-1001",
  what: { en: "smoke detector", fr: "détecteur de fumée" },
  uplink: {
    8: channels({
      battery: channel(0x01, 0x00, u8.unit("%").range(0, 100).quantity("battery.level")),
      power: channel(0x02, 0x00, yesNo),
      lowBattery: channel(0x03, 0x00, yesNo),
      fault: channel(0x04, 0x00, yesNo),
      smoke: channel(0x05, 0x00, yesNo.truth("smoke.alarm", true)),
      interconnect: channel(0x06, 0x00, yesNo),
      test: channel(0x07, 0x00, yesNo),
    }),
  },
  downlinkPort: 8,
  commands: { silence: command([0xff, 0x0a], { seconds: be.u16.unit("s") }) },
  verified: { uplinks: [8], commands: ["silence"] },
  differs: [
    {
      en: "the published encoder swaps the halves of the low byte of the report interval (FF03: 300 s as C201), and its own vectors hold it to that",
      fr: "l’encodeur publié échange les moitiés de l’octet de poids faible de l’intervalle d’envoi (FF03 : 300 s en C201), et ses propres vecteurs l’y tiennent",
    },
  ],
  notCovered: [
    {
      en: "the report interval (FF03): which bytes the detector takes is not known",
      fr: "l’intervalle d’envoi (FF03) : quels octets le détecteur accepte n’est pas connu",
    },
  ],
});
