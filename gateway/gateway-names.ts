/** One text for all that names a gateway: what is remembered of ten thousand devices names a handful of them. */
const names = new Map<string, string>();
/** Who sends with invented names fills nothing. */
const NAMES_MAX = 1_024;

export const gatewayName = (id: string): string => {
  const known = names.get(id);
  if (known === undefined && names.size < NAMES_MAX) names.set(id, id);
  return known ?? id;
};
