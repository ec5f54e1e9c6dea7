/** What a person reads of an incident, in both languages: whole lines at 80 columns, and no more certain than what is known. */
import { expect, test } from "vitest";
import type { IncidentView } from "../../api/incidents.ts";
import type { Cli, Terminal } from "../../cli/cli.ts";
import { describeIncident } from "../../cli/incidents.ts";
import { loadSay } from "../../cli/language.ts";

const AT = "2026-03-02T10:00:00Z";
const incident: IncidentView = {
  id: 3,
  box: "remiremont",
  epoch: 1,
  reason: "not-recoverable",
  openedAt: AT,
  lastAt: AT,
  attempts: 1,
  firstSeq: 41,
  durableSeq: 90,
  kept: { batches: 0, entries: 0, lastSeq: 0 },
  repeats: 0,
};

const shown = async (language: "fr" | "en", of: Partial<IncidentView>): Promise<readonly string[]> => {
  const lines: string[] = [];
  const out = {
    columns: 80,
    line: (text = "") => void lines.push(text),
    paint: (_style: string, text: string) => text,
  } as Partial<Terminal> as Terminal;
  const cli = {
    language,
    say: await loadSay(language),
    out,
    now: () => Date.parse(AT) + 5.5 * 86_400_000,
  } as Partial<Cli> as Cli;
  describeIncident(cli, { ...incident, ...of });
  return lines;
};
const text = async (language: "fr" | "en", of: Partial<IncidentView>): Promise<string> =>
  (await shown(language, of)).join(" ").replace(/\s+/g, " ");

test("entries that were counted are lost, others may be", async () => {
  expect(await text("en", { lost: 50 })).toMatch(/they are lost\..*50 entries, between 41 and 90/);
  expect(await text("fr", { lost: 50 })).toMatch(/elles sont perdues\..*50 entrées, entre 41 et 90/);
  const [fr, en] = [await text("fr", { lost: 0 }), await text("en", { lost: 0 })];
  expect(fr).toMatch(/peut-être plus dans la base.*personne ne peut les compter\..*41 à 90/);
  expect(en).toMatch(/may no longer be.*nobody can count them\..*41 to 90/);
  expect(`${fr} ${en}`).not.toMatch(/sont perdues|are lost/);
});

test("one that was kept out can be let in later, and both languages say so", async () => {
  const kept = {
    reason: "disputed",
    decision: "keep",
    decidedAt: AT,
    decidedBy: "claire",
    heardFrom: "10.1.2.3",
  } as const;
  expect(await text("en", kept)).toMatch(/Came from 10\.1\.2\.3.*the box after all.*decide 3 new-epoch/);
  expect(await text("fr", kept)).toMatch(/Venu de 10\.1\.2\.3.*tout de même le boîtier.*decide 3 new-epoch/);
  expect(await text("en", { ...kept, decision: "new-epoch" })).not.toMatch(/after all/);
});

test("who was decided against and goes on knocking is said so, and what has waited for days", async () => {
  const decided = { reason: "disputed", decidedAt: AT, decidedBy: "claire", sign: "knocking" } as const;
  expect(await text("fr", { ...decided, decision: "keep" })).toMatch(
    /· écarté, frappe encore .*Décision tranché : garder, .* Le boîtier écarté frappe encore : il tourne quelque part.*decide 3 new-epoch/,
  );
  const replaced = { ...decided, decision: "new-epoch", replacedAt: AT, replacedFrom: "10.1.2.9" } as const;
  expect(await text("en", replaced)).toMatch(
    /· replaced, still knocking .*still knocking \(last .*, from 10\.1\.2\.9\)/,
  );
  for (const line of await shown("fr", replaced)) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(await text("fr", { reason: "disputed", sign: "undecided" })).toMatch(/· à trancher depuis 5 jours /);
  expect(await text("fr", { ...replaced, sign: undefined })).not.toMatch(/frappe/);
});

