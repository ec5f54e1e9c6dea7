import type { Model } from "../device-registry/words.ts";
import { closest } from "../texts/closest.ts";
import { fault } from "./faults.ts";
import { didYouMean } from "./inputs.ts";
import type { CliSay } from "./language.ts";

/** A model of the house by its id, or a refusal that names the nearest one. */
export async function knownModel(say: CliSay, typed: string): Promise<Model> {
  const { models } = await import("../device-registry/models.ts");
  const ids = models.map((model) => model.id);
  const found = models.find((model) => model.id === typed);
  if (found !== undefined) return found;
  throw fault("unknown-model", { typed, suggestion: didYouMean(say, closest(typed, ids)), models: ids.join(", ") });
}
