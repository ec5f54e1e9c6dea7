/**
 * Adeunis TIC, what a French meter says on its customer outlet in historic mode, label by label as the grid operator names them. The
 * kinds of meter share the frame's code, so each is a model of its own. Three-phase frames and units are as the maker's own library
 * reads them (@adeunis/codecs 1.6.1, MIT).
 */
import { ascii, be, constant, defineCodec, record } from "../language/index.ts";
import { ADEUNIS_PORT, ticStatus } from "./adeunis.ts";

const number = be.u32.absent(0x8000_0000);
const amperes = number.unit("A");
const energy = number.unit("Wh");

const head = { code: constant(0x49), status: ticStatus, ADCO: ascii(12) };
const apparent = number.unit("VA").quantity("power.apparent");
const base = energy.quantity("meter.energy.total");

const about = {
  version: 1,
  maker: "Adeunis",
  anyPort: ADEUNIS_PORT,
  verified: { uplinks: [ADEUNIS_PORT] },
  notCovered: [
    {
      en: "standard-mode Linky frames, meters of PME-PMI, and frames other than 49",
      fr: "les trames de Linky en mode standard, les compteurs PME-PMI et les trames autres que 49",
    },
    { en: "downlinks (registers)", fr: "commandes (registres)" },
    {
      en: "ADCO is the meter's number, which identifies a household: it is a field and stays in the frame, but it is no measurement",
      fr: "ADCO est le numéro du compteur, qui désigne un foyer : c’est un champ et il reste dans la trame, mais ce n’est pas une mesure",
    },
  ],
} as const;

export const adeunisTicMono = defineCodec({
  ...about,
  id: "adeunis-tic-mono",
  name: "TIC CBE / Linky mono",
  what: { en: "reader of a single-phase meter", fr: "lecteur de compteur monophasé" },
  uplink: {
    [ADEUNIS_PORT]: record({
      ...head,
      OPTARIF: ascii(4),
      BASE: base,
      ISOUSC: amperes,
      IINST: amperes.quantity("power.current"),
      IMAX: amperes,
      PAPP: apparent,
      HCHC: energy.quantity("meter.energy.total", { instance: "HC" }),
      HCHP: energy.quantity("meter.energy.total", { instance: "HP" }),
      PTEC: ascii(4),
    }),
  },
});

export const adeunisTicTri = defineCodec({
  ...about,
  id: "adeunis-tic-tri",
  name: "TIC CBE / Linky tri",
  what: { en: "reader of a three-phase meter", fr: "lecteur de compteur triphasé" },
  uplink: {
    [ADEUNIS_PORT]: record({
      ...head,
      BASE: base,
      IINST1: amperes.quantity("power.current", { instance: "L1" }),
      IINST2: amperes.quantity("power.current", { instance: "L2" }),
      IINST3: amperes.quantity("power.current", { instance: "L3" }),
      IMAX1: amperes,
      IMAX2: amperes,
      IMAX3: amperes,
      PMAX: number.unit("W"),
      PAPP: apparent,
    }),
  },
});
