/** Parking sensors, and counters of people and vehicles. */
import { boschTps110 } from "../../codecs/models/bosch-tps110.ts";
import { milesightVs133 } from "../../codecs/models/milesight-vs133.ts";
import { milesightVs350 } from "../../codecs/models/milesight-vs350.ts";
import { nwaveNps405 } from "../../codecs/models/nwave-nps405.ts";
import { parametricPcr2 } from "../../codecs/models/parametric-pcr2.ts";
import { terabeePcLXl } from "../../codecs/models/terabee-pc-l-xl.ts";
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

/** Counts passages; no picture, no address of a telephone leaves it. */
const counter = {
  use: "mobility",
  assetKinds: ["counter"],
  deviceClass: "A",
  expectedIntervalSeconds: HOUR,
  dataProtection: "counts",
  entityType: "CrowdFlowObserved",
} as const;

export const mobility: readonly Model[] = [
  model(boschTps110, { ...spot, aliases: ["TPS110"] }),
  // Its tag frames tell which holder of a tag stands there.
  model(nwaveNps405, { ...spot, aliases: ["NPS405", "NPS310"], dataProtection: "presence" }),
  model(parametricPcr2, { ...counter, aliases: ["PCR2"] }),
  model(terabeePcLXl, { ...counter, aliases: ["PC-L-XL"] }),
  model(milesightVs133, { ...counter, aliases: ["VS133", "VS135"], deviceClass: "C" }),
  model(milesightVs350, { ...counter, aliases: ["VS350"] }),
];
