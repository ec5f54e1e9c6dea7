/** The language of the page: French unless the person chose otherwise, remembered in this browser. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { createSay, LANGUAGES, type Language, type Say } from "../texts/catalogue.ts";
import { en } from "../texts/console/en.ts";
import { fr } from "../texts/console/fr.ts";
import { en as quantitiesEn } from "../texts/quantities/en.ts";
import { fr as quantitiesFr } from "../texts/quantities/fr.ts";
import { createFormat, type Format } from "./words/format.ts";
import { createMeasurementWords, type MeasurementWords } from "./words/measurement.ts";

export type SayPage = Say<typeof fr>;
export type TextKey = keyof typeof fr;

export interface Words {
  readonly language: Language;
  readonly say: SayPage;
  readonly format: Format;
  readonly measurement: MeasurementWords;
}

export function createWords(language: Language): Words {
  const format = createFormat(language);
  const quantities = createSay<typeof quantitiesFr>(language === "fr" ? quantitiesFr : quantitiesEn, language);
  return {
    language,
    say: createSay<typeof fr>(language === "fr" ? fr : en, language),
    format,
    measurement: createMeasurementWords(quantities, format),
  };
}

/** Whether a word from the wire has a text; what has none is shown as it came. */
export const isText = (key: string): key is TextKey => Object.hasOwn(fr, key);

const STORED_AS = "beffroi.language";

// A browser may refuse storage altogether; the page then simply forgets the choice.
const stored = (): Language => {
  try {
    const value = localStorage.getItem(STORED_AS);
    return LANGUAGES.find((language) => language === value) ?? "fr";
  } catch {
    return "fr";
  }
};

const store = (language: Language): void => {
  try {
    localStorage.setItem(STORED_AS, language);
  } catch {
    return;
  }
};

interface Chosen {
  readonly words: Words;
  readonly choose: (language: Language) => void;
}

const LanguageContext = createContext<Chosen | undefined>(undefined);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(stored);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const chosen = useMemo<Chosen>(
    () => ({
      words: createWords(language),
      choose: (next) => {
        store(next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <LanguageContext value={chosen}>{children}</LanguageContext>;
}

export function useLanguage(): Chosen {
  const chosen = useContext(LanguageContext);
  if (chosen === undefined) throw new Error("no LanguageProvider above");
  return chosen;
}

export const useWords = (): Words => useLanguage().words;
