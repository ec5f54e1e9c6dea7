/** Doors and smoke. */
import { milesightWs301 } from "../../codecs/models/milesight-ws301.ts";
import { yobiiqSd1001 } from "../../codecs/models/yobiiq-sd-1001.ts";
import type { Model } from "../words.ts";
import { confirmed, HOUR, model } from "./declare.ts";

/** Speaks at once when something happens; the interval is that of its sign of life. */
const guard = {
  use: "security",
  deviceClass: "A",
  expectedIntervalSeconds: 12 * HOUR,
  dataProtection: "presence",
  entityType: "DeviceMeasurement",
} as const;

export const security: readonly Model[] = [
  model(yobiiqSd1001, {
    ...guard,
    aliases: ["SD-1001"],
    assetKinds: ["room"],
    commands: { silence: confirmed("silence", 12 * HOUR) },
    lastProvable: "acknowledged",
  }),
  model(milesightWs301, { ...guard, aliases: ["WS301"], assetKinds: ["door", "cabinet", "room"] }),
];
