/** What the command line says and does of a running hypervisor: incidents, quarantine, comparison, certificate. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { CompletenessView } from "../../api/completeness.ts";
import { Journal, readingOf } from "../hypervisor/batches.ts";
import { type Region, startRegion } from "../hypervisor/region.ts";
import { beffroi, FRENCH } from "./bin.ts";

const PROCESSES_MS_MAX = 180_000;
const DAY = Date.UTC(2026, 2, 2);
/** Spaces as people type them. */
const plain = (text: string): string => text.replace(/[\s ]+/g, " ").trim();

let region: Region;
beforeAll(async () => {
  region = await startRegion();
  const box = await region.addBox({ name: "remiremont", communes: ["88383"] });
  const journal = new Journal("remiremont");
  const uplink = (fCnt: number) => readingOf({ fCnt, at: DAY + fCnt * 60_000, receivedAt: DAY + fCnt * 60_000 });
  journal.append(uplink(1), uplink(2), uplink(5));
  const clone = journal.copy();
  // A place in another commune is not its to say: aside.
  journal.append(uplink(6), {
    kind: "registry",
    at: DAY,
    change: {
      op: "put-asset",
      asset: { ref: "lamp:88158:1", kind: "lamp", commune: "88158", use: "lighting", attributes: {} },
    },
  });
  clone.append(uplink(900), uplink(901), uplink(902));
  expect((await region.send(box, journal.batch(1, 5))).status).toBe(200);
  expect((await region.send(box, clone.batch(4, 6))).status).toBe(423);
}, 120_000);
afterAll(() => region?.stop());

const run = (...args: string[]) =>
  beffroi([...args, "--data", `${region.folder}/data`], { cwd: region.folder, env: FRENCH });
const said = async (...args: string[]) => {
  const { code, out, err } = await run(...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: "" });
  for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(120);
  return plain(out);
};
const json = async (...args: string[]) => JSON.parse((await run(...args, "--json")).out);

test(
  "incidents are listed, explained and decided, once",
  async () => {
    const { incidents } = await json("hypervisor", "incident", "list");
    expect(incidents).toMatchObject([{ box: "remiremont", reason: "another-history-before-cursor" }]);
    const { id } = incidents[0];
    expect(await said("hypervisor", "incident", "list")).toMatch(/remiremont .* à trancher/);
    expect(await said("hypervisor", "incident", "show", `${id}`)).toMatch(
      /Deux boîtiers se présentent sous le nom remiremont.*Accepté jusqu’à l’entrée 5.*Commun jusqu’à l’entrée 3, du .*Séparés à l’entrée 4, exactement.*L’accepté 2 entrées que.*Le refusé 3 entrées que.*le même certificat.*decide \d keep.*new-epoch/,
    );
    expect((await run("hypervisor", "incident", "decide", `${id}`, "noted")).code).not.toBe(0);
    expect(await said("hypervisor", "incident", "decide", `${id}`, "keep", "--by", "claire")).toMatch(
      /remiremont reste celui que la région connaît/,
    );
    const again = await run("hypervisor", "incident", "decide", `${id}`, "keep");
    expect(again.code).not.toBe(0);
    expect(await json("hypervisor", "incident", "show", `${id}`)).toMatchObject({
      decision: "keep",
      decidedBy: "claire",
      heardFrom: "127.0.0.1",
    });
    expect(await said("hypervisor", "incident", "show", `${id}`)).toMatch(
      /venu de 127\.0\.0\.1.*plus rien n’en arrive.*decide \d new-epoch/,
    );
    const left = await json("hypervisor", "incident", "list");
    expect(left.incidents.map((each: { id: number }) => each.id)).not.toContain(id);
    expect(await said("hypervisor", "incident", "decide", `${id}`, "new-epoch")).toMatch(/est désormais remiremont/);
    expect((await run("hypervisor", "incident", "decide", `${id}`, "keep")).code).not.toBe(0);
    expect((await run("hypervisor", "incident", "show", "77")).code).not.toBe(0);
    expect((await run("hypervisor", "incident", "show", "x")).code).toBe(2);
  },
  PROCESSES_MS_MAX,
);

test(
  "the quarantine is listed with its reason, and tried again",
  async () => {
    const { entries } = await json("hypervisor", "quarantine", "list", "remiremont");
    expect(entries).toMatchObject([{ seq: 5, code: "commune-not-served" }]);
    expect(await said("hypervisor", "quarantine", "list", "remiremont")).toMatch(/5 commune-not-served/);
    expect(await said("hypervisor", "quarantine", "replay", "remiremont")).toMatch(/0 entrées? reprises?, 1 encore/);
    expect(await said("hypervisor", "quarantine", "list", "elsewhere")).toMatch(/Rien en quarantaine/);
  },
  PROCESSES_MS_MAX,
);

test(
  "the comparison is asked for, and the certificate of a day has its numbers",
  async () => {
    expect(await said("hypervisor", "compare")).toMatch(/remiremont — 0 pas encore comparé/);
    expect(await said("hypervisor", "compare", "remiremont")).toMatch(/remiremont sera comparé/);
    expect((await json("hypervisor", "compare")).comparisons).toMatchObject([{ box: "remiremont", wanted: true }]);
    const view = CompletenessView.parse(await json("hypervisor", "completeness", "remiremont", "--day", "2026-03-02"));
    expect(view.devices).toMatchObject([{ device: "24e124713b492281", received: 4, lostOnAir: 2, lostByUs: 0 }]);
    expect(await said("hypervisor", "completeness", "remiremont", "--day", "2026-03-02")).toMatch(
      /Complétude de remiremont le 2026-03-02 .*24e124713b492281 — — 4 2 0 Perdu par nous : rien/,
    );
    expect((await run("hypervisor", "completeness", "remiremont", "--day", "2026-02-30")).code).toBe(2);
  },
  PROCESSES_MS_MAX,
);
