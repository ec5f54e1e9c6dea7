/** `npm run generate:models`: writes docs/models/ from the codecs' declarations. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { catalogue } from "../../../codecs/index.ts";
import { allPages } from "../../../codecs/pages.ts";
import { findModel } from "../../../device-registry/models.ts";

const folder = new URL("../../../docs/models/", import.meta.url);
const pages = allPages(
  [...catalogue.values()].map((codec) => codec.shape),
  findModel,
);
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (file.endsWith(".md") && !pages.has(file)) rmSync(new URL(file, folder));
for (const [file, text] of pages) writeFileSync(new URL(file, folder), text);
console.log(`${pages.size} pages in docs/models/`);
