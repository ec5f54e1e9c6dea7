/** Sensors that look down into containers. */
import { dingtekDf702 } from "../../codecs/models/dingtek-df702.ts";
import { draginoLdds75 } from "../../codecs/models/dragino-ldds75.ts";
import { milesightEm400 } from "../../codecs/models/milesight-em400.ts";
import type { Model } from "../words.ts";
import { HOUR, model } from "./declare.ts";

/** A container that serves a street; one that is chipped for a household is not among these models. */
const container = {
  use: "waste",
  assetKinds: ["container"],
  deviceClass: "A",
  // It fills slowly, and a battery in its lid has to last.
  expectedIntervalSeconds: 2 * HOUR,
  dataProtection: "things",
  entityType: "WasteContainer",
} as const;

export const waste: readonly Model[] = [
  model(milesightEm400, {
    ...container,
    aliases: ["EM400", "EM400-MUD", "EM400-TLD", "EM400-UDL", "EM310-UDL", "EM500-UDL"],
    assetKinds: ["container", "spot"],
    settings: ["report-interval", "working-mode", "install-height", "distance-threshold", "reboot"],
  }),
  model(dingtekDf702, {
    ...container,
    aliases: ["DF702", "DC410", "DC413", "DF530", "DF555", "DF556", "DF703"],
    settings: [
      "report-interval",
      "detect-interval",
      "full-threshold",
      "fire-threshold",
      "tilt-threshold",
      "measuring-range",
      "tilt-detection",
    ],
  }),
  model(draginoLdds75, {
    ...container,
    aliases: ["LDDS75"],
    settings: ["report-interval", "reset", "interrupt"],
  }),
];
