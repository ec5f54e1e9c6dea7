/**
 * On which line of a TOML file each key stands. The parser tells lines only for what it cannot parse; a person who mistyped a
 * value wants them too. Keys written in unusual ways (quoted, inline tables) are simply not found: the fault then has no line.
 */
export function keyLines(source: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let table = "";
  for (const [index, line] of source.split("\n").entries()) {
    const header = /^\s*\[([A-Za-z0-9_.-]+)\]/.exec(line);
    if (header) {
      table = header[1]!;
      if (!lines.has(table)) lines.set(table, index + 1);
      continue;
    }
    const key = /^\s*([A-Za-z0-9_.-]+)\s*=/.exec(line);
    if (!key) continue;
    const path = table === "" ? key[1]! : `${table}.${key[1]!}`;
    if (!lines.has(path)) lines.set(path, index + 1);
  }
  return lines;
}
