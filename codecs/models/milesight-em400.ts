import {
  channel,
  channels,
  command,
  constant,
  defineCodec,
  inline,
  le,
  oneOf,
  record,
  wishes,
  yesNo,
} from "../language/index.ts";
import { battery, MILESIGHT_PORT, reboot, reportInterval } from "./milesight.ts";

const { u16, i16 } = le;

const temperature = i16.per(10).unit("Cel").quantity("device.temperature");
const distance = u16.unit("mm").quantity("container.distance");

/**
 * Milesight EM400-MUD, EM400-TLD and EM400-UDL: distance sensors for containers. The temperature is that of the sensor in its
 * lid, not of the air outside; whether a threshold alarm is on stands beside the value that raised it.
 */
export const milesightEm400 = defineCodec({
  id: "milesight-em400",
  version: 1,
  maker: "Milesight",
  name: "EM400-MUD / TLD / UDL",
  what: { en: "distance sensor for containers", fr: "capteur de distance pour conteneurs" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      ...battery,
      temperature: channel(0x03, 0x67, temperature),
      distance: channel(0x04, 0x82, distance),
      position: channel(0x05, 0x00, oneOf({ normal: 0, tilt: 1 }).truth("container.tilted", "tilt")),
      temperatureAlarm: channel(0x83, 0x67, record({ temperature, alarm: yesNo })),
      distanceAlarm: channel(0x84, 0x82, record({ distance, alarm: yesNo })),
    }),
  },
  downlinkPort: MILESIGHT_PORT,
  commands: {
    "report-interval": reportInterval(60, 64_800),
    "working-mode": command([0xff, 0x71], { mode: oneOf({ standard: 0, bin: 1, parking: 2 }) }),
    "install-height": command([0xff, 0x77], { height: u16.unit("mm") }),
    "distance-threshold": command([0xff, 0x06], {
      control: inline(
        wishes({
          condition: { from: 0, width: 3, codes: { off: 0, below: 1, above: 2, between: 3, outside: 4 } },
          mode: { from: 3, width: 3, codes: { standard: 1, bin: 2 } },
          release: 7,
        }),
      ),
      min: u16.unit("mm").default(0),
      max: u16.unit("mm").default(0),
      reserved: constant(0, 0, 0, 0),
    }),
    reboot,
  },
  verified: {
    uplinks: [MILESIGHT_PORT],
    commands: ["report-interval", "working-mode", "install-height", "distance-threshold"],
  },
  notCovered: [
    {
      en: "EM310-UDL and EM500-UDL: named as the same family, without a frame of their own: a channel they do not share ends the reading with a warning",
      fr: "EM310-UDL et EM500-UDL : donnés de la même famille, sans trame à eux : un canal qu’ils ne partagent pas arrête la lecture avec un avertissement",
    },
    {
      en: "tilt link (FF3E), ToF enable (FF56), height enable (FF13), recollection (FF1C): their arguments are not published with bytes",
      fr: "lien d’inclinaison (FF3E), activation du ToF (FF56) et de la hauteur (FF13), nouveau relevé (FF1C) : les octets de leurs arguments ne sont pas publiés",
    },
  ],
});
