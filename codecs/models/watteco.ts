/**
 * Watteco (formerly nke): one attribute a frame in the manner of Zigbee's cluster library, most significant byte first. One family of
 * frames serves all models; a model is what it is used for and what can be told to it. The power descriptor's sources, the further end
 * points and the type of on/off are as the maker's Python library documents them (codec-watteco 0.0.9, MIT).
 */
import {
  be,
  cases,
  command,
  defineCodec,
  hex,
  inline,
  masked,
  oneOf,
  partOf,
  record,
  sized,
  u8,
  yesNo,
} from "../language/index.ts";
import type { Part } from "../language/part.ts";
import {
  reportAnalog,
  reportBattery,
  reportCurrent,
  reportHumidity,
  reportOutput,
  reportPulses,
  reportTemperature,
} from "./watteco-reporting.ts";
import { END_POINTS, WATTECO_PORT } from "./watteco-words.ts";

const { u16, i16, u32, f32 } = be;

/** Why an alarm was sent; its parts are not published. */
const cause = hex("rest");

const analog = (value: Part<number>) => ({ code: [0x00, 0x0c, 0x00, 0x55, 0x39], fields: { analog: value, cause } });

const power = {
  code: [0x00, 0x50, 0x00, 0x06, 0x41],
  fields: {
    power: sized(
      record({
        mode: oneOf({ "on when idle": 0, "on at intervals": 1, "on at events": 2, other: 3 }),
        voltages: inline(
          masked({
            constant: { bit: 0, part: u16.unit("mV") },
            rechargeable: {
              bit: 1,
              part: u16.unit("mV").quantity("battery.voltage", { instance: "rechargeable" }),
            },
            disposable: { bit: 2, part: u16.unit("mV").quantity("battery.voltage") },
            solar: { bit: 3, part: u16.unit("mV") },
            meter: { bit: 4, part: u16.unit("mV") },
          }),
        ),
        source: oneOf({ none: 0, constant: 1, rechargeable: 2, disposable: 4, solar: 8, meter: 16 }),
      }),
    ),
    cause,
  },
};

/** Clusters and attributes, then the type of the value. */
const attributes = cases("attribute", {
  temperature: {
    code: [0x04, 0x02, 0x00, 0x00, 0x29],
    fields: { temperature: i16.per(100).unit("Cel").quantity("air.temperature"), cause },
  },
  humidity: {
    code: [0x04, 0x05, 0x00, 0x00, 0x21],
    fields: { humidity: u16.per(100).unit("%").range(0, 100).quantity("air.humidity"), cause },
  },
  pulses: { code: [0x00, 0x0f, 0x04, 0x02, 0x23], fields: { pulses: u32.quantity("pulse.total"), cause } },
  /** Its meaning and unit are the model's. */
  analog: analog(f32),
  output: { code: [0x00, 0x06, 0x00, 0x00, 0x10], fields: { on: yesNo.truth("relay.closed", true), cause } },
  power,
  /** A historic-mode meter, in the one selection of labels of which a frame is published. */
  meter: {
    code: [0x00, 0x54, 0x00, 0x00, 0x41, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40],
    fields: { BASE: u32.unit("Wh").quantity("meter.energy.total"), cause },
  },
  standardMeter: { code: [0x00, 0x56], fields: { content: hex("rest") } },
});

const frame = <Out, In>(value: Part<Out, In>) =>
  partOf("endPoint", "0", {
    endPoint: oneOf(END_POINTS),
    kind: oneOf({ answer: 0x01, report: 0x0a, alarm: 0x8a }),
    value,
  });

const plain = frame(attributes);

const device = {
  reboot: command([0x11, 0x50, 0x00, 0x50, 0x00], {}),
  "factory-reset": command([0x11, 0x50, 0x00, 0x50, 0x07], {}),
  "confirmed-uplinks": command([0x11, 0x05, 0x80, 0x04, 0x00, 0x00, 0x08, 0x01], {}),
  retries: command([0x11, 0x05, 0x80, 0x04, 0x00, 0x01, 0x20], { count: u8 }),
};
const output = {
  on: command([0x11, 0x50, 0x00, 0x06, 0x00, 0x01], {}),
  off: command([0x11, 0x50, 0x00, 0x06, 0x00, 0x00], {}),
  toggle: command([0x11, 0x50, 0x00, 0x06, 0x00, 0x02], {}),
};

