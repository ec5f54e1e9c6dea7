import { isObject } from "../results.ts";
import { type Collector, folderOf, type VectorKind } from "./collector.ts";

const sections: readonly (readonly [string, VectorKind])[] = [
  ["uplinkDecoder", "decodeUplink"],
  ["downlinkEncoder", "encodeDownlink"],
  ["downlinkDecoder", "decodeDownlink"],
];

/**
 * The Things Network's device repository: `vendor/<vendor>/<codec>.yaml` names the scripts and carries their examples. Each
 * script is one codec, for decoder and encoder may be two files with the same private names.
 */
export async function readDeviceRepository(
  collector: Collector,
  parseYaml: ((text: string) => unknown) | undefined,
): Promise<void> {
  for (const file of collector.shelf.files) {
    if (!/\.ya?ml$/.test(file)) continue;
    const source = await collector.text(file);
    // Most files of the repository describe vendors, devices and profiles; they are not worth parsing.
    if (!/(uplinkDecoder|downlinkEncoder|downlinkDecoder)/.test(source)) continue;
    if (parseYaml === undefined) {
      collector.problems.push({ file, reason: "no YAML parser was given" });
      continue;
    }
    try {
      readSections(collector, file, parseYaml(source));
    } catch (error) {
      collector.problems.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
}

function readSections(collector: Collector, file: string, document: unknown): void {
  for (const [name, kind] of sections) {
    const section = isObject(document) ? document[name] : undefined;
    if (!isObject(section)) continue;
    const script = folderOf(file) + String(section.fileName);
    if (!collector.shelf.files.includes(script)) {
      collector.problems.push({ file, reason: `${name} names ${String(section.fileName)}, which is not there` });
      continue;
    }
    collector.specimen(script);
    const examples = Array.isArray(section.examples) ? section.examples : [];
    for (const example of examples) collector.add(script, kind, file, example, "output");
  }
}
