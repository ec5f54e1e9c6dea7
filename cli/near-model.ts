/** The model a person probably meant. */
import { modelNamed, models } from "../device-registry/models.ts";
import { closest } from "../texts/closest.ts";

/** Of these ids the nearest; else that of the model of which a name or alias is. Undefined when nothing is near enough. */
export function nearestModel(typed: string, ids: readonly string[]): string | undefined {
  const names = models.flatMap(({ name, aliases }) => [name, ...aliases]);
  return closest(typed, ids) ?? modelNamed(closest(typed, names) ?? "")?.id;
}
