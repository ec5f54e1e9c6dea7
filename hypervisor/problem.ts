/** Faults told to people: in French or English by what the client asks for. */
import type { Problem } from "../api/schemas.ts";
import { createSay, LANGUAGES, type Language } from "../texts/catalogue.ts";
import { en } from "../texts/hypervisor/en.ts";
import { fr } from "../texts/hypervisor/fr.ts";
import type { FaultDetail, HypervisorFault } from "./faults.ts";

type Key = keyof typeof fr;
type SayAny = (key: Key, values: FaultDetail) => string;

const sayers: Readonly<Record<Language, SayAny>> = {
  fr: createSay<Record<Key, string>>(fr, "fr") as SayAny,
  en: createSay<Record<Key, string>>(en, "en") as SayAny,
};

/** A text of texts/hypervisor. Ports and pids are names rather than amounts: all values are written as they are. */
export const say = (language: Language, key: Key, detail: FaultDetail = {}): string =>
  sayers[language](key, Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, String(value)])));

/** The first of our languages in an `Accept-Language` header (RFC 9110 §12.5.4); French when it names none. */
export const languageOf = (acceptLanguage: string | undefined): Language => {
  const asked = (acceptLanguage ?? "").split(",").map((part, place) => {
    const [range = "", ...parameters] = part.trim().toLowerCase().split(";");
    const weight = parameters.map((each) => /^\s*q=([\d.]+)\s*$/.exec(each)?.[1]).find((found) => found !== undefined);
    return { language: range.split("-")[0], weight: weight === undefined ? 1 : Number(weight), place };
  });
  const known = asked
    .filter(({ language, weight }) => weight > 0 && LANGUAGES.some((each) => each === language))
    .sort((a, b) => b.weight - a.weight || a.place - b.place);
  return known[0]?.language === "en" ? "en" : "fr";
};

export const problemOf = ({ code, detail }: HypervisorFault, language: Language): Problem => {
  const fieldReason =
    typeof detail.expected === "string" ? { reason: say(language, detail.expected as Key, detail) } : {};
  const values = { ...detail, ...fieldReason };
  return { code, message: say(language, code, values), remedy: say(language, `${code}.remedy`, values) };
};
