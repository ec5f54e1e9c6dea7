/** For devices of which only their format is known. */
import { cayenneLpp } from "../../codecs/models/cayenne-lpp.ts";
import { strictestOf } from "../data-protection.ts";
import { ASSET_KINDS, type Model } from "../words.ts";
import { HOUR, model } from "./declare.ts";

export const fallback: readonly Model[] = [
  model(cayenneLpp, {
    aliases: ["Cayenne LPP", "CayenneLPP", "LPP"],
    use: "air",
    assetKinds: [...ASSET_KINDS],
    deviceClass: "A",
    expectedIntervalSeconds: HOUR,
    dataProtection: strictestOf(ASSET_KINDS),
    entityType: "DeviceMeasurement",
  }),
];
