/** What the region asks of a box's registry, over the real wire: hypervisor and box whole, mutual TLS between them. */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RegionChange } from "../../api/region-changes.ts";
import { DeviceDetail } from "../../api/registry.ts";
import { AssetView, BoxesReply, CommandView } from "../../api/schemas.ts";
import type { GatewayConfig } from "../../gateway/config.ts";
import { IDENTITY_FILE, writeIdentity } from "../../gateway/identity.ts";
import { type Gateway, startGateway } from "../../gateway/main.ts";
import { beffroi, FRENCH } from "../cli/bin.ts";
import { type Region, startRegion } from "../hypervisor/region.ts";

const BOX = "remiremont";
const OLD = "70b3d5e75e00aa01";
const NEW = "70b3d5e75e00aa02";
const LAMP = "lamp:88383:042";
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const onBox = (socketPath: string, method: string, path: string, body?: unknown): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, agent: false }, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString("utf8");
      if ((answer.statusCode ?? 500) < 300) resolve(JSON.parse(text));
      else reject(new Error(`${path}: ${text}`));
    });
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });

describe("changes asked for by the region", () => {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-changes-"));
  let region: Region;
  let config: GatewayConfig;
  let gateway: Gateway | undefined;

  beforeAll(async () => {
    const communes = [{ insee: "88383", name: "Remiremont" }];
    region = await startRegion({
      territories: { region: "Grand Est", territories: [{ id: "200068377", name: "Porte des Vosges", communes }] },
    });
    const { certificate: cert, key, ca } = await region.addBox({ name: BOX, communes: ["88383"] });
    const dataFolder = join(folder, "data");
    mkdirSync(dataFolder);
    writeIdentity(join(dataFolder, IDENTITY_FILE), { key, cert, ca });
    config = {
      box: BOX,
      dataFolder,
      // Nothing listens there: no lamp is needed for any of this.
      broker: { url: "mqtt://127.0.0.1:1", clientId: "beffroi", sessionExpirySeconds: 3_600 },
      hypervisor: { url: region.hypervisor.boxUrl, identityFile: join(dataFolder, IDENTITY_FILE) },
      commitDelayMs: 0,
      logLevel: "silent",
    };
  });
  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });
  afterAll(async () => {
    await region?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (online = true): Promise<string> => {
    const { hypervisor, ...cutOff } = config;
    gateway = await startGateway(online ? config : cutOff, { log: silent });
    return gateway.controlSocket;
  };
  const stop = async (): Promise<void> => {
    await gateway?.stop();
    gateway = undefined;
  };
  const until = async (what: () => Promise<boolean>): Promise<void> => {
    for (const deadline = Date.now() + 60_000; !(await what()); await pause(50))
      if (Date.now() > deadline) throw new Error("not in time");
  };
  const read = async (path: string): Promise<unknown> => JSON.parse((await region.page(`/api/v1${path}`)).body);
  const post = (change: RegionChange, more: object = {}) =>
    region.page("/api/v1/registry/changes", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ change, author: "Zoé", ...more }),
    });
  const ask = async (change: RegionChange, more: object = {}): Promise<CommandView> => {
    const answer = await post(change, more);
    if (answer.status > 201) throw new Error(answer.body);
    return CommandView.parse(JSON.parse(answer.body));
  };
  const ended = async ({ id }: CommandView): Promise<CommandView> => {
    let view: CommandView | undefined;
    await until(async () => {
      view = CommandView.parse(await read(`/registry/changes/${id}`));
      return view.terminal;
    });
    return view!;
  };
  const endOf = async (change: RegionChange, more: object = {}): Promise<string> => {
    const { state, steps } = await ended(await ask(change, more));
    return `${state} ${steps.at(-1)?.reason}`;
  };
  const detail = async (socket: string, id: string): Promise<DeviceDetail> =>
    DeviceDetail.parse(await onBox(socket, "GET", `/devices/${encodeURIComponent(id)}`));
  /** All that the box has told is at the region. */
  const settled = async (socket: string): Promise<void> =>
    until(async () => {
      const { journal } = (await onBox(socket, "GET", "/status")) as { journal: { waiting: number; lastSeq: number } };
      const { boxes } = BoxesReply.parse(await read("/boxes"));
      return journal.waiting === 0 && (boxes[0]?.durableSeq ?? 0) >= journal.lastSeq;
    });

  test("are done by the box, told back, and stand in its registry with who, when and why", async () => {
    const socket = await start();
    const entered = await ask(
      { action: "device", devEui: OLD, model: "nas-ul20xx", asset: LAMP, ratedWatts: 45, joinEui: "70b3d5e75e000000" },
      { reason: "carte du fabricant" },
    );
    expect(entered).toMatchObject({ target: LAMP, name: "registry.device", precedence: "configuration" });
    const end = await ended(entered);
    expect(end.steps.map(({ state }) => state)).toEqual(["requested", "accepted", "done"]);
    expect(end.steps.at(-1)?.reason).toBe("applied:added");
    const first = await detail(socket, OLD);
    expect(first.device).toMatchObject({ asset: LAMP, state: "installed", by: "Zoé", joinEui: "70b3d5e75e000000" });
    expect(first.operations).toMatchObject([{ action: "add", by: "Zoé", command: entered.id }]);

    expect(await endOf({ action: "asset", asset: LAMP, name: "Rue de la Xavée" })).toBe("done applied:changed");
    expect(await endOf({ action: "asset", asset: LAMP, name: "Rue de la Xavée" })).toBe("done applied:unchanged");
    expect(AssetView.parse(await read(`/assets/${LAMP}`))).toMatchObject({
      name: "Rue de la Xavée",
      device: { devEui: OLD, by: "Zoé" },
    });
    const audit = (await onBox(socket, "GET", "/audit")) as { ok: boolean; last: { who: string; about: string }[] };
    expect(audit.ok).toBe(true);
    expect(audit.last.filter(({ who }) => who === "Zoé").map(({ about }) => about)).toContain(entered.id);
  }, 120_000);

  test("are one however often they are asked, and another wish under the same id is refused", async () => {
    const socket = await start();
    const id = randomUUID();
    const change = { action: "accept", devEui: OLD } as const;
    expect(await endOf(change, { id })).toBe("done applied:changed");
    expect(await endOf(change, { id })).toBe("done applied:changed");
    const other = await post({ action: "faulty", devEui: OLD }, { id });
    expect([other.status, JSON.parse(other.body).code]).toEqual([409, "command-id-taken"]);
    const accepts = (await detail(socket, OLD)).operations.filter(({ action }) => action === "accept");
    expect(accepts).toHaveLength(1);
  }, 120_000);

  test("lose against what was done on the box since the region last knew of it", async () => {
    await settled(await start());
    await stop();
    const waiting = await ask({ action: "asset", asset: LAMP, name: "Région" });
    const other = await ask({ action: "asset", asset: "lamp:88383:043", use: "lighting" });
    const alone = await start(false);
    await onBox(alone, "POST", "/devices", { devEui: OLD, action: "place", name: "Commune", by: "Léa" });
    await stop();

    const socket = await start();
    expect((await ended(waiting)).steps.at(-1)).toMatchObject({ state: "refused", reason: "changed-since:Léa" });
    expect((await ended(other)).state).toBe("done");
    expect((await detail(socket, LAMP)).asset?.name).toBe("Commune");
    await settled(socket);
    // Who has seen it may overrule it.
    expect(await endOf({ action: "asset", asset: LAMP, name: "Région" })).toBe("done applied:changed");
  }, 120_000);

  test("are refused with a reason where they do not fit, and carry no keys", async () => {
    const socket = await start();
    expect(await endOf({ action: "in-service", devEui: OLD })).toBe("done applied:changed");
    expect(await endOf({ action: "accept", devEui: OLD })).toMatch(/^refused wrong-state:/);
    expect(await endOf({ action: "device", devEui: NEW, model: "nas-ul20xx", asset: LAMP })).toBe(
      `refused asset-taken:${OLD}`,
    );
    expect(await endOf({ action: "device", devEui: NEW, model: "no-such", asset: "lamp:88383:044" })).toMatch(
      /^refused unknown-model/,
    );
    const key = "00112233445566778899aabbccddeeff";
    const keys = { activation: "otaa", lorawan: "1.0.3", appKey: key };
    const answer = await post({ action: "device", devEui: OLD, keys } as unknown as RegionChange);
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain(key);
    const unknown = await post({ action: "retire", devEui: "70b3d5e75e00ffff" });
    expect(JSON.parse(unknown.body).code).toBe("device-unknown");
    expect((await detail(socket, LAMP)).device?.devEui).toBe(OLD);
  }, 120_000);

  test("are asked for at a terminal, which waits for the box's word", async () => {
    const socket = await start();
    const run = (...line: string[]) =>
      beffroi(["hypervisor", "change", ...line, "--data", join(region.folder, "data"), "--by", "Zoé"], { env: FRENCH });
    const named = await run("asset", LAMP, "--name", "Rue des Tilleuls");
    expect([named.code, named.err]).toEqual([0, ""]);
    expect(named.out).toContain(`le registre du boîtier est à jour pour ${LAMP}`);
    expect((await detail(socket, LAMP)).asset?.name).toBe("Rue des Tilleuls");
    const [, id = ""] = /change undo (\S+)/.exec(named.out) ?? [];
    const undone = await run("undo", id, "--json");
    CommandView.parse(JSON.parse(undone.out));
    expect((await detail(socket, LAMP)).asset?.name).toBe("Région");
    const refused = await run("accept", OLD);
    expect(refused.code).toBe(4);
    expect(refused.err).toContain("n’est pas dans un état d’où cette étape part");
  }, 120_000);

  test("replace a device, and are taken back like any other step, from the region or on the box", async () => {
    const socket = await start();
    const swap = await ask({ action: "replace", asset: LAMP, with: NEW, old: "faulty" });
    expect((await ended(swap)).state).toBe("done");
    expect((await detail(socket, LAMP)).device?.devEui).toBe(NEW);
    expect(await endOf({ action: "undo", command: swap.id })).toBe("done applied:changed");
    expect((await detail(socket, LAMP)).device).toMatchObject({ devEui: OLD, state: "in-service" });
    expect(await endOf({ action: "undo", command: swap.id })).toBe("refused already-undone");

    const retired = await ask({ action: "retire", devEui: OLD });
    expect((await ended(retired)).state).toBe("done");
    await onBox(socket, "POST", "/devices/undo", { device: OLD, by: "Léa" });
    expect((await detail(socket, LAMP)).device?.devEui).toBe(OLD);
    await settled(socket);
    expect(AssetView.parse(await read(`/assets/${LAMP}`)).device?.devEui).toBe(OLD);
  }, 120_000);
});
