/** Reads whatever a label, a scanner or a person gives: TR005, its draft, a DevEUI alone, a maker's text that contains one. */
import { readTr005, readUrn } from "./tr005.ts";
import type { Label, LabelRead, LabelWarning } from "./words.ts";

/** Text longer than any QR code holds is none. */
const LENGTH_MAX = 5_000;

/** 16 hex digits, alone or in pairs with `:`, `-`, `.` or blanks between; not a part of a longer number. */
const EUI = "(?<![0-9A-Za-z])[0-9A-F]{2}(?:[-:. ]?[0-9A-F]{2}){7}(?![0-9A-Za-z])";
const EUIS = new RegExp(EUI, "gi");
/** 32 of them are a key. */
const KEYS = /(?<![0-9A-F])[0-9A-F]{2}(?:[-: ][0-9A-F]{2}){15}(?![0-9A-F])|(?<![0-9A-F])[0-9A-F]{32}(?![0-9A-F])/gi;

const bare = (eui: string): string => eui.replace(/[^0-9A-F]/gi, "").toLowerCase();

/** What follows a name in a text: `DevEUI: 70…`, `"dev_eui":"70…"`, `DEVEUI=70…`. */
const named = (text: string, names: string): string | undefined => {
  const match = new RegExp(`(?:${names})["']?\\s*[:=#]?\\s*["']?(${EUI})`, "i").exec(text);
  return match?.[1] === undefined ? undefined : bare(match[1]);
};

const SERIAL = /(?:\bS\/?N|serial(?:[ _-]?(?:number|no\.?))?)["']?\s*[:=#]\s*["']?([0-9A-Za-z-]{4,32})/i;

const found = (form: Label["form"], devEui: string, more: Partial<Label>): LabelRead => ({
  ok: true,
  label: { form, devEui, checksum: "absent", warnings: [], ...more },
});

const readText = (whole: string): LabelRead => {
  const text = whole.replace(KEYS, "…");
  const warnings: LabelWarning[] = text === whole ? [] : [{ code: "key-on-label" }];
  const joinEui = named(text, "join[ _-]?eui|app[ _-]?eui");
  const serialNumber = SERIAL.exec(text)?.[1];
  const said = named(text, "dev(?:ice)?[ _-]?eui");
  const others = [...new Set([...text.matchAll(EUIS)].map(([eui]) => bare(eui)))].filter((eui) => eui !== joinEui);
  if (said === undefined && others.length > 1) return { ok: false, fault: { code: "ambiguous", candidates: others } };
  const devEui = said ?? others[0];
  if (devEui === undefined) return { ok: false, fault: { code: "no-deveui" } };
  return found("text", devEui, {
    ...(joinEui === undefined ? {} : { joinEui }),
    ...(serialNumber === undefined ? {} : { serialNumber }),
    warnings,
  });
};

/** Never throws. A checksum that disagrees is a warning: the label is read all the same. */
export const readLabel = (typed: string): LabelRead => {
  // Scanners end with a line break; copied texts bring zero-width characters along.
  const text = typed.replace(/[\u200b-\u200d\u2060\ufeff]/g, "").trim();
  if (text === "") return { ok: false, fault: { code: "empty" } };
  if (text.length > LENGTH_MAX) return { ok: false, fault: { code: "no-deveui" } };
  const coded = readTr005(text) ?? readUrn(text);
  if (coded !== undefined) return coded;
  const alone = new RegExp(`^${EUI}$`, "i").test(text);
  return alone ? found("deveui", bare(text), {}) : readText(text);
};
