import type { Language, Say } from "../texts/catalogue.ts";
import { createSay } from "../texts/catalogue.ts";
import type { fr } from "../texts/cli/fr.ts";
import type { summariesFr } from "../texts/cli/summaries-fr.ts";

export type CliTexts = typeof fr;
export type CliSay = Say<CliTexts>;

/** Keys of texts without placeholders. */
export type PlainKey = {
  [Key in keyof CliTexts]: CliTexts[Key] extends `${string}{${string}}${string}` ? never : Key;
}[keyof CliTexts];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `--lang` wins, then the terminal's locale in the order of POSIX (LC_ALL, LC_MESSAGES, LANG; the first that is not empty counts).
 * A locale that is neither French nor English, `C` and none at all are answered in English.
 */
export function languageOf(argv: readonly string[], env: Environment): Language {
  const asked = langOption(argv);
  if (asked === "fr" || asked === "en") return asked;
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== "") ?? "C";
  return /^fr(?:[^a-z]|$)/i.test(locale) ? "fr" : "en";
}

/** The value of `--lang`, wherever it stands before a `--`. */
export function langOption(argv: readonly string[]): string | undefined {
  for (const [index, token] of argv.entries()) {
    if (token === "--") return undefined;
    if (token === "--lang") return argv[index + 1] ?? "";
    if (token.startsWith("--lang=")) return token.slice("--lang=".length);
  }
  return undefined;
}

/** Only the wanted language is read from disk. */
export async function loadSay(language: Language): Promise<CliSay> {
  const texts = language === "fr" ? (await import("../texts/cli/fr.ts")).fr : (await import("../texts/cli/en.ts")).en;
  return createSay<CliTexts>(texts, language);
}

/** What the help of the whole program needs: a tenth of the texts. It says nothing else. */
export async function loadSummaries(language: Language): Promise<CliSay> {
  const texts =
    language === "fr"
      ? (await import("../texts/cli/summaries-fr.ts")).summariesFr
      : (await import("../texts/cli/summaries-en.ts")).summariesEn;
  return createSay<typeof summariesFr>(texts, language) as CliSay;
}
