/**
 * Writes what the documentation says of the program from the program itself: docs/cli.md, docs/configuration.md, docs/errors.md.
 * `node cli/docs.ts` after a change; a test compares.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cliPage } from "./docs/cli-page.ts";
import { configurationPage } from "./docs/configuration-page.ts";
import { errorsPage } from "./docs/errors-page.ts";

/** File name in docs/ → its content. */
export async function generatedPages(): Promise<Readonly<Record<string, string>>> {
  return {
    "cli.md": await cliPage(),
    "configuration.md": configurationPage(),
    "errors.md": errorsPage(),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of Object.entries(await generatedPages()))
    writeFileSync(new URL(`../docs/${name}`, import.meta.url), content);
}
