import type { RequestListener } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { createHttpsTransport, type HttpsOptions } from "../../cloud-sync/https.ts";
import { createAuthority } from "./certificates.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const authority = await createAuthority("region");
const server = await authority.issue("hypervisor");
const box = await authority.issue("remiremont");
const stranger = await createAuthority("stranger");

async function listen(answer: RequestListener, options: ServerOptions = {}) {
  const https = createServer(
    { ...server, ca: authority.ca, requestCert: true, rejectUnauthorized: true, ...options },
    answer,
  );
  let connections = 0;
  https.on("secureConnection", () => connections++);
  https.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => https.listen(0, "127.0.0.1", resolve));
  undo.push(() => {
    https.closeAllConnections();
    https.close();
  });
  return { url: `https://127.0.0.1:${(https.address() as AddressInfo).port}`, connections: () => connections };
}

function connect(url: string, options: Partial<HttpsOptions> = {}) {
  const transport = createHttpsTransport({ url, ...box, ca: authority.ca, ...options });
  undo.push(() => transport.close());
  return transport;
}

const GET = { method: "GET", path: "/v1/x", headers: {} } as const;

test("sends bytes over TLS 1.3 with the box's certificate, on one connection", async () => {
  const { url, connections } = await listen((request, response) => {
    const socket = request.socket as TLSSocket;
    const parts: Buffer[] = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      response.setHeader(
        "x-seen",
        [request.method, request.url, socket.getPeerCertificate().subject.CN, socket.getProtocol()].join(" "),
      );
      response.end(Buffer.concat(parts));
    });
  });
  const { send } = connect(`${url}/under`);
  for (let n = 0; n < 3; n++) {
    const body = Buffer.from(`hello ${n}`);
    const reply = await send({ method: "POST", path: "/v1/x", headers: { "content-type": "a/b" }, body });
    expect(reply).toMatchObject({
      status: 200,
      body: `hello ${n}`,
      headers: { "x-seen": "POST /under/v1/x remiremont TLSv1.3" },
    });
  }
  expect(connections()).toBe(1);
});

/** Says whether a connection was resumed and whose certificate it shows; each answer ends its connection. */
const tellSession: RequestListener = (request, response) => {
  const socket = request.socket as TLSSocket;
  response.setHeader("connection", "close");
  response.end(`${socket.isSessionReused() ? "resumed" : "whole"} ${socket.getPeerX509Certificate()?.subject}`);
};

test("a connection after the first is resumed, as the same box, until the box shows another certificate", async () => {
  const { url, connections } = await listen(tellSession);
  const { send, present } = connect(url);
  const said = async () => (await send(GET)).body;
  expect([await said(), await said(), await said()]).toEqual([
    "whole CN=remiremont",
    "resumed CN=remiremont",
    "resumed CN=remiremont",
  ]);
  expect(connections()).toBe(3);
  present({ ...box, ca: authority.ca });
  expect(await said()).toBe("whole CN=remiremont");
});

test("who answers is judged on a resumed connection too; after a refusal the next handshake is whole", async () => {
  const { url } = await listen(tellSession);
  let now = Date.now();
  const { send } = connect(url, { time: () => ({ atLeast: now, confirmed: true }) });
  await send(GET);
  now += 100 * 365 * 86_400_000;
  await expect(send(GET)).rejects.toThrow("server-ended");
  now = Date.now();
  expect((await send(GET)).body).toBe("whole CN=remiremont");
  expect((await send(GET)).body).toBe("resumed CN=remiremont");
});

test("another authority's server, an older TLS, and a plain URL are refused", async () => {
  const { url } = await listen((_, response) => response.end());
  await expect(connect(url, { ca: stranger.ca }).send(GET)).rejects.toThrow("server-unknown");
  const old = await listen((_, response) => response.end(), { maxVersion: "TLSv1.2" });
  await expect(connect(old.url).send(GET)).rejects.toThrow();
  expect(() => connect("http://127.0.0.1:1")).toThrow(TypeError);
});

test("a box with a stranger's certificate is turned away", async () => {
  const { url } = await listen((_, response) => response.end());
  await expect(connect(url, await stranger.issue("remiremont")).send(GET)).rejects.toThrow();
});

test("silence, an abort and an endless reply are rejections", async () => {
  const { url } = await listen((request, response) => {
    if (request.url === "/endless") {
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536), more);
      };
      more();
    }
  });
  await expect(connect(url, { silenceMs: 50 }).send(GET)).rejects.toThrow("no byte for 50 ms");
  const abort = new AbortController();
  const sent = connect(url).send(GET, abort.signal);
  abort.abort();
  await expect(sent).rejects.toThrow(/abort/i);
  await expect(connect(url).send({ ...GET, path: "/endless" })).rejects.toThrow(/more than/);
});

test("an abort after the reply does not break the line, though the region answered before it had read the whole", async () => {
  const aborted = Promise.withResolvers<void>();
  const read = Promise.withResolvers<string>();
  const { url } = await listen(async (request, response) => {
    for (const end of ["end", "error"]) request.once(end, () => read.resolve(end));
    // Whole for who reads it; to end it here would be to read no more.
    response.writeHead(200, { "content-length": "5" }).write("early");
    await aborted.promise;
    request.resume();
  });
  const abort = new AbortController();
  const post = { method: "POST", path: "/v1/x", headers: {}, body: Buffer.alloc(16 * 1024 * 1024) } as const;
  expect(await connect(url).send(post, abort.signal)).toMatchObject({ status: 200, body: "early" });
  abort.abort();
  aborted.resolve();
  expect(await read.promise).toBe("end");
});

test("that a line stands is told once the region is proved, before it answers, and not while the door stays shut", async () => {
  const asked = Promise.withResolvers<void>();
  const { url } = await listen(() => asked.resolve());
  const mute = createTcpServer();
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  undo.push(() => mute.close());
  const told: string[] = [];
  const abort = new AbortController();
  const shut = connect(`https://127.0.0.1:${(mute.address() as AddressInfo).port}`, { silenceMs: 50 });
  await expect(shut.open(GET, abort.signal, () => told.push("shut"))).rejects.toThrow("no byte for 50 ms");
  const foreign = connect(url, { ca: stranger.ca });
  await expect(foreign.open(GET, abort.signal, () => told.push("foreign"))).rejects.toThrow("server-unknown");
  const open = connect(url).open(GET, abort.signal, () => told.push("open"));
  await asked.promise;
  expect(told).toEqual(["open"]);
  abort.abort();
  await expect(open).rejects.toThrow(/abort/i);
});

test("a stream is read as it comes, and ends by abort", async () => {
  let say: (text: string) => void = () => {};
  const closed = Promise.withResolvers<void>();
  const { url } = await listen((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": hello\n\n");
    say = (text) => response.write(text);
    request.on("close", closed.resolve);
  });
  const abort = new AbortController();
  const reply = await connect(url).open(GET, abort.signal);
  expect(reply).toMatchObject({ status: 200, headers: { "content-type": "text/event-stream" } });
  const chunks = reply.chunks[Symbol.asyncIterator]();
  expect(Buffer.from((await chunks.next()).value).toString()).toBe(": hello\n\n");
  const next = chunks.next();
  say("data: 1\n\n");
  expect(Buffer.from((await next).value).toString()).toBe("data: 1\n\n");
  const last = chunks.next();
  abort.abort();
  await expect(last).rejects.toThrow(/abort/i);
  await closed.promise;
});
