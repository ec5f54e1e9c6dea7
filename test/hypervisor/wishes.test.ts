/** Wishes for many assets of the region: planned, confirmed, fed to the boxes, followed, taken back, and in the audit log. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { AuditReply, MassReply, MassView, TakenBack } from "../../api/mass.ts";
import { CommandsReply, Problem, RegionQueueReply } from "../../api/schemas.ts";
import type { EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { downlinkMs } from "../../commands/airtime/time-on-air.ts";
import { Journal } from "./batches.ts";
import { type Answer, type EnrolledBox, type Feed, lampEntries, type Region, startRegion } from "./region.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const NUMBERS = ["001", "002", "003", "004"];
const HERE = NUMBERS.map((number) => `lamp:88383:${number}`);
const THERE = "lamp:88196:001";
let region: Region;
let boxes: Readonly<Record<"here" | "there", EnrolledBox>>;
const journals = { here: new Journal("here"), there: new Journal("there") };

const deviceOf = (ref: string): string => `70b3d570${ref.slice(5, 10)}${ref.slice(11)}`;
const tell = async (box: "here" | "there", ...bodies: EntryBody[]): Promise<void> => {
  const journal = journals[box];
  const first = journal.lastSeq + 1;
  journal.append(...bodies);
  expect((await region.send(boxes[box], journal.batch(first, journal.lastSeq))).status).toBe(200);
};
const outcome = (command: string, asset: string, state: string, request?: Record<string, unknown>): EntryBody => ({
  kind: "outcome",
  command,
  asset,
  state,
  at: Date.now(),
  ...(request === undefined ? {} : { request }),
});

beforeAll(async () => {
  region = await startRegion({ confirmFrom: 4 });
  boxes = {
    here: await region.addBox({ name: "here", communes: ["88383"] }),
    there: await region.addBox({ name: "there", communes: ["88196"] }),
  };
  await tell("here", ...HERE.flatMap((ref) => lampEntries(ref, deviceOf(ref))));
  const there = lampEntries(THERE, deviceOf(THERE)).map((entry) =>
    JSON.parse(JSON.stringify(entry).replaceAll("88383", "88196")),
  );
  await tell("there", ...there);
});
afterAll(() => region?.stop());

const post = (path: string, body: unknown): Promise<Answer> =>
  region.page(`/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const wish = async (more: object = {}): Promise<MassReply> => {
  const body = {
    targets: HERE,
    name: "dim",
    fields: { level: 50 },
    author: "prefecture",
    precedence: "override",
    ...more,
  };
  return MassReply.parse(JSON.parse((await post("/mass", body)).body));
};
const view = async (id: string): Promise<MassView> =>
  MassView.parse(JSON.parse((await region.page(`/api/v1/mass/${id}`)).body));
const feedOf = (box: "here" | "there"): Promise<Feed> => region.boxFeed(boxes[box], `/v1/boxes/${box}/commands`);
const idsOf = async (mass: string): Promise<Map<string, string>> => {
  const { commands } = CommandsReply.parse(JSON.parse((await region.page("/api/v1/commands?limit=1000")).body));
  return new Map(commands.filter((each) => each.mass?.id === mass).map(({ target, id }) => [target, id]));
};
const audit = async (): Promise<AuditReply> => AuditReply.parse(JSON.parse((await region.page("/api/v1/audit")).body));

it("tells the cost first, names who cannot be told, and places nothing without the word", async () => {
  const { plan, mass } = await wish({ targets: ["lamp:88383:*", THERE, "lamp:88383:999"] });
  expect(mass).toBeUndefined();
  expect(plan).toMatchObject({
    assets: 5,
    refused: [{ target: "lamp:88383:999", reason: "unknown-asset" }],
    reasons: ["not-in-group"],
  });
  // Without a codec the largest frame of the slowest rate is counted; boxes send side by side.
  expect(plan.unicast).toEqual({ frames: 5, airtimeMs: 5 * downlinkMs(51, 0), spanMs: (4 * downlinkMs(51, 0)) / 0.1 });
  expect(plan).not.toHaveProperty("consent");
  expect(plan.confirm).toMatch(/^[0-9a-f]{8}$/);
  expect((await wish({ confirm: "00000000" })).mass).toBeUndefined();
  const refused = await post("/mass", { targets: HERE, name: "dim", fields: { level: 101 } });
  expect([refused.status, Problem.parse(JSON.parse(refused.body)).code]).toEqual([422, "command-field"]);
  expect((await audit()).lines).toBe(0);
});

it("feeds each box its part, follows them, and names who did not obey", async () => {
  const targets = [...HERE, THERE];
  const { confirm } = (await wish({ targets })).plan;
  const { mass } = await wish({ targets, confirm, reason: "nuit noire", holdSeconds: 3_600 });
  expect(mass).toMatchObject({ size: 5, states: { requested: 5 }, terminal: false });
  const id = mass!.id;
  const queue = RegionQueueReply.parse(JSON.parse((await region.page("/api/v1/queue?commune=88383")).body));
  expect(queue.waiting.map(({ target }) => target).sort()).toEqual([...HERE].sort());
  expect(queue.waiting[0]).toMatchObject({ mass: { id, size: 5 }, state: "requested", precedence: "override" });
  const here = await feedOf("here");
  const there = await feedOf("there");
  const text = await here.until(HERE[3]!);
  expect(await there.until(THERE)).not.toContain("lamp:88383");
  expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, cursor]) => cursor)).toEqual(["1", "2", "3", "4"]);
  expect(text).toContain(`"mass":{"id":"${id}","size":5}`);
  here.close();
  there.close();
  const ids = await idsOf(id);
  for (const ref of HERE.slice(0, 3))
    await tell("here", outcome(ids.get(ref)!, ref, "on-air"), outcome(ids.get(ref)!, ref, "effect-observed"));
  await tell("here", outcome(ids.get(HERE[3]!)!, HERE[3]!, "failed"));
  await tell("there", outcome(ids.get(THERE)!, THERE, "effect-observed"));
  expect(await view(id)).toEqual({
    id,
    size: 5,
    states: { "effect-observed": 4, failed: 1 },
    terminal: true,
    named: [{ target: HERE[3], state: "failed" }],
  });
  const log = await audit();
  expect(log).toMatchObject({ ok: true, lines: 1 });
  expect(log.last[0]).toMatchObject({ who: "prefecture", what: "mass", about: id });
});

it("takes back what no box has at once, and asks the boxes for the rest", async () => {
  const few = HERE.slice(0, 2);
  const { mass } = await wish({ targets: few });
  const id = mass!.id;
  const answer = await post(`/cancel/${id}`, { author: "prefecture", reason: "erreur" });
  expect(TakenBack.parse(JSON.parse(answer.body))).toEqual({ cancelled: 2, asked: 0, over: 0 });
  expect(await view(id)).toMatchObject({ states: { cancelled: 2 }, terminal: true });

  const handed = (await wish({ targets: few })).mass!.id;
  const feed = await feedOf("here");
  await feed.until(handed);
  const asked = TakenBack.parse(JSON.parse((await post(`/cancel/${handed}`, { author: "prefecture" })).body));
  expect(asked).toEqual({ cancelled: 0, asked: 2, over: 0 });
  const order = await feed.until('"name":"cancel"');
  expect(order).toContain(`"fields":{"of":"${handed}"}`);
  expect(order).not.toContain(id);
  feed.close();
  expect((await post(`/cancel/${"0".repeat(8)}-0000-4000-8000-000000000000`, { author: "x" })).status).toBe(404);
  expect((await audit()).ok).toBe(true);
});

it("plans with the groups that lamps are known to be in", async () => {
  const joined = HERE.map((target, index) => ({
    id: `00000000-0000-4000-8000-00000000000${index}`,
    target,
    name: "join-group",
    fields: { group: "rue" },
    author: "box",
    precedence: "configuration",
    requestedAt: 1,
    expiresAt: 2,
  }));
  const told = (index: number, last: string): EntryBody[] => [
    outcome(joined[index]!.id, HERE[index]!, "accepted", joined[index]),
    outcome(joined[index]!.id, HERE[index]!, "on-air"),
    outcome(joined[index]!.id, HERE[index]!, last),
  ];
  await tell("here", ...told(0, "effect-observed"), ...told(1, "effect-observed"), ...told(2, "failed"));
  // The third may hear it and did not prove it: it is told alone as well, and without it the group is not used.
  const whole = (await wish({ targets: HERE.slice(0, 3) })).plan;
  expect(whole.multicast).toMatchObject({ assets: 2, frames: 1, groups: ["rue"] });
  expect(whole.unicast.frames).toBe(1);
  const part = (await wish({ targets: HERE.slice(0, 2) })).plan;
  expect(part).not.toHaveProperty("multicast");
  expect(part.reasons).toContain("group-not-whole");
});

it("shows an audit log that somebody changed", async () => {
  const log = await audit();
  expect(log.ok).toBe(true);
  expect(log.lines).toBeGreaterThanOrEqual(6);
  expect(new Set(log.last.map(({ what }) => what))).toEqual(new Set(["mass", "cancel", "command"]));
});
