/** Sensors that look down into containers. */
import { dingtekDf702 } from "../../codecs/models/dingtek-df702.ts";
import { milesightEm400 } from "../../codecs/models/milesight-em400.ts";
import type { Model } from "../words.ts";
import { HOUR, model } from "./declare.ts";

/** A container that serves a street; one that is chipped for a household is not among these models. */
const container = {
  use: "waste",
  assetKinds: ["container"],
  deviceClass: "A",
  expectedIntervalSeconds: HOUR,
  dataProtection: "things",
  entityType: "WasteContainer",
} as const;

export const waste: readonly Model[] = [
  model(dingtekDf702, container),
  model(milesightEm400, {
    ...container,
    aliases: ["EM400-MUD", "EM400-TLD", "EM400-UDL"],
    assetKinds: ["container", "spot"],
  }),
];
