import { type ConfigKey, configKeys } from "../../gateway/config-schema.ts";
import { createSay } from "../../texts/catalogue.ts";
import { en } from "../../texts/cli/en.ts";
import type { CliTexts } from "../language.ts";
import { NOTE, page, table } from "./markdown.ts";

const INTRODUCTION = `# Configuration of a box

A box is configured by one TOML file, \`beffroi.toml\`. \`beffroi config check\` reads it and tells all faults at once, each with its
line; \`beffroi gateway\` refuses to start with any. Keys that do not exist are faults. Relative paths are relative to the file's
folder. Durations are texts with a unit: \`ms\`, \`s\`, \`min\` (or \`m\`), \`h\`, \`d\`. Passwords are never printed or logged.

Only \`box.name\` must be given: the smallest file is

\`\`\`toml
[box]
name = "remiremont"
\`\`\``;

export function configurationPage(): string {
  const { sections, keys } = configKeys();
  const parts = [INTRODUCTION, "## A complete example", `\`\`\`toml\n${exampleFile()}\`\`\``];
  for (const section of sections) {
    const rows = keys.filter((key) => key.path.startsWith(`${section.name}.`)).map(row);
    parts.push(`## [${section.name}]`, section.description, table(["key", "what it is", "must be", "default"], rows));
  }
  return page(NOTE, ...parts);
}

const say = createSay<CliTexts>(en, "en");

function row(key: ConfigKey): string[] {
  const expects = say(`config.expects.${key.expects}`);
  const limits = key.allowed ?? key.bounds;
  return [
    `\`${key.path}\``,
    key.description,
    limits === undefined ? expects : `${expects}: ${limits}`,
    key.fallback === undefined ? (key.otherwise ?? (key.required ? "must be given" : "none")) : `\`${key.fallback}\``,
  ];
}

/** Numbers and truths stand bare, everything else in quotes. */
const asToml = ({ fallback, example, expects }: ConfigKey): string => {
  const value = fallback ?? example;
  return expects === "assets" || expects === "yes-no" ? value : JSON.stringify(value);
};

/** Every key with its description; those with a default, and one of two that exclude each other, are commented out. */
export function exampleFile(): string {
  const { sections, keys } = configKeys();
  const lines: string[] = [];
  for (const section of sections) {
    if (lines.length > 0) lines.push("");
    lines.push(`# ${section.description}`, `[${section.name}]`);
    for (const key of keys.filter((each) => each.path.startsWith(`${section.name}.`))) {
      const given = key.required || (key.fallback === undefined && key.otherwise === undefined && !key.secret);
      const leaf = key.path.slice(section.name.length + 1);
      lines.push(`# ${key.description}`, `${given ? "" : "# "}${leaf} = ${asToml(key)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
