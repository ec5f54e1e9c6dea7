/** Paths into a codec's data: `air.temperature`, `probes[0].value`, `["odd.key"]`. */

const step = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;

function steps(path: string): (string | number)[] | undefined {
  const found: (string | number)[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (match === null) return undefined;
    if (match[1] !== undefined) found.push(match[1]);
    else if (match[2] !== undefined) found.push(Number(match[2]));
    else found.push(JSON.parse(match[3] as string) as string);
  }
  return found.length === 0 ? undefined : found;
}

/** The value at a path; `"malformed"` for a text that is no path, undefined where nothing stands. */
export function readPath(data: unknown, path: string): unknown {
  const way = steps(path);
  if (way === undefined) return "malformed";
  let at: unknown = data;
  for (const key of way) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** One step further down, written so that `readPath` finds it. */
export function extendPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
