import { be, defineCodec, formula, record } from "../language/index.ts";
import { DECENTLAB_PORT, decentlabCommands, decentlabFrame } from "./decentlab.ts";

const { u16 } = be;
const mass = u16.per(10).unit("ug/m3");

/** Of a sixteen-bit sensor: `span × word / 65 536 − offset`. */
const share = (span: number, offset: number) => ({
  value: (word: number) => (span * word) / 65_536 - offset,
  toWire: (value: number) => ((value + offset) * 65_536) / span,
});

/** Decentlab DL-PM, fine dust with temperature, humidity and pressure. */
export const decentlabDlPm = defineCodec({
  id: "decentlab-dl-pm",
  version: 1,
  maker: "Decentlab",
  name: "DL-PM",
  what: { en: "particulate matter", fr: "particules fines" },
  uplink: {
    1: decentlabFrame({
      battery: { bit: 0, part: u16.unit("mV").quantity("battery.voltage") },
      particles: {
        bit: 1,
        part: record({
          pm1: mass.quantity("air.pm1"),
          pm2_5: mass.quantity("air.pm2_5"),
          pm4: mass.quantity("air.pm4"),
          pm10: mass.quantity("air.pm10"),
          count1: u16,
          count2: u16,
          count3: u16,
          count4: u16,
          count5: u16,
          typicalSize: u16.unit("nm"),
        }),
      },
      climate: {
        bit: 2,
        part: record({
          temperature: formula(u16, {
            ...share(175.72, 46.85),
            unit: "Cel",
            range: [-46.85, 128.87],
            quantity: "air.temperature",
            digits: 4,
          }),
          humidity: formula(u16, { ...share(125, 6), unit: "%", range: [0, 100], quantity: "air.humidity", digits: 4 }),
        }),
      },
      pressure: { bit: 3, part: u16.times(2).unit("Pa").quantity("air.pressure") },
    }),
  },
  anyPort: 1,
  downlinkPort: DECENTLAB_PORT,
  commands: decentlabCommands,
  verified: { uplinks: [1] },
  notCovered: [
    {
      en: "the sizes of particles that the five counts are of",
      fr: "les tailles de particules auxquelles se rapportent les cinq comptes",
    },
    {
      en: "models other than this one (ATM41, LP8P and so on): no source gave their tables of blocks",
      fr: "les modèles autres que celui-ci (ATM41, LP8P, etc.) : leurs tables de blocs ne sont pas connues d’une source",
    },
    {
      en: "settings other than the send period and switching ADR off",
      fr: "les réglages autres que la période d’envoi et l’arrêt de l’ADR",
    },
  ],
});
