/** `beffroi codec list`: the models and their uses. */
import type { SameKeys } from "../catalogue.ts";
import type { modelsFr } from "./models-fr.ts";

export const modelsEn: SameKeys<typeof modelsFr> = {
  "column.use": "USE",
  "column.class": "CLASS",
  "column.verified": "VERIFIED",
  "use.lighting": "lighting",
  "use.security": "security",
  "use.waste": "waste",
  "use.mobility": "mobility",
  "use.energy": "energy",
  "use.air": "air",
  "use.water": "water",
  "command.codec.list.text": "only models whose name, maker or other name contains this text",
  "command.codec.list.example.search": "A device, by what is written on it:",
  "command.codec.list.verified":
    "Verified: at least one frame published with its values, or one command published with its bytes, proves it; otherwise the codec follows the description.",
  "command.codec.list.aliases": "{model} also reads: {aliases}",
  "command.codec.list.none":
    "No model contains “{text}”. “beffroi codec list” shows them all; a codec of another maker is installed with “beffroi codec add”.",
};
