/** The model record of a codec of another maker, from what a person said of it. */
import type { AddCodec } from "../api/control.ts";
import { strictestOf } from "../device-registry/data-protection.ts";
import type { Model } from "../device-registry/words.ts";

const HOUR_SECONDS = 3_600;

/** What nobody says of a codec of another maker. Records that were kept before a model had these are read with them, too. */
export const unsaid = ({ assetKinds }: Pick<Model, "assetKinds">) => ({
  aliases: [],
  dataProtection: strictestOf(assetKinds),
  entityType: "DeviceMeasurement" as const,
});

/** What is not said stays as it was; undefined when a new model lacks its use or the assets it may serve. No commands. */
export const modelFor = (form: AddCodec, before: Model | undefined): Model | undefined => {
  const use = form.use ?? before?.use;
  const assetKinds = form.assetKinds ?? before?.assetKinds;
  if (use === undefined || assetKinds === undefined) return undefined;
  return {
    id: form.model,
    maker: form.maker ?? before?.maker ?? "",
    name: form.name ?? before?.name ?? form.model,
    use,
    assetKinds,
    deviceClass: form.deviceClass ?? before?.deviceClass ?? "A",
    expectedIntervalSeconds: form.expectedIntervalSeconds ?? before?.expectedIntervalSeconds ?? HOUR_SECONDS,
    commands: {},
    lastProvable: "on-air",
    ...unsaid({ assetKinds }),
  };
};
