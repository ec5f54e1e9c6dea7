/** `npm run bench -- NAME [flags]` runs `bench/NAME.ts`; without a name it lists them. */
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("./", import.meta.url);

/** A bench is a file that exports `run`; what it measures is the first sentence of its head. */
function benches(): { readonly name: string; readonly about: string }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .flatMap((file) => {
      const source = readFileSync(new URL(file, folder), "utf8");
      if (!/^export (?:async )?(?:function|const) run\b/m.test(source)) return [];
      const head = /^\/\*\*(.*?)\*\//s.exec(source)?.[1]?.replace(/\s+\*?\s*/g, " ") ?? "";
      return [{ name: file.slice(0, -".ts".length), about: head.trim().split(/(?<=[.;:]) /)[0] ?? "" }];
    });
}

const known = benches();
const [name, ...flags] = process.argv.slice(2);
if (name === undefined) {
  for (const bench of known) console.log(`${bench.name.padEnd(10)} ${bench.about}`);
} else if (!known.some((bench) => bench.name === name)) {
  console.error(`no bench ${name}; there are: ${known.map((bench) => bench.name).join(", ")}`);
  process.exitCode = 2;
} else {
  const { run } = (await import(new URL(`${name}.ts`, folder).href)) as { run(flags: readonly string[]): unknown };
  await run(flags);
}
