import {
  bits,
  blocks,
  cases,
  channel,
  channels,
  constant,
  dotted,
  formula,
  hex,
  hexLe,
  i8,
  inline,
  le,
  masked,
  oneOf,
  record,
  sized,
  u8,
} from "../language/index.ts";
import { ADDRESSES, METERS, REASONS } from "./nas-words.ts";

const { u16, u32 } = le;

/** The light sensor counts on a logarithmic scale: lux = 10^(count / 4000) / 1000, 15 bits. Its steps are 0.06 % apart. */
const light = (instance?: string) =>
  formula(u16.absent(0xffff), {
    value: (wire) => 10 ** ((wire & 0x7fff) / 4000) / 1000,
    toWire: (lux) => 4000 * Math.log10(lux * 1000),
    unit: "lx",
    range: [0.001, 160_000],
    quantity: "air.illuminance",
    digits: 4,
    ...(instance === undefined ? {} : { instance }),
  });

const sensors = channels({
  ldr: channel(0x01, u8),
  light: channel(0x02, light()),
  light2: channel(0x03, light("2")),
  digitalInput: channel(0x04, bits({ on: 0 })),
  tilt: channel(0x08, u8.unit("deg").quantity("device.tilt")),
});

const lamp = record({
  address: oneOf(ADDRESSES),
  reason: oneOf(REASONS).quantity("lamp.reason"),
  level: u8.unit("%").range(0, 100).absent(0xff).quantity("lamp.level"),
  dali: bits({
    driverError: { bit: 0, quantity: "gear.failure" },
    lampFailure: { bit: 1, quantity: "lamp.failure" },
    lampOn: { bit: 2, quantity: "lamp.on" },
    limitError: 3,
    fading: 4,
    reset: 5,
    addressMissing: 6,
    powerFailure: 7,
  }).absent(0xff),
});

/** What the header byte says changed in firmware 1.1.4: before it the inputs stood in the state byte. */
export const status = record({
  format: oneOf({ "before 1.1.4": 0, "from 1.1.4": 1 }),
  time: u32.clock(),
  state: bits({
    daliError: 1,
    ldrOn: 2,
    digitalOn: 4,
    meterError: 5,
    clockWarning: 6,
    relayClosed: 7,
  }),
  connections: bits({ openDrainOn: 2, lumalinkConnected: 6, lumalinkSinceBoot: 7 }),
  rssi: u8.times(-1).unit("dB[mW]"),
  snr: i8.unit("dB"),
  temperature: i8.unit("Cel").quantity("device.temperature"),
  alerts: bits({ voltage: 4, lampError: 5, power: 6, powerFactor: 7 }),
  sensors: sized(sensors),
  lamps: blocks(lamp, { instances: { field: "address", whole: ["broadcast", "all-drivers"] } }),
});

const meter = masked({
  energy: { bit: 0, part: u32.unit("Wh").quantity("lamp.energy") },
  power: { bit: 1, part: u16.unit("W").quantity("lamp.power") },
  loadEnergy: { bit: 2, part: u32.unit("Wh") },
  loadPower: { bit: 3, part: u16.unit("W") },
  powerFactor: { bit: 4, part: u8.per(100).quantity("lamp.powerFactor") },
  voltage: { bit: 5, part: u8.unit("V").quantity("lamp.voltage") },
  driverTime: { bit: 6, part: u32.unit("s") },
  lampOnTime: { bit: 7, part: u32.unit("s").quantity("lamp.onTime") },
});

export const usage = record({
  format: constant(0x00),
  meters: blocks(record({ address: oneOf(METERS), values: inline(meter) }), {
    instances: { field: "address", whole: ["broadcast", "internal"] },
  }),
});

export const boot = record({
  format: constant(0x00),
  serial: hexLe(4),
  firmware: dotted(3),
  time: u32.clock(),
  /** Wiring, features and reset reason; their places are not published. */
  configuration: hex("rest"),
});

const rest = hex("rest");

/** What follows the kind is published for the meter only; the others are kept as they came. */
export const alert = cases("alert", {
  digitalInput: { code: 0x80, fields: { content: rest } },
  ldr: { code: 0x81, fields: { content: rest } },
  dali: { code: 0x83, fields: { content: rest } },
  meter: {
    code: 0x84,
    fields: {
      cause: oneOf({ overCurrent: 0x02 }),
      power: u16.unit("W").quantity("lamp.power"),
      voltage: u16.unit("V").quantity("lamp.voltage"),
      powerFactor: u8.per(100).quantity("lamp.powerFactor"),
    },
  },
});
