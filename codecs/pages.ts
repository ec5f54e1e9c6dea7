/** The pages of docs/models/: one model's data sheet, made from its codec's shape and its record in the registry. */
import type { CodecShape, FieldShape } from "./language/shape.ts";
import { type EntityType, ngsiLdMapping } from "./ngsi-ld.ts";
import type { Note } from "./words.ts";

export type PageLanguage = "fr" | "en";

/** What the registry says of the model, as far as its page shows it. */
export interface ModelRecord {
  readonly aliases: readonly string[];
  readonly use: "lighting" | "security" | "waste" | "mobility" | "energy" | "air" | "water";
  readonly assetKinds: readonly string[];
  readonly deviceClass: string;
  readonly expectedIntervalSeconds: number;
  readonly lastProvable: "on-air" | "acknowledged" | "effect-observed";
  readonly battery?: { readonly years: number; readonly source: string };
  readonly dataProtection: "things" | "counts" | "presence" | "dwelling";
  readonly entityType: EntityType;
}

const WORDS = {
  en: {
    intro: (maker: string, id: string, version: number) =>
      `Maker: ${maker} · model \`${id}\` · codec version ${version}`,
    firmware: "firmware",
    generated: "This page is generated from the codec's declaration; do not edit it.",
    uplinks: "What the device sends",
    commands: "Commands",
    notCovered: "Not covered",
    differs: "Where what is published is wrong",
    ngsiLd: "In NGSI-LD (Smart Data Models)",
    ngsiLdColumns: ["measurement", "entity", "attribute", "value"],
    record: {
      title: "In service",
      aliases: "also reads",
      use: "use",
      serves: "serves",
      deviceClass: "LoRaWAN class",
      interval: "expected interval, at most",
      proof: "its commands are proved, at best, by",
      battery: "battery",
      dataProtection: "data protection",
      entityType: "NGSI-LD type",
    },
    uses: {
      lighting: "lighting",
      security: "security",
      waste: "waste",
      mobility: "mobility",
      energy: "energy",
      air: "air",
      water: "water",
    },
    proofs: {
      "on-air": "their sending",
      acknowledged: "the device's acknowledgement",
      "effect-observed": "their effect, seen in a later frame",
    },
    concerns: {
      things: "`things`: nobody can be singled out",
      counts: "`counts`: figures, never an identity",
      presence: "`presence`: tells when somebody is there; personal where a room belongs to few",
      dwelling: "`dwelling`: of a home, personal; at most a daily index without consent",
    },
    years: (years: number) => `${years} years`,
    hours: (hours: number) => `${hours} h`,
    asItIs: "as it is",
    none: "None.",
    port: "FPort",
    anyPort: "any FPort",
    verified: "verified with published values",
    built: "built from the published layout, no published values",
    columns: ["field", "type", "unit", "allowed", "measurement"],
    types: {
      number: "number",
      choice: "choice",
      flag: "yes/no",
      text: "text",
      group: "group",
      list: "list",
      variants: "kind",
    },
    optional: "may be missing",
    default: "default",
    step: "step",
    orWord: "or",
    atLeast: (least: number) => `at least ${least} ×`,
    yes: "yes",
    no: "no",
    index: "Models",
    indexIntro: "The devices whose frames the house reads itself. Other makers' codecs run in the sandbox.",
  },
  fr: {
    intro: (maker: string, id: string, version: number) =>
      `Fabricant : ${maker} · modèle \`${id}\` · version du codec ${version}`,
    firmware: "micrologiciel",
    generated: "Cette page est produite à partir de la déclaration du codec ; ne pas la modifier.",
    uplinks: "Ce que l’appareil envoie",
    commands: "Commandes",
    ngsiLd: "En NGSI-LD (Smart Data Models)",
    ngsiLdColumns: ["mesure", "entité", "attribut", "valeur"],
    record: {
      title: "En service",
      aliases: "lit aussi",
      use: "usage",
      serves: "sert",
      deviceClass: "classe LoRaWAN",
      interval: "intervalle attendu, au plus",
      proof: "ses commandes sont prouvées, au mieux, par",
      battery: "pile",
      dataProtection: "protection des données",
      entityType: "type NGSI-LD",
    },
    uses: {
      lighting: "éclairage",
      security: "sécurité",
      waste: "déchets",
      mobility: "mobilité",
      energy: "énergie",
      air: "air",
      water: "eau",
    },
    proofs: {
      "on-air": "leur émission",
      acknowledged: "l’accusé de réception de l’appareil",
      "effect-observed": "leur effet, vu dans une trame suivante",
    },
    concerns: {
      things: "`things` : personne ne peut être reconnu",
      counts: "`counts` : des nombres, jamais une identité",
      presence: "`presence` : dit quand quelqu’un est là ; personnel quand la pièce est à peu de monde",
      dwelling: "`dwelling` : d’un logement, personnel ; au plus un index par jour sans consentement",
    },
    years: (years: number) => `${years} ans`,
    hours: (hours: number) => `${String(hours).replace(".", ",")} h`,
    asItIs: "telle quelle",
    notCovered: "Non couvert",
    differs: "Où ce qui est publié est faux",
    none: "Aucune.",
    port: "FPort",
    anyPort: "n’importe quel FPort",
    verified: "vérifié avec des valeurs publiées",
    built: "construit d’après la description publiée, sans valeurs publiées",
    columns: ["champ", "type", "unité", "permis", "mesure"],
    types: {
      number: "nombre",
      choice: "choix",
      flag: "oui/non",
      text: "texte",
      group: "groupe",
      list: "liste",
      variants: "sorte",
    },
    optional: "peut manquer",
    default: "par défaut",
    step: "pas",
    orWord: "ou",
    atLeast: (least: number) => `au moins ${least} ×`,
    yes: "oui",
    no: "non",
    index: "Modèles",
    indexIntro:
      "Les appareils dont la maison lit elle-même les trames. Les codecs d’autres fabricants tournent dans le bac à sable.",
  },
} as const;

