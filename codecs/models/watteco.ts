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
  {
    en: "attributes other than these, and batches of several (the compressed reports)",
    fr: "les attributs autres que ceux-ci, et les lots de plusieurs (les rapports compressés)",
  },
  {
    en: "answers (01) in which a status byte stands before the type: the sources do not agree on it; such a frame is kept with its reason",
    fr: "les réponses (01) où un octet d’état précède le type : les sources ne s’accordent pas ; une telle trame est gardée avec sa raison",
  },
  {
    en: "meter frames with another selection of labels, and those of Linky's standard mode (0056): their content is kept as bytes",
    fr: "les trames de compteur avec un autre choix d’étiquettes, et celles du mode standard de Linky (0056) : leur contenu est gardé en octets",
  },
  {
    en: "reports set up with thresholds, in batches or of other attributes, and the device's answer to a set-up (07)",
    fr: "les rapports réglés par seuils, par lots ou sur d’autres attributs, et la réponse de l’appareil à un réglage (07)",
  },
];
const OUTPUT_NOT_COVERED = {
  en: "the bytes of `on` are believed, not verified; those of `off` and `toggle` are verified",
  fr: "les octets de `on` sont supposés, non vérifiés ; ceux de `off` et `toggle` le sont",
};

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

export const WATTECO_REPORTS = Object.keys(reportsAll) as readonly (keyof typeof reportsAll)[];

const about = { version: 1, maker: "Watteco", downlinkPort: WATTECO_PORT } as const;

/** Temperature, humidity, pulses, states: every model that has no record of its own. */
export const watteco = defineCodec({
  ...about,
  id: "watteco",
  name: "Sens'O",
  what: { en: "sensors, one family of frames", fr: "capteurs, une famille de trames" },
  uplink: { [WATTECO_PORT]: plain },
  commands: { ...reportsAll, ...device },
  verified: {
    uplinks: [WATTECO_PORT],
    commands: WATTECO_REPORTS,
  },
  differs: [
    {
      en: "one of the maker's published vectors, of Triphas'O, is wrong; it is not among ours",
      fr: "un des vecteurs publiés par le fabricant, du Triphas'O, est faux ; il n’est pas parmi les nôtres",
    },
  ],
  notCovered: [
    {
      en: "what an analog value means: its model says it",
      fr: "ce que signifie une valeur analogique : son modèle le dit",
    },
    ...NOT_COVERED,
  ],
});

export const wattecoPulseSensO = defineCodec({
  ...about,
  id: "watteco-pulse-sens-o",
  name: "Pulse Sens'O",
  what: { en: "pulse counter", fr: "compteur d’impulsions" },
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
  what: { en: "reader of a meter", fr: "lecteur de compteur" },
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
  what: { en: "current sensor", fr: "capteur de courant" },
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
  what: { en: "switched plug", fr: "prise commandée" },
  family: "watteco",
  uplink: { [WATTECO_PORT]: plain },
  commands: { ...output, ...reportsOutput, ...device },
  verified: { uplinks: [WATTECO_PORT], commands: ["off", "toggle", "report-output"] },
  differs: [
    {
      en: "the maker's older Python library writes `on`, `off` and `toggle` one byte shorter (1150000601 for `on`)",
      fr: "l’ancienne bibliothèque Python du fabricant écrit `on`, `off` et `toggle` avec un octet de moins (1150000601 pour `on`)",
    },
  ],
  notCovered: [
    OUTPUT_NOT_COVERED,
    {
      en: "energy and power quality of the plug: their attributes are not published",
      fr: "énergie et qualité du courant de la prise : leurs attributs ne sont pas publiés",
    },
    ...NOT_COVERED,
  ],
});

/** A pilot wire's order; which number is which order is not published. */
export const wattecoSmartpilot = defineCodec({
  ...about,
  id: "watteco-smartpilot",
  name: "Smartpilot",
  what: { en: "pilot wire control", fr: "commande de fil pilote" },
  family: "watteco",
  uplink: { [WATTECO_PORT]: plain },
  commands: { order: command([0x11, 0x05, 0x00, 0x13, 0x00, 0x55, 0x20], { order: u8 }), ...device },
  notCovered: [
    { en: "which number is which order of the pilot wire", fr: "quel numéro est quel ordre du fil pilote" },
    ...NOT_COVERED,
  ],
});
