/** All words of one language: the page's texts, formats and measurements. No React, no browser. */
import { createSay, type Language, type Say } from "../../texts/catalogue.ts";
import { en } from "../../texts/console/en.ts";
import { fr } from "../../texts/console/fr.ts";
import { en as quantitiesEn } from "../../texts/quantities/en.ts";
import { fr as quantitiesFr } from "../../texts/quantities/fr.ts";
import { createFormat, type Format } from "./format.ts";
import { createMeasurementWords, type MeasurementWords } from "./measurement.ts";

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
