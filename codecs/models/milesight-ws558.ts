import { bits, channel, channels, command, defineCodec, le, record, u8, wishes } from "../language/index.ts";
import { MILESIGHT_PORT, reboot, reportInterval } from "./milesight.ts";

const { u16, u32 } = le;

const RELAYS = { relay1: 0, relay2: 1, relay3: 2, relay4: 3, relay5: 4, relay6: 5, relay7: 6, relay8: 7 };
const closed = (bit: number) => ({ bit, quantity: "relay.closed", instance: String(bit + 1) }) as const;

/** Only relays that `change` names are switched. */
const switching = { change: wishes(RELAYS), closed: wishes(RELAYS) };

/** Milesight WS558, eight relays and one meter for all of them: the feeder cabinet of a street. */
export const milesightWs558 = defineCodec({
  id: "milesight-ws558",
  version: 1,
  maker: "Milesight",
  name: "WS558",
  what: { en: "switch with 8 relays and a meter", fr: "commande à 8 relais, avec comptage" },
  uplink: {
    [MILESIGHT_PORT]: channels({
      voltage: channel(0x03, 0x74, u16.per(10).unit("V").quantity("power.voltage")),
      power: channel(0x04, 0x80, u32.unit("W").quantity("power.active")),
      powerFactor: channel(0x05, 0x81, u8.unit("%").quantity("power.factor")),
      energy: channel(0x06, 0x83, u32.unit("Wh").quantity("meter.energy.total")),
      current: channel(0x07, 0xc9, u16.unit("mA").quantity("power.current")),
      relays: channel(
        0x08,
        0x31,
        record({
          changed: bits(RELAYS),
          closed: bits({
            relay1: closed(0),
            relay2: closed(1),
            relay3: closed(2),
            relay4: closed(3),
            relay5: closed(4),
            relay6: closed(5),
            relay7: closed(6),
            relay8: closed(7),
          }),
        }),
      ),
    }),
  },
  downlinkPort: MILESIGHT_PORT,
  commands: {
    switch: command([0x08], switching),
    "delayed-switch": command([0xff, 0x32], { id: u8, delay: u16.unit("s"), ...switching }),
    "report-interval": reportInterval(),
    reboot,
  },
  verified: { uplinks: [MILESIGHT_PORT], commands: ["switch", "delayed-switch"] },
});
