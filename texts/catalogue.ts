/**
 * Texts in two languages with typed keys. French is the source: its literal types give the keys and the placeholders; English
 * must have the same. A text may hold `{name}` placeholders, and two forms, `one || many`, of which `{n}` chooses by the
 * language's own plural rule (French counts 0 as one, English does not). Write plain spaces: those French sets before `: ; ! ? %`
 * and inside `« »` are made unbreakable here.
 */

export const LANGUAGES = ["fr", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** The arguments a text asks for: none, or an object with exactly its placeholders. */
export type Values<Text extends string> = [Names<Text>] extends [never]
  ? []
  : [values: { readonly [Name in Names<Text>]: string | number }];

/** What another language must offer for a source catalogue. */
export type SameKeys<Source> = { readonly [Key in keyof Source]: string };

/** Looks a text up and fills it in. */
export type Say<Source extends Readonly<Record<string, string>>> = <Key extends keyof Source & string>(
  key: Key,
  ...values: Values<Source[Key]>
) => string;

/** Names of the placeholders of a text, each once, sorted. */
export const placeholdersOf = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!))].sort();

const unbreakable = (text: string): string => text.replace(/ (?=[:;!?»%])|(?<=«) /g, "\u00a0");

/** A `Say` over one language's texts. Numbers are written as that language writes them. */
export function createSay<Source extends Readonly<Record<string, string>>>(
  texts: SameKeys<Source>,
  language: Language,
): Say<Source> {
  // Made when first needed: a command line that only shows its help should not wait for them.
  let numbers: Intl.NumberFormat | undefined;
  let plurals: Intl.PluralRules | undefined;
  const asNumber = (value: number): string => {
    numbers ??= new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    return numbers.format(value);
  };
  const isOne = (n: number): boolean => {
    plurals ??= new Intl.PluralRules(language);
    return plurals.select(n) === "one";
  };
  const write = (value: string | number | undefined): string =>
    typeof value === "number" ? asNumber(value) : (value ?? "");
  return (key, ...[values]) => {
    const filled: Readonly<Record<string, string | number>> = values ?? {};
    const [one, many] = texts[key].split(" || ");
    const n = filled.n;
    const form = many !== undefined && typeof n === "number" && !isOne(n) ? many : one!;
    const said = form.replace(/\{(\w+)\}/g, (_, name: string) => write(filled[name]));
    return language === "fr" ? unbreakable(said) : said;
  };
}