type Words = (typeof WORDS)[PageLanguage];

/** More choices than this are shown by their first and last. */
const choicesShownMax = 8;

function choices(words: readonly string[]): string {
  const shown = words.length <= choicesShownMax ? words : [...words.slice(0, 3), "…", ...words.slice(-3)];
  return shown.map((word) => (word === "…" ? word : `\`${word}\``)).join(", ");
}

/** The ends of a floating-point number limit nothing. */
const FLOAT_FROM = 1e15;

/** Enough digits to tell neighbouring limits apart, without those of a binary fraction. */
const plain = (value: number): string => String(Number(value.toPrecision(10)));

function allowed(field: FieldShape, words: Words): string {
  const { min, max, step, length, count, least, default: fallback } = field;
  const endless = min === undefined || max === undefined || max >= FLOAT_FROM;
  const range = endless ? "" : `${plain(min)} … ${plain(max)}`;
  const fallbackText = typeof fallback === "boolean" ? words[fallback ? "yes" : "no"] : `\`${fallback}\``;
  const parts = [
    range,
    field.choices ? (range === "" ? choices(field.choices) : `${words.orWord} ${choices(field.choices)}`) : "",
    step !== undefined && step !== 1 ? `${words.step} ${plain(step)}` : "",
    length === undefined ? "" : `${length} ×`,
    count === undefined ? "" : `${count} ×`,
    least === undefined ? "" : words.atLeast(least),
    fallback === undefined ? (field.optional ? words.optional : "") : `${words.default} ${fallbackText}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function rows(fields: readonly FieldShape[], words: Words, path = ""): string[] {
  return fields.flatMap((field) => {
    const name = `${path}${field.name}`;
    const measures = field.measures.map((one) => `\`${one.name}\` (${one.unit})`).join(", ");
    const row = `| \`${name}\` | ${words.types[field.type]} | ${field.unit ?? ""} | ${allowed(field, words)} | ${measures} |`;
    const inner = field.type === "list" ? `${name}[].` : field.type === "variants" ? "" : `${name}.`;
    return [row, ...rows(field.fields ?? [], words, inner)];
  });
}

function table(fields: readonly FieldShape[], words: Words): string[] {
  if (fields.length === 0) return [];
  return [`| ${words.columns.join(" | ")} |`, `|${" --- |".repeat(words.columns.length)}`, ...rows(fields, words), ""];
}

const proof = (verified: boolean, words: Words): string => (verified ? words.verified : words.built);

