/** Somebody in between at enrolment, who ends TLS with a certificate of their own: refused at the box, and at the region. */
import { createServer, request, type Server } from "node:https";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { enrolWith, findRegion } from "../../cloud-sync/enrolment/enrol.ts";
import { certificateRequest, makeKey } from "../../cloud-sync/enrolment/key.ts";
import { createHttpsTransport, machineTime } from "../../cloud-sync/https.ts";
import {
  AUTHORITY_PATH,
  ENROLMENT_PATH,
  makeCode,
  readTicket,
  type Ticket,
} from "../../cloud-sync/protocol/enrolment.ts";
import { createAuthority, type Identity } from "../cloud-sync/certificates.ts";
import { type Region, startRegion } from "./region.ts";

interface Between {
  readonly url: string;
  /** All that came to it in the clear, from either side. */
  readonly heard: string[];
}

let region: Region;
let stranger: Awaited<ReturnType<typeof createAuthority>>;
/** For a server and for a client of that name. */
let strangers: Identity;
const stops: (() => void)[] = [];

beforeAll(async () => {
  region = await startRegion();
  stranger = await createAuthority("somebody else");
  const names = [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
  ] as const;
  strangers = await stranger.issue("remiremont", { names });
});
afterAll(() => region?.stop());
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const portOf = (server: Pick<Server, "address">): number => {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
};

const ticketFor = async (name: string): Promise<Ticket> => {
  const { ticket = "" } = await region.hypervisor.invite({ name, communes: ["88383"], validMs: 3_600_000 });
  return readTicket(ticket) as Ticket;
};

