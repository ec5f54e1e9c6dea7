/**
 * A lamp steered through the whole product, once by the region's API and once by the box's command line: the same states, each with
 * its time, until the effect is observed and the lamp goes back to its calendar. Then a street by the API.
 */
import { expect, it } from "vitest";
import { MassReply, MassView } from "../../api/mass.ts";
import { AssetsReply, CommandView } from "../../api/schemas.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { beffroi } from "../cli/bin.ts";
import { startWholeRegion } from "./whole-region.ts";

const [BY_API, BY_CLI] = ["lamp:88383:042", "lamp:88383:041"];
const STREET = 3;
const HOLD_SECONDS = 30;
const WAY = ["requested", "accepted", "queued", "on-air", "effect-observed"];

it("goes through the same states by API and command line, and back", { timeout: 240_000 }, async () => {
  const commune = COMMUNES[0]!;
  const whole = await startWholeRegion([commune]);
  const { region } = whole;
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const headers = { "content-type": "application/json" };
    const reply = await fetch(`${region.pageUrl}/api/v1${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    expect(reply.ok, `${path}: ${reply.status}`).toBe(true);
    return reply.json();
  };
  try {
    const { world } = await whole.open(commune, 0.25);
    await expect
      .poll(async () => (await fetch(`${region.pageUrl}/api/v1/assets/${BY_API}`)).status, { timeout: 60_000 })
      .toBe(200);
    // The region's answer confirms it; a command given before would wait, and the command line would say so.
    await expect.poll(async () => (await world.box.status()).clock, { timeout: 60_000 }).toBe("confirmed");

    const cli = beffroi(
      ["send", BY_CLI, "dim", "50", "--for", `${HOLD_SECONDS}s`, "--watch", "--json", "--data", whole.dataOf(commune)],
      { cwd: whole.folder },
    );
    const sent = await region.send({
      target: BY_API,
      name: "dim",
      fields: { level: 50 },
      holdSeconds: HOLD_SECONDS,
      author: "agent",
    });
    expect(sent).toMatchObject({ state: "requested", terminal: false, author: "agent" });
    expect(Date.parse(sent.holdUntil!) - Date.parse(sent.requestedAt)).toBe(HOLD_SECONDS * 1_000);
    const ofApi = async () => region.commandsOf(BY_API);
    await expect
      .poll(async () => (await region.command(sent.id)).state, { timeout: 60_000, interval: 500 })
      .toBe("effect-observed");
    // The way back is a command of the box's own; it ends in the lamp's own word, too.
    await expect
      .poll(async () => (await ofApi()).find(({ author }) => author === "beffroi:return")?.state, {
        timeout: 120_000,
        interval: 500,
      })
      .toBe("effect-observed");
    const byApi = await region.command(sent.id);
    const back = (await ofApi()).find(({ author }) => author === "beffroi:return")!;
    expect(Date.parse(back.requestedAt)).toBeGreaterThanOrEqual(Date.parse(byApi.holdUntil!));

    const { code, out, err } = await cli;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const views = out
      .trim()
      .split("\n")
      .map((line) => CommandView.parse(JSON.parse(line)));
    const byCli = views.findLast(({ author }) => author !== "beffroi:return")!;
    const backByCli = views.at(-1)!;
    for (const [view, name] of [
      [byApi, "dim"],
      [byCli, "dim"],
      [back, "release"],
      [backByCli, "release"],
    ] as const) {
      expect({ name: view.name, states: view.steps.map(({ state }) => state) }).toEqual({ name, states: WAY });
      const times = view.steps.map(({ at }) => Date.parse(at));
      expect(times).toEqual([...times].sort((one, other) => one - other));
      expect(view).toMatchObject({ terminal: true, proof: "effect-observed" });
    }

    const assets = await fetch(`${region.pageUrl}/api/v1/assets?commune=88383&use=lighting`);
    const lamps = AssetsReply.parse(await assets.json()).assets.filter(
      ({ ref, commands }) => ref !== BY_API && ref !== BY_CLI && commands.some(({ name }) => name === "dim"),
    );
    const targets = lamps.slice(0, STREET).map(({ ref }) => ref);
    const wish = {
      targets,
      name: "dim",
      fields: { level: 30 },
      holdSeconds: 3_600,
      expiresInSeconds: 3_600,
      author: "agent",
    };
    const { plan } = MassReply.parse(await post("/mass", { ...wish, dryRun: true }));
    expect(plan).toMatchObject({ assets: STREET, refused: [], unicast: { frames: STREET } });
    const { mass } = MassReply.parse(
      await post("/mass", { ...wish, ...(plan.confirm === undefined ? {} : { confirm: plan.confirm }) }),
    );
    const view = async (): Promise<MassView> =>
      MassView.parse(await (await fetch(`${region.pageUrl}/api/v1/mass/${mass!.id}`)).json());
    await expect
      .poll(async () => (await view()).states, { timeout: 90_000, interval: 500 })
      .toEqual({ "effect-observed": 3 });
    expect(await view()).toMatchObject({ size: 3, terminal: true, named: [] });
  } finally {
    await whole.stop();
  }
});
