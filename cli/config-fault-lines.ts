import type { ConfigFault } from "../gateway/config.ts";
import type { CliSay } from "./language.ts";

/** Each fault of a configuration as one line a person can act on. */
export function configFaultLines(say: CliSay, faults: readonly ConfigFault[]): string[] {
  return faults.map((each) => {
    const place = each.line === undefined ? "" : `${say("config.line", { line: String(each.line) })} `;
    return `- ${place}${sentence(say, each)}`;
  });
}

function sentence(say: CliSay, each: ConfigFault): string {
  const { key, found = "", allowed = "", suggestion = "", detail = "" } = each;
  const expects = each.expects === undefined ? "" : say(`config.expects.${each.expects}`);
  switch (each.code) {
    case "file-missing":
      return say("config.fault.file-missing", { file: found, detail });
    case "not-toml":
      return say("config.fault.not-toml", { detail });
    case "unknown-key":
      return suggestion === ""
        ? say("config.fault.unknown-key", { key, allowed })
        : `${say("config.fault.unknown-key-near", { key })} ${say("did-you-mean", { word: suggestion })}`;
    case "missing-key":
      return say("config.fault.missing-key", { key, expects, example: detail });
    case "wrong-value":
      return say("config.fault.wrong-value", {
        key,
        found: found === "" ? say("config.hidden") : found,
        expects: allowed === "" ? expects : `${expects} (${allowed})`,
      });
    case "no-such-file":
      return say("config.fault.no-such-file", { key, file: found });
    case "not-enrolled":
      return say("config.fault.not-enrolled", { file: found });
    case "not-together":
      return say("config.fault.not-together", { key, other: suggestion });
    case "path-too-long":
      return say("config.fault.path-too-long", { key, path: found, bytes: allowed });
  }
}
