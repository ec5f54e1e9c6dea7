/**
 * What Milesight's devices share: channels with keys of two bytes (channel, type), least significant byte first, both ways on
 * FPort 85. A model spreads what it has: `channels({ ...battery, … })`, `commands: { reboot, … }`.
 */
import { channel, command, le, u8 } from "../language/index.ts";

export const MILESIGHT_PORT = 85;

export const battery = { battery: channel(0x01, 0x75, u8.unit("%").range(0, 100).quantity("battery.level")) };

/** Temperature and humidity of the air around the device. */
export const climate = {
  temperature: channel(0x03, 0x67, le.i16.per(10).unit("Cel").quantity("air.temperature")),
  humidity: channel(0x04, 0x68, u8.per(2).unit("%").range(0, 100).quantity("air.humidity")),
};

/**
 * Seconds between two reports. Orders are a model's own: a device that reports like its family need not obey like it, so that a model
 * has this one and `reboot` only where their bytes are published for it. Limits narrower than the wire's likewise.
 */
export const reportInterval = (min = 0, max = 0xffff) =>
  command([0xff, 0x03], { seconds: le.u16.unit("s").range(min, max) });

export const reboot = command([0xff, 0x10, 0xff], {});