test("of two histories it says how far each was ever confirmed, and what the refused one still has", async () => {
  const two = {
    reason: "another-history-before-cursor",
    acceptedConfirmedSeq: 12_345_120,
    refusedConfirmedSeq: 12_345_070,
    refusedOldestSeq: 12_344_060,
  } as const;
  for (const language of ["fr", "en"] as const) {
    const lines = await shown(language, two);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(lines.some((line) => line.includes("12345120") && line.includes("12345070"))).toBe(true);
    expect(lines.some((line) => line.includes("12344060"))).toBe(true);
  }
  expect(await text("en", { ...two, kept: { batches: 1, entries: 4, lastSeq: 95 } })).not.toMatch(
    /none of them is lost/,
  );
  const whole = { ...two, refusedOldestSeq: 41, kept: { batches: 1, entries: 4, lastSeq: 95 } };
  expect(await text("en", whole)).toMatch(/entries 41 to 95 of the other; none of them is lost/);
  // A box of before says nothing of it, and nothing is said.
  expect(await text("en", { reason: two.reason })).not.toMatch(/onfirmed/);
});

const SERIAL = "7F3A9C0B5D2E4F60718293A4B5C6D7E8F9010203";
const both = {
  reason: "another-history-before-cursor",
  parting: { commonSeq: 12_345_070, commonAt: AT, partedSeq: 12_345_071 },
  accepted: {
    address: "2001:db8:1234:5678:9abc:def0:1234:5678",
    serial: SERIAL,
    version: "0.9.1",
    entries: { least: 1_234_567, most: 1_234_567 },
    firstAt: AT,
    lastAt: AT,
    heardSince: AT,
    heardAt: AT,
  },
  refused: { address: "10.1.2.3", serial: SERIAL, entries: { least: 1, most: 1 }, firstAt: AT, lastAt: AT },
} as const;

test("what tells the two apart: where they parted, what each has alone, who each is", async () => {
  for (const language of ["fr", "en"] as const)
    for (const line of await shown(language, both)) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(await text("fr", both)).toMatch(
    /Commun jusqu’à l’entrée 12345070, du .* Séparés à l’entrée 12345071, exactement L’accepté [\d\s]+ entrées que l’autre n’a pas datées du .* arrivées du .* venu de 2001:.* certificat 7F3A.* version 0\.9\.1 Le refusé 1 entrée que l’autre n’a pas .*venu de 10\.1\.2\.3 .*Les deux ont montré le même certificat/,
  );
  const renewed = { ...both, refused: { ...both.refused, serial: "01" } };
  expect(await text("en", renewed)).toMatch(/showed different certificates/);
  // Of a box that shows none nothing is said of certificates.
  expect(await text("en", { ...both, refused: { address: "10.1.2.3" } })).not.toMatch(/certificates?:|different/);
});

test("what is only bounded is told as bounds, and what is not known as not known", async () => {
  const bounded = {
    ...both,
    parting: { commonSeq: 40, partedSeq: 90 },
    refused: { entries: { least: 2, most: 52 } },
  } as const;
  expect(await text("en", bounded)).toMatch(
    /up to entry 40 Parted somewhere from entry 41 to entry 90 .*between 2 and 52 entries/,
  );
  expect(await text("en", bounded)).not.toMatch(/exactly/);
  const setBack = { ...both, parting: { commonSeq: 40 }, refused: { entries: { least: 0, most: 0 } } } as const;
  expect(await text("fr", setBack)).toMatch(/Séparés nulle part : le refusé s’arrête là.*aucune entrée que l’autre/);
  const unknown = { ...both, parting: { commonSeq: 0 }, refused: {} };
  expect(await text("fr", unknown)).toMatch(/Commun on ne sait pas jusqu’où Séparés on ne sait pas où/);
});

test("of a refused box that does not say who it is, a person is told what deciding for it means", async () => {
  expect(await text("fr", { ...both, isNamed: false })).toMatch(/ne se distingue pas d’une copie de son disque/);
  expect(await text("fr", { ...both, isNamed: true })).not.toMatch(/ne se distingue pas/);
});
