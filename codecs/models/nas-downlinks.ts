import {
  blocks,
  command,
  constant,
  countOf,
  hex,
  hexLe,
  i8,
  inline,
  le,
  oneOf,
  record,
  u8,
  wishes,
} from "../language/index.ts";
import { ADDRESSES } from "./nas-words.ts";

const { u16, u32, i16 } = le;

const ORDERS = { port: 60 };
const CONFIGURATION = { port: 50 };

const address = oneOf(ADDRESSES).default("broadcast");
const level = u8.unit("%").range(0, 100);
const minutes = u8.unit("min").range(1, 255);
/** Degrees from the zenith at which the sun is when a step begins: sixths of a degree around the horizon. */
const zenith = i8.per(6).plus(90).unit("deg");

/** Orders: what the lamp does now. */
export const orders = {
  /** Holds the level until another order or `release`. */
  dim: command([0x01], { address, level }, ORDERS),
  /** Back to calendar and profiles. */
  release: command([0x01], { address, automation: constant(0xff) }, ORDERS),
  "timed-dim": command([0x09], { address, level, minutes }, ORDERS),
  /** Parts with a level of their own, in one frame; one part alone is `dim` or `release`. */
  "dim-each": command(
    [0x01],
    { lamps: blocks(record({ address, level: level.or({ release: 0xff }) }), { least: 2 }) },
    ORDERS,
  ),
  "timed-dim-each": command([0x09], { lamps: blocks(record({ address, level, minutes }), { least: 2 }) }, ORDERS),
  "request-now": command([0x05], { what: inline(wishes({ usage: 0, status: 1, dimMap: 2, gnss: 3 })) }, ORDERS),
};

/** Firmware 1.0 knows profiles and calendars by other numbers. */
export const schedules = (numbers: { readonly profile: number; readonly calendar: number }) => ({
  /** Levels by time of day on chosen days; `release` ends what the steps before it set. */
  profile: command(
    [numbers.profile],
    {
      id: u8,
      count: countOf("steps"),
      address,
      days: inline(
        wishes({ holiday: 0, monday: 1, tuesday: 2, wednesday: 3, thursday: 4, friday: 5, saturday: 6, sunday: 7 }),
      ),
      reserved: constant(0x00),
      steps: blocks(record({ time: u8.times(10).unit("min").range(0, 1430), level: level.or({ release: 0xff }) }), {
        count: "announced",
      }),
    },
    CONFIGURATION,
  ),
  /** A calendar of one step at dawn and one at dusk, the only form whose every byte is published. */
  calendar: command(
    [numbers.calendar, 0x11, 0x00],
    {
      latitude: i16.per(100).unit("deg").range(-90, 90),
      longitude: i16.per(100).unit("deg").range(-180, 180),
      dawnZenith: zenith,
      dawnLevel: level,
      duskZenith: zenith,
      duskLevel: level,
    },
    CONFIGURATION,
  ),
});

/** Settings: the lamp keeps them, and sends what it accepted back on the same port. */
export const settings = {
  "status-interval": command([0x07], { seconds: u32.unit("s").range(60, 86_400) }, CONFIGURATION),
  "usage-interval": command([0x0b], { seconds: u32.unit("s"), mains: u8.unit("V") }, CONFIGURATION),
  /** Seconds since 1970; 0 lets the lamp ask the network for the time. */
  "set-clock": command([0x09], { time: u32.unit("s").default(0) }, CONFIGURATION),
  fallback: command([0x25], { level }, CONFIGURATION),
  ...schedules({ profile: 0x21, calendar: 0x20 }),
  holidays: command(
    [0x23],
    { dates: blocks(record({ month: u8.range(1, 12), day: u8.range(1, 31) }), { count: "counted" }) },
    CONFIGURATION,
  ),
  /**
   * Address and keys of a multicast group. Read so: an index of one byte, the address little-endian as published, the keys as they
   * are written; the lamp sends back what it took, and that alone counts.
   */
  "multicast-group": command(
    [0x52],
    { index: u8, address: hexLe(4), networkKey: hex(16), applicationKey: hex(16) },
    CONFIGURATION,
  ),
  /** The unit of the delay is not published. */
  "boot-delay": command([0x0d], { delay: u16 }, CONFIGURATION),
  "clear-configuration": command([0xff], { id: u8.range(0, 0xfe) }, CONFIGURATION),
  /** As delivered; with the serial number that the lamp tells at its start. */
  "factory-reset": command([0xff, 0xff], { serial: hexLe(4) }, CONFIGURATION),
  "read-configuration": command([], { id: u8 }, { port: 49 }),
};

export const care = {
  reboot: command([0xfe], {}, { port: 51 }),
  "update-mode": command([0xff], {}, { port: 51 }),
};
