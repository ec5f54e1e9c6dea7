/** Water meters and leak detectors. */
import { axiomaW1 } from "../../codecs/models/axioma-w1.ts";
import type { Model } from "../words.ts";
import { HOUR, model } from "./declare.ts";

export const water: readonly Model[] = [
  model(axiomaW1, {
    use: "water",
    assetKinds: ["meter"],
    deviceClass: "A",
    expectedIntervalSeconds: 6 * HOUR,
    dataProtection: "dwelling",
    entityType: "WaterConsumptionObserved",
  }),
];
