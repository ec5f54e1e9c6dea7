/** Parking sensors, and counters of people and vehicles. */
import { boschTps110 } from "../../codecs/models/bosch-tps110.ts";
import type { Model } from "../words.ts";
import { HOUR, model } from "./declare.ts";

/** Speaks when its state changes; the interval is that of its heartbeat. */
const spot = {
  use: "mobility",
  assetKinds: ["spot"],
  deviceClass: "A",
  expectedIntervalSeconds: 24 * HOUR,
  dataProtection: "things",
  entityType: "ParkingSpot",
} as const;

export const mobility: readonly Model[] = [model(boschTps110, spot)];
