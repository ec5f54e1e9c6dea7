import { expect, test } from "vitest";
import type { LoraGatewaysView } from "../../api/schemas.ts";
import { antennaNotes, antennaSummary, isAnySilent } from "../../console/words/antenna.ts";
import { createWords } from "../../console/words/words.ts";
import { API_FAULTS } from "../../gateway/chirpstack/gateway-service.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const at = (minutesAgo: number): string => new Date(NOW - minutesAgo * 60_000).toISOString();
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const [french, english] = [createWords("fr"), createWords("en")];

const BELFRY = { id: "0016c00100088383", name: "Beffroi", state: "online", lastSeenAt: at(0) } as const;
const SCHOOL = { id: "0016c00100088384", name: "École", state: "offline", lastSeenAt: at(125) } as const;
const NEW = { id: "0016c00100088385", name: "", state: "never-seen" } as const;
const told = (...gateways: LoraGatewaysView["gateways"]): LoraGatewaysView => ({ checkedAt: at(0), gateways });

test("a silent antenna is told by name, since when, and what it means", () => {
  const [note, ...others] = antennaNotes(told(SCHOOL, BELFRY), NOW, french);
  expect(others).toEqual([]);
  expect(note?.bad).toBe(true);
  expect(plain(note!.what)).toMatch(
    /^L’antenne École \(0016c00100088384\) ne répond plus depuis \d\d:\d\d \(il y a 2 h\)\.$/,
  );
  expect(note!.means).toMatch(/^C’est la cause la plus fréquente du silence des appareils/);
  expect(antennaNotes(told(SCHOOL), NOW, english)[0]!.what).toMatch(/^The antenna École .* has not answered since/);
});

test("one line says what works, or how many do not", () => {
  const line = (view: LoraGatewaysView) => plain(antennaSummary(view, french.say));
  expect(line({ gateways: [] })).toBe("Pas encore connu");
  expect(line(told())).toBe("Aucune n’est inscrite dans ChirpStack");
  expect(line(told(BELFRY))).toBe("1 en service");
  expect(line(told(SCHOOL, NEW, BELFRY))).toBe("1 sur 3 ne répond plus · 1 sur 3 n’a encore jamais répondu");
  expect([isAnySilent(undefined), isAnySilent(told(NEW)), isAnySilent(told(BELFRY, SCHOOL))]).toEqual([
    false,
    false,
    true,
  ]);
});

test("one that never spoke is named by its identifier, and is no reproach", () => {
  expect(antennaNotes(told(NEW), NOW, french)).toMatchObject([
    { bad: false, what: "L’antenne 0016c00100088385 n’a encore jamais répondu." },
  ]);
});

test("every fault has its sentence in both languages, beside what was known last; a word of a newer box is shown", () => {
  for (const words of [french, english])
    for (const fault of API_FAULTS) {
      const [first, last] = antennaNotes({ ...told(SCHOOL), fault }, NOW, words);
      expect(first?.bad).toBe(true);
      expect(last?.means, fault).toMatch(/ChirpStack|chirpstack/);
    }
  expect(antennaNotes({ fault: "moon-phase", gateways: [] }, NOW, french)).toEqual([
    { key: "fault", bad: false, what: "ChirpStack n’a pas encore dit l’état des antennes.", means: "moon-phase" },
  ]);
});
