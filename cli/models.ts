import type { CodecView } from "../api/control.ts";
import type { AssetKind } from "../device-registry/words.ts";
import type { Cli } from "./cli.ts";
import { CliFault, fault } from "./faults.ts";
import { didYouMean } from "./inputs.ts";
import { type BoxOptions, dataFolderOf } from "./which-box.ts";

/** The codecs of other makers on a box, whether it runs or not. */
export async function codecsOnBox(cli: Cli, folder: string): Promise<readonly CodecView[]> {
  const { createBoxClient } = await import("./box-client.ts");
  try {
    return (await createBoxClient(cli, folder).codecs()).codecs;
  } catch (error) {
    if (!(error instanceof CliFault && error.code === "box-not-running")) throw error;
    const { codecsOffline } = await import("./box-at-rest.ts");
    return codecsOffline(cli, folder).codecs;
  }
}

/** A model of the house by its id, name or alias, or of a codec installed on the box by its id; else a refusal that names the nearest one. */
export async function knownModel(
  cli: Cli,
  typed: string,
  options: BoxOptions,
): Promise<{ readonly id: string; readonly assetKinds: readonly AssetKind[] }> {
  const { modelNamed, models } = await import("../device-registry/models.ts");
  const { nearestModel } = await import("./near-model.ts");
  const installed = models.some(({ id }) => id === typed) ? [] : await installedOn(cli, options);
  const found = installed.find(({ model }) => model === typed);
  const ofTheHouse = modelNamed(typed);
  if (found === undefined && ofTheHouse !== undefined) return ofTheHouse;
  if (found !== undefined) return { id: found.model, assetKinds: found.assetKinds };
  const ids = [...models.map((model) => model.id), ...installed.map(({ model }) => model)];
  throw fault("unknown-model", {
    typed,
    suggestion: didYouMean(cli.say, nearestModel(typed, ids)),
    models: ids.join(", "),
  });
}

/** Without a box that could be meant there are none. */
async function installedOn(cli: Cli, options: BoxOptions): Promise<readonly CodecView[]> {
  try {
    return await codecsOnBox(cli, await dataFolderOf(cli, options));
  } catch (error) {
    if (error instanceof CliFault && error.code === "no-box-named") return [];
    throw error;
  }
}
