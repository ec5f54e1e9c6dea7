/** A box that comes back shows a ticket instead of a whole handshake; what it may do is judged as if it had made one. */
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { openAuthority } from "../../hypervisor/authority.ts";
import { type Identity, type Region, startRegion } from "./region.ts";

const folder = mkdtempSync(join(tmpdir(), "beffroi-resumed-"));
let region: Region | undefined;
afterAll(async () => {
  await region?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (): Promise<Region> => startRegion({ dataFolder: join(folder, "data") });

interface Heard {
  readonly resumed: boolean;
  readonly status: number;
  readonly code: unknown;
  readonly ticket: Buffer | undefined;
}

/** One request on a connection of its own, with a ticket or without; gives what was answered, and the ticket of a whole handshake. */
const ask = async (
  { hypervisor }: Region,
  { key, certificate, ca }: Identity,
  box: string,
  ticket?: Buffer,
): Promise<Heard> => {
  const { hostname: host, port } = new URL(hypervisor.boxUrl);
  const socket: TLSSocket = connect({
    host,
    port: Number(port),
    servername: "localhost",
    ca,
    // Who resumes shows no certificate: the ticket says who it is.
    ...(ticket !== undefined || key === undefined || certificate === undefined ? {} : { key, cert: certificate }),
    ...(ticket === undefined ? {} : { session: ticket }),
  });
  let given: Buffer | undefined;
  socket.on("session", (ticket) => {
    given = ticket;
  });
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    const asking = request(
      {
        host: "localhost",
        path: `/v1/boxes/${box}/commands?wait=0`,
        createConnection: () => socket,
        headers: { connection: "close" },
      },
      async (answer) => {
        const body = Buffer.concat(await answer.toArray()).toString("utf8");
        const status = answer.statusCode ?? 0;
        const code = status === 200 ? undefined : (JSON.parse(body) as { readonly code: string }).code;
        resolve({ resumed: socket.isSessionReused(), status, code, ticket: given });
      },
    );
    asking.on("error", reject);
    asking.end();
  });
};

test("a ticket is the box's own, holds after a restart, and opens nothing once the box is revoked", async () => {
  region = await start();
  const remiremont = await region.addBox({ name: "remiremont", communes: ["88383"] });
  await region.addBox({ name: "eloyes", communes: ["88158"] });
  const { ticket, ...whole } = await ask(region, remiremont, "remiremont");
  expect(whole).toMatchObject({ resumed: false, status: 200 });
  expect(await ask(region, remiremont, "remiremont", ticket)).toMatchObject({ resumed: true, status: 200 });
  expect(await ask(region, remiremont, "eloyes", ticket)).toMatchObject({
    resumed: true,
    status: 403,
    code: "box-name-mismatch",
  });

  // The keys of tickets are the authority's: another process, or a replica, takes them too.
  await region.stop();
  region = await start();
  expect(await ask(region, remiremont, "remiremont", ticket)).toMatchObject({ resumed: true, status: 200 });

  await region.hypervisor.revokeBox("remiremont");
  expect(await ask(region, remiremont, "remiremont", ticket)).toMatchObject({
    resumed: true,
    status: 403,
    code: "box-revoked",
  });
});

test("keys of tickets are one day's, and one authority's", async () => {
  let now = Date.parse("2026-03-02T12:00:00Z");
  const one = await openAuthority(join(folder, "one"), () => now);
  const today = one.ticketKeys();
  expect(today).toHaveLength(48);
  expect(one.ticketKeys()).toEqual(today);
  expect((await openAuthority(join(folder, "one"), () => now)).ticketKeys()).toEqual(today);
  expect((await openAuthority(join(folder, "other"), () => now)).ticketKeys()).not.toEqual(today);
  now += 86_400_000;
  expect(one.ticketKeys()).not.toEqual(today);
});
