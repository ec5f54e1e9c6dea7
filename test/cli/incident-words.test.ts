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
