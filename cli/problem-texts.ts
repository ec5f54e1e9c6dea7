import { type CliFault, fault } from "./faults.ts";
import type { CliSay } from "./language.ts";

/** The box's refusals that people meet often, by code; each has its sentence and its remedy in the catalogue. */
const KNOWN = [
  "codec-use-missing",
  "model-of-the-house",
  "mapping-unusable",
  "codec-not-loaded",
  "asset-taken",
  "asset-kind-differs",
  "bad-asset-reference",
  "unknown-model",
  "unknown-command",
  "unknown-device",
  "unknown-asset",
  "wrong-state",
  "not-installed",
  "asset-vacant",
  "model-differs",
  "device-busy",
  "device-retired",
  "use-missing",
  "model-missing",
  "nothing-to-undo",
  "changed-since",
  "changed-on-box",
  "change-unreadable",
  "already-undone",
  "undo-is-final",
  "operation-unknown",
] as const;

const isKnown = (code: string): code is (typeof KNOWN)[number] => KNOWN.some((each) => each === code);

/** What the box refused, in the person's language where the code is known, else in the box's own words. */
export function boxProblem(
  say: CliSay,
  problem: { readonly code: string; readonly message: string; readonly remedy?: string | undefined },
): CliFault {
  const { code, message } = problem;
  const values = isKnown(code)
    ? { message: say(`problem.${code}`), remedy: say(`problem.${code}.remedy`) }
    : { message, remedy: problem.remedy ?? say("problem.remedy") };
  return fault("box-refused", values, {
    lines: isKnown(code) && message !== code ? [message] : [],
    detail: { problem },
  });
}
