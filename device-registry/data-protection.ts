/**
 * Whom the readings of a model can concern, in four words. A model has the class of its most telling usual place; what the asset is
 * (a town hall's meter, not a home's) can only make it less. Why these four: docs/decisions/four-data-protection-classes.md.
 */
import type { AssetKind } from "./words.ts";

export const DATA_PROTECTION = {
  /** Things and places: a lamp, the air of a street, a public container, a parking spot. Nobody can be singled out. */
  things: { personal: false },
  /** How many people or vehicles passed. A figure, never an identity: no image, no address of a telephone, no plate. */
  counts: { personal: false },
  /** That somebody is in a room or went through a door: personal where the room belongs to one or a few known persons. */
  presence: { personal: true },
  /** What a household uses or does at home: an index finer than a day tells when it is there. */
  dwelling: { personal: true },
} as const satisfies Record<string, { readonly personal: boolean }>;

export type DataProtection = keyof typeof DATA_PROTECTION;

/** The class by its name, and whether it is personal. */
export const protectionOf = (
  model: { readonly dataProtection: DataProtection } | undefined,
): { readonly name: DataProtection; readonly personal: boolean } | undefined =>
  model && { name: model.dataProtection, personal: DATA_PROTECTION[model.dataProtection].personal };

const OF_KIND: { readonly [K in AssetKind]: DataProtection } = {
  lamp: "things",
  cabinet: "things",
  container: "things",
  spot: "things",
  station: "things",
  counter: "counts",
  room: "presence",
  door: "presence",
  meter: "dwelling",
};
const STRICTER: readonly DataProtection[] = ["dwelling", "presence", "counts", "things"];

/** For a model of which nobody has said more than what it may serve: the strictest of those. */
export const strictestOf = (kinds: readonly AssetKind[]): DataProtection =>
  STRICTER.find((one) => kinds.some((kind) => OF_KIND[kind] === one)) ?? "dwelling";