function inService(record: ModelRecord, hasCommands: boolean, words: Words): string[] {
  const { record: labels } = words;
  const rows: readonly (readonly [string, string])[] = [
    ...(record.aliases.length === 0 ? [] : [[labels.aliases, record.aliases.join(", ")] as const]),
    [labels.use, words.uses[record.use]],
    [labels.serves, record.assetKinds.map((kind) => `\`${kind}\``).join(", ")],
    [labels.deviceClass, record.deviceClass],
    [labels.interval, words.hours(record.expectedIntervalSeconds / 3_600)],
    ...(hasCommands ? [[labels.proof, words.proofs[record.lastProvable]] as const] : []),
    ...(record.battery === undefined
      ? []
      : [[labels.battery, `${words.years(record.battery.years)} (${record.battery.source})`] as const]),
    [labels.dataProtection, words.concerns[record.dataProtection]],
    [labels.entityType, record.entityType],
  ];
  return [
    `## ${labels.title}`,
    "",
    "| | |",
    "| --- | --- |",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
  ];
}

function ngsiLd(shape: CodecShape, entityType: EntityType | undefined, words: Words): string[] {
  const rows = ngsiLdMapping(shape, entityType).map(({ measurement, entity, attribute, per, words: states }) => {
    const value = per !== undefined ? `÷ ${per}` : states ? `\`${states.yes}\`, \`${states.no}\`` : words.asItIs;
    return `| \`${measurement}\` | ${entity} | \`${attribute}\` | ${value} |`;
  });
  if (rows.length === 0) return [];
  const head = [`| ${words.ngsiLdColumns.join(" | ")} |`, `|${" --- |".repeat(words.ngsiLdColumns.length)}`];
  return [`## ${words.ngsiLd}`, "", ...head, ...rows, ""];
}

const notes = (title: string, all: readonly Note[], language: PageLanguage): readonly string[] =>
  all.length === 0 ? [] : [`## ${title}`, "", ...all.map((one) => `- ${one[language]}`), ""];

/** One model as Markdown. */
export function modelPage(shape: CodecShape, language: PageLanguage, record?: ModelRecord): string {
  const words = WORDS[language];
  const { id, version, maker, name, what, firmware, uplinks, commands, notCovered, differs } = shape;
  const about = words.intro(maker, id, version) + (firmware === undefined ? "" : ` · ${words.firmware} ${firmware}`);
  return [
    `# ${maker} ${name}, ${what[language]}`,
    "",
    about,
    "",
    `_${words.generated}_`,
    "",
    ...(record === undefined ? [] : inService(record, commands.length > 0, words)),
    `## ${words.uplinks}`,
    "",
    ...uplinks.flatMap((one) => [
      `### ${one.anyPort ? words.anyPort : `${words.port} ${one.port}`}`,
      "",
      proof(one.verified, words),
      "",
      ...table(one.fields, words),
    ]),
    `## ${words.commands}`,
    "",
    ...(commands.length === 0 ? [words.none, ""] : []),
    ...commands.flatMap((one) => [
      `### ${one.name}`,
      "",
      `${words.port} ${one.port} · ${proof(one.verified, words)}`,
      "",
      ...table(one.fields, words),
    ]),
    ...ngsiLd(shape, record?.entityType, words),
    ...notes(words.differs, differs, language),
    ...notes(words.notCovered, notCovered, language),
  ].join("\n");
}

/** The list of all models. */
export function indexPage(shapes: readonly CodecShape[], language: PageLanguage): string {
  const words = WORDS[language];
  const lines = shapes.map(
    ({ id, maker, name, what }) => `- [${maker} ${name}](${id}.${language}.md), ${what[language]} (\`${id}\`)`,
  );
  return [`# ${words.index}`, "", words.indexIntro, "", `_${words.generated}_`, "", ...lines, ""].join("\n");
}

/** File name in docs/models/ → content, for all models in both languages. */
export function allPages(
  shapes: readonly CodecShape[],
  recordOf: (id: string) => ModelRecord | undefined,
): ReadonlyMap<string, string> {
  const languages: readonly PageLanguage[] = ["fr", "en"];
  return new Map(
    languages.flatMap((language) => [
      [`index.${language}.md`, indexPage(shapes, language)] as const,
      ...shapes.map((shape) => [`${shape.id}.${language}.md`, modelPage(shape, language, recordOf(shape.id))] as const),
    ]),
  );
}
