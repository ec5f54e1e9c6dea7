import { isObject } from "../results.ts";
import { baseName, type Collector, folderOf, type VectorKind } from "./collector.ts";

const kinds: Readonly<Record<string, VectorKind>> = {
  uplink: "decodeUplink",
  "downlink-encode": "encodeDownlink",
  "downlink-decode": "decodeDownlink",
};

/**
 * `<device>/examples.json`, the codec in the same folder or a child of it: package.json's `main`, index.js, main.js or
 * codec.js. Here `recvTime` reaches the codec as unchanged text, for the vectors count digits beyond milliseconds.
 */
export async function readExamplesFiles(collector: Collector): Promise<void> {
  for (const file of collector.shelf.files) {
    if (baseName(file) !== "examples.json") continue;
    const codec = await codecFor(collector, folderOf(file));
    if (codec === undefined) {
      collector.problems.push({
        file,
        reason: "no index.js, main.js, codec.js or package.json's main beside or below it",
      });
      continue;
    }
    collector.specimen(codec, "string");
    const value = await collector.value(file);
    const examples = isObject(value) ? value.examples : value;
    if (!Array.isArray(examples)) {
      if (value !== undefined) collector.problems.push({ file, reason: "not a list of examples" });
      continue;
    }
    for (const example of examples) {
      const kind = isObject(example) ? kinds[String(example.type ?? "uplink")] : undefined;
      if (kind === undefined) collector.problems.push({ file, reason: "an example of an unknown type" });
      else collector.add(codec, kind, file, example, "output");
    }
  }
}

async function codecFor(collector: Collector, folder: string): Promise<string | undefined> {
  const { files } = collector.shelf;
  const below = files.filter((file) => file.startsWith(folder));
  const children = new Set(below.map(folderOf).filter((child) => /^[^/]*\/?$/.test(child.slice(folder.length))));
  for (const place of [folder, ...[...children].filter((child) => child !== folder)]) {
    const main = files.includes(`${place}package.json`) ? await mainOf(collector, place) : undefined;
    const found = [main, "index.js", "main.js", "codec.js"].find(
      (name) => name !== undefined && files.includes(place + name),
    );
    if (found !== undefined) return place + found;
  }
  return undefined;
}

async function mainOf(collector: Collector, place: string): Promise<string | undefined> {
  const manifest = await collector.value(`${place}package.json`);
  const main = isObject(manifest) ? manifest.main : undefined;
  return typeof main === "string" ? main.replace(/^\.\//, "") : undefined;
}