const NOT_COVERED = [
  "attributes other than these, and batches of several (the compressed reports)",
  "answers (01) in which a status byte stands before the type: the sources do not agree on it; such a frame is kept with its reason",
  "meter frames with another selection of labels, and those of Linky's standard mode (0056): their content is kept as bytes",
  "reports set up with thresholds, in batches or of other attributes, and the device's answer to a set-up (07)",
];
const OUTPUT_NOT_COVERED =
  "the bytes of `on` are believed, not verified; those of `off` and `toggle` are verified; the maker's older Python library writes all three one byte shorter (1150000601 for on)";

const reportsBattery = { "report-battery": reportBattery };
const reportsOutput = { "report-output": reportOutput };
const reportsPulses = { "report-pulses": reportPulses };
const reportsAll = {
  "report-temperature": reportTemperature,
  "report-humidity": reportHumidity,
  ...reportsPulses,
  "report-analog": reportAnalog,
  ...reportsOutput,
  ...reportsBattery,
};

const about = { version: 1, maker: "Watteco", downlinkPort: WATTECO_PORT } as const;

/** Temperature, humidity, pulses, states: every model that has no record of its own. */
export const watteco = defineCodec({
  ...about,
  id: "watteco",
  name: "sensors (Sens'O family)",
  uplink: { [WATTECO_PORT]: plain },
  commands: { ...reportsAll, ...device },
  verified: {
    uplinks: [WATTECO_PORT],
    commands: [
      "report-temperature",
      "report-humidity",
      "report-pulses",
      "report-analog",
      "report-output",
      "report-battery",
    ],
  },
  notCovered: ["what an analog value means: its model says it", ...NOT_COVERED],
});

export const wattecoPulseSensO = defineCodec({
  ...about,
  id: "watteco-pulse-sens-o",
  name: "Pulse Sens'O",
  family: "watteco",
  uplink: { [WATTECO_PORT]: plain },
  commands: { ...reportsPulses, ...reportsBattery, ...device },
  verified: { uplinks: [WATTECO_PORT], commands: ["report-pulses", "report-battery"] },
  notCovered: NOT_COVERED,
});

export const wattecoTicSO = defineCodec({
  ...about,
  id: "watteco-tic-s-o",
  name: "TIC'S'O",
  family: "watteco",
  uplink: { [WATTECO_PORT]: plain },
  commands: { ...reportsBattery, ...device },
  verified: { uplinks: [WATTECO_PORT], commands: ["report-battery"] },
  notCovered: NOT_COVERED,
});

/** Its analog value is a current. */
export const wattecoIntensO = defineCodec({
  ...about,
  id: "watteco-intens-o",
  name: "Intens'O",
  uplink: {
    [WATTECO_PORT]: frame(cases("attribute", { analog: analog(f32.unit("A").quantity("power.current")), power })),
  },
  commands: { "report-current": reportCurrent, ...reportsBattery, ...device },
  verified: { uplinks: [WATTECO_PORT], commands: ["report-current", "report-battery"] },
  notCovered: NOT_COVERED,
});

export const wattecoSmartPlug = defineCodec({
  ...about,
  id: "watteco-smart-plug",
  name: "Smart Plug",
  family: "watteco",
  uplink: { [WATTECO_PORT]: plain },
  commands: { ...output, ...reportsOutput, ...device },
  verified: { uplinks: [WATTECO_PORT], commands: ["off", "toggle", "report-output"] },
  notCovered: [
    OUTPUT_NOT_COVERED,
    "energy and power quality of the plug: their attributes are not published",
    ...NOT_COVERED,
  ],
});

/** A pilot wire's order; which number is which order is not published. */
export const wattecoSmartpilot = defineCodec({
  ...about,
  id: "watteco-smartpilot",
  name: "Smartpilot",
  family: "watteco",
  uplink: { [WATTECO_PORT]: plain },
  commands: { order: command([0x11, 0x05, 0x00, 0x13, 0x00, 0x55, 0x20], { order: u8 }), ...device },
  notCovered: ["which number is which order of the pilot wire", ...NOT_COVERED],
});
