/** An order for many: its cost and who cannot be told first, a second word, and the exit code at its end. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import type { MassReply, MassView } from "../../api/mass.ts";
import { beffroi, FRENCH, temporaryFolder } from "./bin.ts";
import { type FakeBox, json, startFakeBox } from "./fake-box.ts";

const folder = temporaryFolder();
let box: FakeBox | undefined;
afterEach(() => box?.stop());

const ID = randomUUID();
const LAMPS = ["lamp:88383:041", "lamp:88383:042", "lamp:88383:043"];
const devices = LAMPS.map((asset, index) => ({
  devEui: `70b3d5e75e00000${index}`,
  model: "nas-ul20xx",
  asset,
  state: "in-service",
}));
const cost = { frames: 2, airtimeMs: 2_400, spanMs: 24_000 };
const plan: MassReply["plan"] = {
  assets: 2,
  unicast: cost,
  oneByOne: { sf12: cost, sf9: cost },
  reasons: [],
  refused: [{ target: LAMPS[0]!, reason: "takeover-needs-reason:mairie" }],
  confirm: "0badcafe",
};
const view = (changes: Partial<MassView>): MassView => ({
  id: ID,
  size: 2,
  states: { queued: 2 },
  terminal: false,
  named: [],
  ...changes,
});

/** `course`: what is said each time it is asked how far it has come. */
const boxSaying = async (...course: MassView[]): Promise<void> => {
  const left = [...course];
  box = await startFakeBox(folder.path, ({ method, url, body }, reply) => {
    if (url.startsWith("/devices")) return json(reply, { devices });
    if (method === "GET") return json(reply, left.length > 1 ? left.shift() : left[0]);
    const said = (body as { confirm?: string }).confirm === plan.confirm;
    json(reply, said ? { plan, mass: view({}) } : { plan });
  });
};
const send = (...more: string[]) =>
  beffroi(["send", "lamp:88383:*", "dim", "50", "--for", "30m", ...more, "--data", folder.path], { env: FRENCH });

test("without the second word nothing is sent, and scripts see it", async () => {
  await boxSaying();
  const { code, out, err } = await send();
  expect(code).toBe(4);
  expect(out.replace(/\s+/g, " ")).toContain(
    "lamp:88383:041 : refusé (tenu par mairie ; pour le reprendre, dites pourquoi avec --reason)",
  );
  expect(err).toContain("Rien n’est parti.");
  expect(err).toContain("--yes");
  expect(box!.asked.filter(({ body }) => (body as { confirm?: string } | undefined)?.confirm)).toEqual([]);
});

test("followed to its end: all obeyed is 0", async () => {
  await boxSaying(view({}), view({ states: { "effect-observed": 2 }, terminal: true }));
  const { code, out } = await send("--yes", "--watch");
  expect(out).toContain("2 équipements : 2 effet constaté");
  expect(code).toBe(0);
});

test("followed to its end: who did not obey is named, and it is 5", async () => {
  const named = [{ target: LAMPS[1]!, state: "failed", reason: "no-effect-in-time" }];
  await boxSaying(view({ states: { "effect-observed": 1, failed: 1 }, terminal: true, named }));
  const { code, out, err } = await send("--yes", "--watch");
  expect(out).toContain("lamp:88383:042");
  expect(err).toContain("1 équipement sur 2 n’a pas obéi");
  expect(code).toBe(5);
  const scripts = await send("--yes", "--watch", "--json");
  expect(scripts.code).toBe(5);
  expect(JSON.parse(scripts.out.trim().split("\n").at(-1)!)).toMatchObject({ terminal: true, named });
});
