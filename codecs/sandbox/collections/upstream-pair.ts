import { isObject } from "../results.ts";
import { baseName, type Collector, folderOf } from "./collector.ts";

/**
 * `upstream-codec.js` with `upstream-examples.json` in one folder: `{"examples": [{type | section, input, output}]}`, where
 * a type or section that says downlink means encoding one. `normalizedPayload` and `normalizedOutput` are not ours to test.
 */
export async function readUpstreamPairs(collector: Collector): Promise<void> {
  const { files } = collector.shelf;
  for (const codec of files) {
    if (baseName(codec) !== "upstream-codec.js") continue;
    collector.specimen(codec);
    const file = `${folderOf(codec)}upstream-examples.json`;
    if (!files.includes(file)) continue;
    const value = await collector.value(file);
    const examples = isObject(value) ? value.examples : value;
    if (!Array.isArray(examples)) {
      if (value !== undefined) collector.problems.push({ file, reason: "no list of examples" });
      continue;
    }
    for (const example of examples) {
      const said = isObject(example) ? `${example.type ?? ""} ${example.section ?? ""}` : "";
      collector.add(codec, /downlink/i.test(said) ? "encodeDownlink" : "decodeUplink", file, example, "output");
    }
  }
}
