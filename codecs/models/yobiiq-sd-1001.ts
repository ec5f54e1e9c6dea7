import { be, channel, channels, command, defineCodec, u8, yesNo } from "../language/index.ts";

/** Yobiiq SD-1001, smoke detector. Most significant byte first. */
export const yobiiqSd1001 = defineCodec({
  id: "yobiiq-sd-1001",
  version: 1,
  maker: "Yobiiq",
  name: "SD-1001 smoke detector",
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
  notCovered: [
    "the report interval (FF03): the maker's published bytes swap the halves of the low byte (300 s as C201), so which bytes the detector takes is not known",
  ],
});
