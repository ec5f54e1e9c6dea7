/** The box judges who answers it, by a time of its own, and says nothing to anybody else: over real TLS. */
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createHttpsTransport } from "../../cloud-sync/https.ts";
import type { BoxTime } from "../../cloud-sync/server-certificate.ts";
import { CLIENT_AUTH, createAuthority, SERVER_AUTH, type Special } from "./certificates.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const authority = await createAuthority("region");
const box = await authority.issue("remiremont");
const now = Date.now();

/** What the box's transport makes of a server that shows this certificate, and what the server got to read. */
async function meet(
  special: Special,
  {
    time = { atLeast: now, confirmed: true },
    by = authority,
    ca = authority.ca,
    host = "127.0.0.1",
  }: {
    readonly time?: BoxTime;
    readonly by?: typeof authority;
    readonly ca?: string;
    readonly host?: string;
  } = {},
): Promise<{ readonly outcome: string; readonly heard: number }> {
  const shown = await by.issue("hypervisor", { usage: [SERVER_AUTH], ...special });
  const options: ServerOptions = { ...shown, ca: authority.ca, requestCert: true, rejectUnauthorized: false };
  let heard = 0;
  const server = createServer(options, (_, reply) => reply.end("well"));
  // A byte of the plain text is a byte too many.
  server.on("secureConnection", (socket) => socket.on("data", (part: Buffer) => (heard += part.length)));
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const transport = createHttpsTransport({ url: `https://${host}:${port}`, ...box, ca, time: () => time });
  undo.push(() => {
    transport.close();
    server.closeAllConnections();
    server.close();
  });
  const sent = { method: "POST", path: "/v1/x", headers: {}, body: Buffer.from("a secret of the commune") } as const;
  const outcome = await transport.send(sent).then(
    ({ body }) => body,
    (error: Error) => error.message.split(":")[0]!,
  );
  return { outcome, heard };
}

test("a server of the pinned authority, with the right name, is spoken to", async () => {
  const { outcome, heard } = await meet({});
  expect(outcome).toBe("well");
  expect(heard).toBeGreaterThan(0);
  expect(await meet({ names: [{ type: "dns", value: "localhost" }] }, { host: "localhost" })).toMatchObject({
    outcome: "well",
  });
});

test("who holds the line in another's name hears nothing: other authority, other name, a box in the hypervisor's place", async () => {
  const stranger = await createAuthority("region");
  const refused = [
    await meet({}, { by: stranger }),
    // Signed by a stranger and ended besides: the later fault must not hide the first.
    await meet({ from: new Date(now - 90 * DAY_MS), to: new Date(now - DAY_MS) }, { by: stranger }),
    await meet({ names: [{ type: "dns", value: "elsewhere.example" }] }),
    await meet({ names: [{ type: "dns", value: "127.0.0.1" }] }),
    await meet({ usage: [CLIENT_AUTH] }),
  ];
  expect(refused).toEqual([
    { outcome: "server-unknown", heard: 0 },
    { outcome: "server-unknown", heard: 0 },
    { outcome: "server-name", heard: 0 },
    { outcome: "server-name", heard: 0 },
    { outcome: "server-unknown", heard: 0 },
  ]);
});

test("one authority may follow another: both are believed while both are pinned", async () => {
  const next = await createAuthority("next");
  expect((await meet({}, { by: next, ca: `${authority.ca}\n${next.ca}` })).outcome).toBe("well");
});

test("time: an end counts by what the box knows for sure, a beginning only by a confirmed clock", async () => {
  const fresh = { from: new Date(now - DAY_MS), to: new Date(now + YEAR_MS) };
  const at = (atLeast: number, confirmed: boolean) => ({ time: { atLeast, confirmed } });
  // The box's bound is a year behind: a certificate made since is none the worse.
  expect((await meet(fresh, at(now - YEAR_MS, false))).outcome).toBe("well");
  expect((await meet(fresh, at(0, false))).outcome).toBe("well");
  expect(await meet(fresh, at(now - YEAR_MS, true))).toEqual({ outcome: "server-not-yet", heard: 0 });
  expect(await meet(fresh, at(now + 2 * YEAR_MS, true))).toEqual({ outcome: "server-ended", heard: 0 });
  expect(await meet(fresh, at(now + 2 * YEAR_MS, false))).toEqual({ outcome: "server-ended", heard: 0 });
  // Ended by the machine's clock, valid by the box's: it is the box's that counts.
  const past = { from: new Date(now - 90 * DAY_MS), to: new Date(now - DAY_MS) };
  expect((await meet(past, at(now - 10 * DAY_MS, false))).outcome).toBe("well");
  expect(await meet(past, at(now, false))).toEqual({ outcome: "server-ended", heard: 0 });
});

test("an authority that has ended signs nothing any more", async () => {
  const old = await createAuthority("old", new Date(now - DAY_MS));
  expect(await meet({}, { by: old, ca: old.ca })).toEqual({ outcome: "server-ended", heard: 0 });
});

test("a new identity is shown by new connections, without the old one's being cut", async () => {
  const shown = await authority.issue("hypervisor", { usage: [SERVER_AUTH] });
  const names: string[] = [];
  const server = createServer(
    { ...shown, ca: authority.ca, requestCert: true, rejectUnauthorized: true },
    (request, reply) => {
      names.push((request.socket as import("node:tls").TLSSocket).getPeerCertificate().subject.CN as string);
      if (request.url === "/v1/stream") reply.write("begun\n");
      else reply.end();
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = createHttpsTransport({ url, ...box, ca: authority.ca });
  undo.push(() => {
    transport.close();
    server.closeAllConnections();
    server.close();
  });
  const stream = await transport.open({ method: "GET", path: "/v1/stream", headers: {} });
  const chunks = stream.chunks[Symbol.asyncIterator]();
  expect(Buffer.from((await chunks.next()).value).toString()).toBe("begun\n");
  await transport.send({ method: "GET", path: "/v1/x", headers: {} });
  transport.present({ ...(await authority.issue("remiremont-next")), ca: authority.ca });
  await transport.send({ method: "GET", path: "/v1/x", headers: {} });
  expect(names).toEqual(["remiremont", "remiremont", "remiremont-next"]);
  let cut = false;
  void chunks.next().catch(() => {
    cut = true;
  });
  await transport.send({ method: "GET", path: "/v1/x", headers: {} });
  expect(cut).toBe(false);
});
