/** Luminaire controllers. */
import { nasUl20xx } from "../../codecs/models/nas-ul20xx.ts";
import { nasUl20xx10 } from "../../codecs/models/nas-ul20xx-1-0.ts";
import type { Model, ModelCommand } from "../words.ts";
import { HOUR, model, untold } from "./declare.ts";

/** A dimmed lamp shows its level in a status frame, or its power, near the rated share, in a usage frame. */
const dims = (encodes: string, defaults: ModelCommand["defaults"]): ModelCommand => ({
  encodes,
  defaults,
  effects: [
    { measurement: "lamp.level", field: "level", within: 2 },
    // Drivers are not linear in power: a fifth, or three watts near zero, tells one level from the next usual one.
    { measurement: "lamp.power", field: "level", percentOf: "ratedWatts", within: 3, withinShare: 0.2 },
  ],
  effectWithinSeconds: HOUR + 300,
});

const everyone = { address: "broadcast" };

const lamp = {
  use: "lighting",
  assetKinds: ["lamp"],
  deviceClass: "C",
  expectedIntervalSeconds: HOUR,
  dataProtection: "things",
  entityType: "Streetlight",
} as const;

export const lighting: readonly Model[] = [
  model(nasUl20xx, {
    ...lamp,
    aliases: ["UL2002", "UL2003", "UL2014", "UL2020", "UL2021", "UL2023", "UL2024", "UL2030"],
    commands: { dim: dims("dim", everyone), release: untold("release", everyone) },
    lastProvable: "effect-observed",
  }),
  model(nasUl20xx10, {
    ...lamp,
    // Its status and usage frames are not decoded: nothing proves more than that the command went on air.
    commands: { dim: { ...dims("dim", everyone), lastProvable: "on-air" }, release: untold("release", everyone) },
  }),
];
