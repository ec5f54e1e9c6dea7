/** Water meters and leak detectors. */
import { adeunisPulse4 } from "../../codecs/models/adeunis-pulse-4.ts";
import { axiomaW1 } from "../../codecs/models/axioma-w1.ts";
import { browanTbwl100 } from "../../codecs/models/browan-tbwl100.ts";
import { milesightEm300Di } from "../../codecs/models/milesight-em300-di.ts";
import { milesightEm300Sld } from "../../codecs/models/milesight-em300-sld.ts";
import { wattecoPulseSensO } from "../../codecs/models/watteco.ts";
import type { Model } from "../words.ts";
import { HOUR, model } from "./declare.ts";
import { WATTECO_SETTINGS } from "./watteco.ts";

/** Of a home, as usually installed: its index tells when somebody is there. */
const meter = {
  use: "water",
  assetKinds: ["meter"],
  deviceClass: "A",
  expectedIntervalSeconds: 6 * HOUR,
  dataProtection: "dwelling",
  entityType: "WaterConsumptionObserved",
} as const;

/** On the floor of a cellar or a boiler room. */
const leak = {
  use: "water",
  assetKinds: ["room", "meter"],
  deviceClass: "A",
  dataProtection: "things",
  entityType: "DeviceMeasurement",
} as const;

export const water: readonly Model[] = [
  model(axiomaW1, { ...meter, aliases: ["Qalcosonic W1"] }),
  model(milesightEm300Di, {
    ...meter,
    aliases: ["EM300-DI"],
    expectedIntervalSeconds: HOUR,
  }),
  model(adeunisPulse4, meter),
  model(wattecoPulseSensO, {
    ...meter,
    aliases: ["Pulse SensO"],
    settings: ["report-pulses", "report-battery", ...WATTECO_SETTINGS],
  }),
  model(milesightEm300Sld, {
    ...leak,
    aliases: ["EM300-SLD", "EM300-ZLD"],
    expectedIntervalSeconds: HOUR,
  }),
  // Speaks when it gets wet; between, a sign of life.
  model(browanTbwl100, { ...leak, aliases: ["TBWL100"], expectedIntervalSeconds: 24 * HOUR }),
];
