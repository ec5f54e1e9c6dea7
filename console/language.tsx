/** The language of the page: French unless the person chose otherwise, remembered in this browser. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { LANGUAGES, type Language } from "../texts/catalogue.ts";
import { createWords, type Words } from "./words/words.ts";

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
