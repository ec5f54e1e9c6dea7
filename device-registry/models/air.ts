/** Air of rooms and streets, noise and weather. */
import { adeunisComfortCo2 } from "../../codecs/models/adeunis-comfort-co2.ts";
import { decentlabDlPm } from "../../codecs/models/decentlab-dl-pm.ts";
import { elsys } from "../../codecs/models/elsys.ts";
import { milesightAm319 } from "../../codecs/models/milesight-am319.ts";
import { milesightWs302 } from "../../codecs/models/milesight-ws302.ts";
import { milesightWts506 } from "../../codecs/models/milesight-wts506.ts";
import { sensecapS2120 } from "../../codecs/models/sensecap-s2120.ts";
import { WATTECO_REPORTS, watteco } from "../../codecs/models/watteco.ts";
import type { Model } from "../words.ts";
import { HOUR, model } from "./declare.ts";
import { WATTECO_SETTINGS } from "./watteco.ts";

/** Somebody breathes there: carbon dioxide and motion tell when. */
const room = {
  use: "air",
  assetKinds: ["room"],
  deviceClass: "A",
  expectedIntervalSeconds: HOUR / 2,
  dataProtection: "presence",
  entityType: "AirQualityObserved",
} as const;

const street = {
  use: "air",
  assetKinds: ["station"],
  deviceClass: "A",
  expectedIntervalSeconds: HOUR / 2,
  dataProtection: "things",
} as const;

export const air: readonly Model[] = [
  model(elsys, {
    ...room,
    aliases: ["ERS", "ERS CO2", "ERS VOC", "ERS Sound", "ERS Eye", "EMS", "ELT", "ELT-2", "ELT-2 Ultrasonic"],
    assetKinds: ["room", "station", "counter", "container", "meter"],
    settings: ["settings"],
  }),
  model(milesightAm319, { ...room, aliases: ["AM319"] }),
  model(adeunisComfortCo2, room),
  model(watteco, {
    ...room,
    aliases: ["Watteco Sens'O", "nke Watteco", "Flash'O", "Press'O", "Lev'O", "VAQA'O", "Triphas'O"],
    assetKinds: ["room", "station", "meter"],
    expectedIntervalSeconds: HOUR,
    // The same frames carry a home's meter.
    dataProtection: "dwelling",
    settings: [...WATTECO_REPORTS, ...WATTECO_SETTINGS],
  }),
  model(decentlabDlPm, {
    ...street,
    aliases: ["DL-PM"],
    entityType: "AirQualityObserved",
    settings: ["send-period", "adr-off"],
  }),
  model(milesightWs302, {
    ...street,
    aliases: ["WS302"],
    assetKinds: ["station", "room"],
    entityType: "NoiseLevelObserved",
  }),
  model(milesightWts506, { ...street, aliases: ["WTS506"], entityType: "WeatherObserved" }),
  model(sensecapS2120, { ...street, aliases: ["S2120", "Seeed SenseCAP S2120"], entityType: "WeatherObserved" }),
];
