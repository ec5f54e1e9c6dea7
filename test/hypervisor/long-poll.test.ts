/** A box behind a proxy that hands on only whole replies: its commands come by long poll. */
import { once } from "node:events";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type CommandFeedEvent, createCommandFeed } from "../../cloud-sync/command-feed.ts";
import { createHttpsTransport } from "../../cloud-sync/https.ts";
import type { CommandOrder } from "../../cloud-sync/protocol/entry.ts";
import { systemTimers } from "../../cloud-sync/timers.ts";
import { openAuthority } from "../../hypervisor/authority.ts";
import { Journal } from "./batches.ts";
import { lampEntries, type Region, startRegion } from "./region.ts";

let region: Region;
beforeAll(async () => {
  region = await startRegion();
});
afterAll(() => region?.stop());

/** Ends TLS on both sides, as such a proxy does, with the box's certificate towards the region; keeps a body until its end. */
const bufferingProxy = async (identity: {
  readonly key: string;
  readonly certificate: string;
  readonly ca: string;
}) => {
  const authority = await openAuthority(join(region.folder, "data", "authority"), Date.now);
  const server = await authority.serverIdentity([]);
  const proxy = createServer({ key: server.key, cert: server.certificate, minVersion: "TLSv1.3" }, (asked, answer) => {
    const { key, certificate: cert, ca } = identity;
    const onward = request(
      `${region.hypervisor.boxUrl}${asked.url}`,
      { method: asked.method, headers: asked.headers, key, cert, ca, agent: false },
      async (reply) => {
        const whole = Buffer.concat(await reply.toArray().catch(() => []));
        answer.writeHead(reply.statusCode ?? 502, { "content-type": reply.headers["content-type"] ?? "" });
        answer.end(whole);
      },
    );
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `https://localhost:${(proxy.address() as AddressInfo).port}`,
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
};

test("commands come through a proxy that buffers, and a poll that waits answers at once when one is wished", {
  timeout: 60_000,
}, async () => {
  const box = await region.addBox({ name: "remiremont", communes: ["88383"] });
  const journal = new Journal("remiremont");
  journal.append(...lampEntries("lamp:88383:1"));
  expect((await region.send(box, journal.batch(1, 2))).status).toBe(200);
  const proxy = await bufferingProxy(box);
  const transport = createHttpsTransport({ url: proxy.url, key: box.key, cert: box.certificate, ca: box.ca });
  const got: CommandOrder[] = [];
  const events: CommandFeedEvent[] = [];
  const feed = createCommandFeed({
    box: "remiremont",
    open: transport.open,
    cursor: () => got.at(-1)?.cursor ?? 0,
    deliver: (order) => void got.push(order),
    timers: systemTimers,
    random: Math.random,
    settings: { silenceMs: 2_000, backoffFirstMs: 1, backoffCeilingMs: 1, pollWaitSeconds: 1 },
    report: (event) => events.push(event),
  });
  feed.start();
  try {
    await vi.waitFor(() => expect(events).toContainEqual({ is: "polling" }), { timeout: 40_000 });
    for (const level of [10, 20]) {
      const asked = await region.page("/api/v1/commands", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ target: "lamp:88383:1", name: "dim", fields: { level }, expiresInSeconds: 600 }),
      });
      expect(asked.status, asked.body).toBe(201);
      await vi.waitFor(() => expect(got.at(-1)?.command).toMatchObject({ fields: { level } }), { timeout: 40_000 });
    }
    expect(got.map(({ cursor }) => cursor)).toEqual([1, 2]);
    expect(feed.status()).toMatchObject({ polling: true });
    expect((await region.box(box, "/v1/boxes/remiremont/commands?wait=-1")).status).toBe(400);
  } finally {
    await feed.stop();
    transport.close();
    proxy.close();
  }
});
