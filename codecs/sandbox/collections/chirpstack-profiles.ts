import { baseName, type Collector, folderOf } from "./collector.ts";

const testFile = /^test_(decode|encode)_(.+)\.json$/;

/**
 * ChirpStack's device profiles: `vendors/<vendor>/codecs/<codec>.js` with `test_decode_<name>.json` and
 * `test_encode_<name>.json` beside it. `<name>` is the codec's, or cut at a variant (`acme-x1` for `acme-x1-8192.js`).
 */
export async function readChirpStackProfiles(collector: Collector): Promise<void> {
  const { files } = collector.shelf;
  const folders = new Set(files.filter((file) => testFile.test(baseName(file))).map(folderOf));
  for (const file of files) {
    if (/(^|\/)vendors\/[^/]+\/codecs\/[^/]+$/.test(file)) folders.add(folderOf(file));
  }
  for (const folder of folders) {
    const here = files.filter((file) => folderOf(file) === folder);
    const codecs = here.filter((file) => file.endsWith(".js"));
    for (const codec of codecs) collector.specimen(codec);
    for (const file of here) {
      const [, direction, name] = testFile.exec(baseName(file)) ?? [];
      if (direction === undefined || name === undefined) continue;
      const codec =
        codecs.find((path) => path === `${folder}${name}.js`) ??
        codecs.find((path) => path.startsWith(`${folder}${name}-`));
      if (codec === undefined) {
        collector.problems.push({ file, reason: "no codec of this name beside it" });
        continue;
      }
      await readTests(collector, file, codec, direction === "decode" ? "decodeUplink" : "encodeDownlink");
    }
  }
}

async function readTests(
  collector: Collector,
  file: string,
  codec: string,
  kind: "decodeUplink" | "encodeDownlink",
): Promise<void> {
  const value = await collector.value(file);
  if (value === undefined) return;
  if (!Array.isArray(value)) {
    collector.problems.push({ file, reason: "not a list of tests" });
    return;
  }
  for (const vector of value) collector.add(codec, kind, file, vector, "expected");
}
