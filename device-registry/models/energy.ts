/** Electricity, gas and heat. */
import { adeunisTicMono, adeunisTicTri } from "../../codecs/models/adeunis-tic.ts";
import { fludiaFm432 } from "../../codecs/models/fludia-fm432.ts";
import { milesightCt101 } from "../../codecs/models/milesight-ct101.ts";
import { wattecoIntensO, wattecoSmartPlug, wattecoSmartpilot, wattecoTicSO } from "../../codecs/models/watteco.ts";
import type { Model } from "../words.ts";
import { HOUR, model, untold } from "./declare.ts";
import { WATTECO_SETTINGS } from "./watteco.ts";

/** Of a home, as usually installed: what it draws tells when somebody is there. */
const meter = {
  use: "energy",
  assetKinds: ["meter"],
  deviceClass: "A",
  expectedIntervalSeconds: HOUR,
  dataProtection: "dwelling",
  entityType: "ACMeasurement",
} as const;

const circuit = { ...meter, assetKinds: ["meter", "cabinet"], expectedIntervalSeconds: HOUR / 2 } as const;

export const energy: readonly Model[] = [
  model(adeunisTicMono, { ...meter, aliases: ["TIC", "TIC Linky", "Adeunis TIC Linky mono", "Adeunis TIC CBE mono"] }),
  model(adeunisTicTri, { ...meter, aliases: ["Adeunis TIC Linky tri", "Adeunis TIC CBE tri"] }),
  // Eight steps of a quarter of an hour a frame.
  model(fludiaFm432, {
    ...meter,
    aliases: ["FM432", "FM432e", "FM432ir", "FM432p", "FM432g"],
    expectedIntervalSeconds: 2 * HOUR,
    entityType: "DeviceMeasurement",
  }),
  model(wattecoTicSO, { ...meter, aliases: ["TICSO"], settings: ["report-battery", ...WATTECO_SETTINGS] }),
  model(wattecoIntensO, {
    ...circuit,
    aliases: ["IntensO"],
    settings: ["report-current", "report-battery", ...WATTECO_SETTINGS],
  }),
  model(milesightCt101, { ...circuit, aliases: ["CT101"] }),
  model(wattecoSmartPlug, {
    ...circuit,
    entityType: "DeviceMeasurement",
    // A plug tells its state only where a report of it was set up.
    commands: { on: untold("on"), off: untold("off"), toggle: untold("toggle") },
    settings: ["report-output", ...WATTECO_SETTINGS],
  }),
  model(wattecoSmartpilot, {
    ...circuit,
    assetKinds: ["room", "meter"],
    entityType: "DeviceMeasurement",
    commands: { order: untold("order") },
    settings: WATTECO_SETTINGS,
  }),
];
