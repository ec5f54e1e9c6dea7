import { mkdtempSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AssetView, BoxesReply, CommandView, ReadingsReply } from "../../api/schemas.ts";
import { BATCH_HEADERS, packBody } from "../../cloud-sync/protocol/body.ts";
import type { AddedBox } from "../../hypervisor/box-adding.ts";
import { type Hypervisor, startHypervisor } from "../../hypervisor/main.ts";
import { Journal, readingOf } from "./batches.ts";

const folder = mkdtempSync(join(tmpdir(), "beffroi-hypervisor-"));
let running: Hypervisor;
let remiremont: AddedBox;

beforeAll(async () => {
  running = await startHypervisor(
    { dataFolder: folder, pagePort: 0, boxPort: 0, boxAddress: "127.0.0.1" },
    {
      log: pino({ level: "silent" }),
      commandForms: (model) =>
        model === "nas-ul20xx"
          ? [{ name: "dim", fields: [{ name: "level", type: "number", unit: "%", min: 0, max: 100 }] }]
          : [],
    },
  );
  remiremont = await running.addBox({ name: "remiremont", communes: ["88383"] });
});

afterAll(async () => {
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

const asBox = (path: string, options: { method?: string; headers?: Record<string, string>; body?: Uint8Array } = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const asking = httpsRequest(
      new URL(path, running.boxUrl),
      {
        method: options.method ?? "GET",
        headers: options.headers ?? {},
        key: remiremont.key,
        cert: remiremont.certificate,
        ca: remiremont.ca,
        agent: false,
      },
      async (answer) => {
        const chunks = await answer.toArray();
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
      },
    );
    asking.on("error", reject);
    asking.end(options.body);
  });

const get = async (path: string): Promise<unknown> => (await fetch(`${running.pageUrl}/api/v1${path}`)).json();

test("a batch over mutual TLS is read back through the API, a click reaches the box's feed", async () => {
  const journal = new Journal("remiremont");
  journal.append(
    {
      kind: "registry",
      at: 1_760_000_000_000,
      change: {
        op: "put-asset",
        asset: {
          ref: "lamp:88383:042",
          kind: "lamp",
          commune: "88383",
          use: "lighting",
          attributes: { ratedWatts: 40 },
        },
      },
    },
    {
      kind: "registry",
      at: 1_760_000_000_000,
      change: {
        op: "put-device",
        device: { devEui: "70b3d57050001234", model: "nas-ul20xx", asset: "lamp:88383:042" },
      },
    },
    readingOf({ asset: "lamp:88383:042", device: "70b3d57050001234" }),
  );
  const body = await packBody(journal.batch(1, 3));
  const sent = await asBox("/v1/boxes/remiremont/batches", { method: "POST", headers: { ...BATCH_HEADERS }, body });
  expect(sent.status).toBe(200);
  expect(JSON.parse(sent.body)).toMatchObject({ durableSeq: 3, quarantined: [] });

  const { readings } = ReadingsReply.parse(await get("/readings?box=remiremont"));
  expect(readings).toHaveLength(1);
  expect(readings[0]).toMatchObject({ seq: 3, frame: "01755c", fCnt: 7, at: "2025-10-09T08:53:20.123Z" });
  expect(readings[0]?.measurements["temperature"]).toEqual({ value: 25.7, unit: "Cel" });
  const asset = AssetView.parse(await get("/assets/lamp:88383:042"));
  expect(asset.latest["battery.level"]).toEqual({ value: 92, unit: "%", at: "2025-10-09T08:53:20.123Z" });
  const { boxes } = BoxesReply.parse(await get("/boxes"));
  expect(boxes[0]).toMatchObject({ box: "remiremont", durableSeq: 3, waiting: 0, alive: true });

  const placed = await fetch(`${running.pageUrl}/api/v1/commands`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ target: "lamp:88383:042", name: "dim", fields: { level: 50 } }),
  });
  expect(placed.status).toBe(201);
  const command = CommandView.parse(await placed.json());
  expect(command.state).toBe("requested");

  const order = await new Promise<string>((resolve, reject) => {
    const asking = httpsRequest(
      new URL("/v1/boxes/remiremont/commands", running.boxUrl),
      { key: remiremont.key, cert: remiremont.certificate, ca: remiremont.ca, agent: false },
      (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => {
          text += chunk.toString("utf8");
          if (!text.includes("data: ")) return;
          answer.destroy();
          resolve(text);
        });
      },
    );
    asking.on("error", reject);
    asking.end();
  });
  expect(order).toContain("id: 1\n");
  expect(order).toContain(command.id);
});
