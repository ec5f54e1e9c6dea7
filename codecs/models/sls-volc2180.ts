import { be, cases, defineCodec, u8 } from "../language/index.ts";

const { u16, u24, u32 } = be;

const meter = {
  dim: u8.times(2).per(5).unit("%").range(0, 100).quantity("lamp.level"),
  power: u16.unit("W").quantity("lamp.power"),
  /** The unit is not published. */
  energy: u24.per(1000),
  powerFactor: u16.per(1000).quantity("lamp.powerFactor"),
  current: u16.unit("mA").quantity("lamp.current"),
  voltage: u32.unit("mV").quantity("lamp.voltage"),
};

/** SLS Corp / ViaLights VOLC2180: the meter of a luminaire controller. The published script for it does not run in strict mode. */
export const slsVolc2180 = defineCodec({
  id: "sls-volc2180",
  version: 1,
  maker: "SLS",
  name: "VOLC2180",
  what: { en: "luminaire controller", fr: "contrôleur de luminaire" },
  uplink: {
    1: cases("report", {
      meter: { code: 0x58, fields: meter },
      trap: { code: 0x00, fields: { ...meter, temperature: u8 } },
      ldr: { code: 0x6a, fields: { ldr: u16 } },
    }),
  },
  anyPort: 1,
  verified: { uplinks: [1] },
  differs: [
    { en: "the published script does not run in strict mode", fr: "le script publié ne tourne pas en mode strict" },
  ],
  notCovered: [
    {
      en: "the FPort is not published: frames of any port are read",
      fr: "le FPort n’est pas publié : les trames de tout port sont lues",
    },
    { en: "the units of energy and temperature", fr: "les unités de l’énergie et de la température" },
    {
      en: "downlinks: of on and off (10, 12), brightness (13, 15) and meter (57) only the numbers are published, not the arguments",
      fr: "commandes : de la marche et de l’arrêt (10, 12), de l’intensité (13, 15) et du comptage (57), seuls les numéros sont publiés, pas les arguments",
    },
  ],
});
