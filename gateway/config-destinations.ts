/** `[destinations.departement]`: who else receives the box's journal. */

/** The section, and the name that stands for any in documentation and example. */
export const DESTINATIONS = "destinations";
export const DESTINATION_NAME = "departement";

/** `destinations.metropole.url` → `destinations.departement.url`, under which the key is documented. */
export const documentedPath = (path: string): string => {
  const [section, name, ...rest] = path.split(".");
  return section === DESTINATIONS && name !== undefined ? [section, DESTINATION_NAME, ...rest].join(".") : path;
};

/** The paths that a documented key has in this file. */
export const pathsInFile = (path: string, raw: unknown): readonly string[] => {
  const [section, name, ...rest] = path.split(".");
  if (section !== DESTINATIONS || name !== DESTINATION_NAME) return [path];
  const given = typeof raw === "object" && raw !== null && DESTINATIONS in raw ? raw[DESTINATIONS] : undefined;
  return typeof given === "object" && given !== null
    ? Object.keys(given).map((each) => [section, each, ...rest].join("."))
    : [];
};
