/** The whole way: a box's bytes over mutual TLS, the store, the API, and a click back to the box's feed. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { AssetView, BoxesReply, CommandView, ReadingsReply, SeriesReply, TerritoriesReply } from "../../api/schemas.ts";
import { Journal, readingOf } from "./batches.ts";
import { type EnrolledBox, lampEntries, type Region, startRegion } from "./region.ts";

const LAMP = "lamp:88383:042";
let region: Region;
let box: EnrolledBox;
const journal = new Journal("remiremont");

const get = async (path: string): Promise<unknown> => JSON.parse((await region.page(`/api/v1${path}`)).body);
const ask = (command: object) =>
  region.page("/api/v1/commands", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(command),
  });

beforeAll(async () => {
  const communes = [{ insee: "88383", name: "Remiremont", latitude: 48.017, longitude: 6.589 }];
  region = await startRegion({
    territories: { region: "Grand Est", territories: [{ id: "200068377", name: "Porte des Vosges", communes }] },
  });
  box = await region.addBox({ name: "remiremont", communes: ["88383"] });
});
afterAll(() => region?.stop());

test("a batch over mutual TLS is read back through the API", async () => {
  journal.append(...lampEntries(LAMP), readingOf({ asset: LAMP, device: "70b3d57050001234" }));
  // Its clock is ahead by what it says, less what the batch was on its way.
  const sent = await region.send(box, journal.batch(1, 3, { sentAt: Date.now() + 600_000 }));
  expect(sent.status).toBe(200);
  expect(JSON.parse(sent.body)).toMatchObject({ durableSeq: 3, quarantined: [] });

  const { readings } = ReadingsReply.parse(await get("/readings?box=remiremont"));
  expect(readings).toHaveLength(1);
  expect(readings[0]).toMatchObject({ seq: 3, frame: "01755c", fCnt: 7, at: "2025-10-09T08:53:20.123Z" });
  expect(readings[0]?.measurements).toMatchObject({ temperature: { value: 25.7, unit: "Cel" } });
  const asset = AssetView.parse(await get(`/assets/${LAMP}`));
  expect(asset.latest["battery.level"]).toEqual({ value: 92, unit: "%", at: "2025-10-09T08:53:20.123Z" });
  expect(asset.commands.map(({ name }) => name)).toEqual(["dim", "relay"]);
  expect(asset.expectedIntervalSeconds).toBe(3_600);
  const { boxes } = BoxesReply.parse(await get("/boxes"));
  expect(boxes[0]).toMatchObject({ box: "remiremont", durableSeq: 3, waiting: 0, alive: true });
  expect(boxes[0]?.clockOffsetMs).toBeLessThanOrEqual(600_000);
  expect(boxes[0]?.clockOffsetMs).toBeGreaterThan(480_000);
  const series = SeriesReply.parse(
    await get(`/assets/${LAMP}/series?measurement=temperature&from=2025-01-01T00:00:00Z`),
  );
  expect(series).toMatchObject({ unit: "Cel", points: [{ at: "2025-10-09T08:53:20.123Z", value: 25.7 }] });
  const { territories } = TerritoriesReply.parse(await get("/territories"));
  expect(territories[0]?.communes[0]).toMatchObject({ insee: "88383", boxes: ["remiremont"], assets: 1 });
});

test("a click reaches the open feed of the box, its outcomes the screen", async () => {
  const feed = await region.boxFeed(box, "/v1/boxes/remiremont/commands");
  const live = await region.pageFeed("/api/v1/live");
  await feed.until(": open");
  await live.until(": open");
  const answer = await ask({ target: LAMP, name: "dim", fields: { level: 50 } });
  expect(answer.status).toBe(201);
  const command = CommandView.parse(JSON.parse(answer.body));
  expect(command).toMatchObject({ state: "requested", terminal: false, precedence: "operator" });
  const text = await feed.until(command.id);
  expect(text).toMatch(/id: 1\ndata: \{"cursor":1,/);
  expect(await live.until(command.id)).toContain(`{"type":"command","id":"${command.id}"}`);
  feed.close();

  const outcome = { kind: "outcome" as const, command: command.id, asset: LAMP, at: Date.now() };
  journal.append({ ...outcome, state: "accepted" }, { ...outcome, state: "effect-observed" });
  expect((await region.send(box, journal.batch(4, 5))).status).toBe(200);
  const ended = CommandView.parse(await get(`/commands/${command.id}`));
  expect(ended).toMatchObject({ state: "effect-observed", terminal: true });
  expect(ended.steps.map(({ state }) => state)).toEqual(["requested", "accepted", "effect-observed"]);
  live.close();
});

test("the feed resumes after the order the box holds, and the same id is one command", async () => {
  const id = "0197f9aa-1111-4222-8333-123456789abc";
  const wish = { id, target: LAMP, name: "dim", fields: { level: 10 } };
  expect((await ask(wish)).status).toBe(201);
  expect((await ask(wish)).status).toBe(200);
  expect((await ask({ ...wish, fields: { level: 11 } })).status).toBe(409);
  const feed = await region.boxFeed(box, "/v1/boxes/remiremont/commands", { "last-event-id": "1" });
  const text = await feed.until(id);
  expect(text.match(/^id: /gm)).toEqual(["id: "]);
  expect(text).toContain("id: 2\n");
  feed.close();
});
