/** Air of rooms and streets, noise and weather. */
import { elsys } from "../../codecs/models/elsys.ts";
import type { Model } from "../words.ts";
import { HOUR, model } from "./declare.ts";

export const air: readonly Model[] = [
  model(elsys, {
    use: "air",
    assetKinds: ["room", "station", "counter", "container", "meter"],
    deviceClass: "A",
    expectedIntervalSeconds: HOUR / 2,
    dataProtection: "presence",
    entityType: "AirQualityObserved",
  }),
];