/** Passes requests on to the region as it can, without a certificate; `change` may rewrite what the region answers. */
const standBetween = async (change: (body: string) => string = (body) => body): Promise<Between> => {
  const heard: string[] = [];
  const server = createServer({ key: strangers.key, cert: strangers.cert }, async (near, answer) => {
    const body = Buffer.concat(await near.toArray());
    heard.push(`${near.method} ${near.url}`, body.toString("utf8"));
    const to = `${region.hypervisor.boxUrl}${near.url}`;
    const options = { method: near.method ?? "GET", rejectUnauthorized: false, agent: false };
    const passed = request(to, options, async (far) => {
      const text = Buffer.concat(await far.toArray()).toString("utf8");
      heard.push(text);
      answer.writeHead(far.statusCode ?? 502, { "content-type": "application/json" }).end(change(text));
    });
    passed.on("error", () => answer.destroy());
    passed.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${portOf(server)}`, heard };
};

const enrolBy = async (ticket: Ticket, url: string, withPin = true): Promise<string> => {
  const { code, pin } = ticket;
  const enrolment = { url, code, ...(withPin ? { pin } : {}), time: machineTime };
  const { cert } = await enrolWith(enrolment, await findRegion(enrolment, "en"), await makeKey(), "en");
  return cert;
};

test("who passes everything on is found before the code is told, and the code stays good", async () => {
  const ticket = await ticketFor("relayed");
  const between = await standBetween();
  for (const withPin of [true, false])
    await expect(enrolBy(ticket, between.url, withPin)).rejects.toMatchObject({
      name: "ServerFault",
      code: "server-unknown",
    });
  expect(between.heard.filter((each) => each.startsWith("POST"))).toEqual(Array(2).fill(`POST ${AUTHORITY_PATH}`));
  expect(between.heard.join("\n")).not.toContain(ticket.code);
  // What it did hear enrols nobody.
  const [, question = "", answer = ""] = between.heard;
  const { id } = JSON.parse(question);
  const { ca } = JSON.parse(answer);
  for (const code of [id, id.slice(0, 16), makeCode()]) {
    const body = JSON.stringify({ code, request: await certificateRequest(await makeKey(), "relayed") });
    const { status } = await region.box({ ca }, ENROLMENT_PATH, { method: "POST", body });
    expect([400, 403]).toContain(status);
  }
  expect(await enrolBy(ticket, region.hypervisor.boxUrl)).toMatch(/BEGIN CERTIFICATE/);
});

test("who puts an authority of their own in the answer cannot prove it: with the bare code, and with the ticket", async () => {
  const ticket = await ticketFor("substituted");
  const own = (body: string) => JSON.stringify({ ...JSON.parse(body), ca: stranger.ca });
  const between = await standBetween(own);
  await expect(enrolBy(ticket, between.url, false)).rejects.toMatchObject({ code: "not-proved" });
  await expect(enrolBy(ticket, between.url)).rejects.toMatchObject({ code: "other-authority" });
  // Behind the region's own it would be believed unproved.
  const both = (body: string) => JSON.stringify({ ...JSON.parse(body), ca: `${JSON.parse(body).ca}${stranger.ca}` });
  await expect(enrolBy(ticket, (await standBetween(both)).url)).rejects.toMatchObject({ code: "not-a-region" });
  // Nor may another box's name be put under the proof.
  const renamed = (body: string) => JSON.stringify({ ...JSON.parse(body), box: "relayed" });
  await expect(enrolBy(ticket, (await standBetween(renamed)).url)).rejects.toMatchObject({ code: "not-proved" });
  expect(between.heard.join("\n")).not.toContain(ticket.code);
  expect(await enrolBy(ticket, region.hypervisor.boxUrl)).toMatch(/BEGIN CERTIFICATE/);
});

test("at the region: a certificate of another authority in a box's name is cut off, none at all is not a box", async () => {
  const remiremont = await region.addBox({ name: "remiremont", communes: ["88383"] });
  const path = "/v1/boxes/remiremont/commands?wait=0";
  const impostor = { key: strangers.key, certificate: strangers.cert, ca: remiremont.ca };
  await expect(region.box(impostor, path)).rejects.toThrow();
  await expect(region.box(impostor, AUTHORITY_PATH, { method: "POST", body: "{}" })).rejects.toThrow();
  expect((await region.box({ ca: remiremont.ca }, path)).status).toBe(401);
  expect((await region.box(remiremont, path)).status).toBe(200);
});

test("an enrolled box says nothing to who steps in between later", async () => {
  const { key, certificate: cert, ca } = await region.addBox({ name: "later", communes: ["88383"] });
  const between = await standBetween();
  const transport = createHttpsTransport({ url: between.url, key, cert, ca });
  const headers = { "content-type": "application/json" };
  const asked = { method: "POST", path: "/v1/boxes/later/batches", headers, body: Buffer.from("secret") } as const;
  await expect(transport.send(asked)).rejects.toMatchObject({ code: "server-unknown" });
  await expect(transport.open({ method: "GET", path: "/v1/boxes/later/commands", headers })).rejects.toMatchObject({
    code: "server-unknown",
  });
  transport.close();
  expect(between.heard).toEqual([]);
});

test("the region under a name it has no certificate for is not the region; its bytes may go through any pipe", async () => {
  const ticket = await ticketFor("named");
  const port = Number(new URL(region.hypervisor.boxUrl).port);
  const sockets: Socket[] = [];
  const pipe = createTcpServer((near) => {
    const far = connect(port, "127.0.0.1");
    sockets.push(near, far);
    near.on("error", () => far.destroy()).pipe(far);
    far.on("error", () => near.destroy()).pipe(near);
  });
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    pipe.close();
  });
  await new Promise<void>((resolve) => pipe.listen(0, "127.0.0.2", resolve));
  await expect(enrolBy(ticket, `https://127.0.0.2:${portOf(pipe)}`)).rejects.toMatchObject({ code: "server-name" });
  const named = createTcpServer((near) => pipe.emit("connection", near));
  stops.push(() => named.close());
  await new Promise<void>((resolve) => named.listen(0, "127.0.0.1", resolve));
  expect(await enrolBy(ticket, `https://127.0.0.1:${portOf(named)}`)).toMatch(/BEGIN CERTIFICATE/);
});
