import { FAULTS as CODEC_FAULTS, WARNINGS } from "../../codecs/index.ts";
import { FAULT_STATUS } from "../../hypervisor/faults.ts";
import { en } from "../../texts/cli/en.ts";
import { en as hypervisorTexts } from "../../texts/hypervisor/en.ts";
import { EXIT } from "../exit-codes.ts";
import { FAULTS, type FaultCode } from "../faults.ts";
import { NOTE, page, table } from "./markdown.ts";

const INTRODUCTION = `# Errors

Every refusal and failure has a code that stays the same; programs match the code, never the text. Words in braces are filled in.
People read the texts in French or English.`;

const CONFIG_CODES = [
  "file-missing",
  "not-toml",
  "unknown-key",
  "missing-key",
  "wrong-value",
  "no-such-file",
  "not-enrolled",
  "not-together",
  "path-too-long",
] as const;

export function errorsPage(): string {
  const cli = (Object.keys(FAULTS) as FaultCode[]).map((code) => [
    `\`${code}\``,
    String(EXIT[FAULTS[code]]),
    en[`fault.${code}`],
    en[`fault.${code}.means`],
    en[`fault.${code}.todo`],
  ]);
  const config = CONFIG_CODES.map((code) => [`\`${code}\``, en[`config.fault.${code}`]]);
  const wire = Object.entries(CODEC_FAULTS).map(([code, text]) => [`\`${code}\``, text]);
  const warnings = Object.entries(WARNINGS).map(([code, text]) => [`\`${code}\``, text]);
  const hypervisor = (Object.keys(FAULT_STATUS) as (keyof typeof FAULT_STATUS)[]).map((code) => [
    `\`${code}\``,
    String(FAULT_STATUS[code]),
    hypervisorTexts[code],
    hypervisorTexts[`${code}.remedy`],
  ]);
  return page(
    NOTE,
    INTRODUCTION,
    "## Of the command line",
    table(["code", "exit", "what happened", "what it means", "what to do"], cli),
    "## Of the configuration",
    table(["code", "what it says"], config),
    "## Of a frame or a command's fields",
    "Kept with the frame in the journal, and told by `codec decode` and `codec encode`.",
    table(["code", "what it means"], wire),
    "Warnings keep what was read:",
    table(["code", "what it means"], warnings),
    "## Of the hypervisor",
    table(["code", "HTTP status", "what happened", "what to do"], hypervisor),
  );
}
