/** How an asset is written: `kind:INSEE:local number`. */
import { ASSET_KINDS, type AssetKind, type AssetRef } from "./words.ts";

/** `lamp:88383:042` → its parts; INSEE codes are five characters, Corsica's have a letter. */
export const parseAssetRef = (
  ref: AssetRef,
): { readonly kind: AssetKind; readonly commune: string; readonly number: string } | undefined => {
  const match = /^([a-z]+):([0-9][0-9AB][0-9]{3}):([0-9A-Za-z][0-9A-Za-z_-]{0,31})$/.exec(ref);
  const kind = ASSET_KINDS.find((known) => known === match?.[1]);
  return match && kind ? { kind, commune: match[2]!, number: match[3]! } : undefined;
};
