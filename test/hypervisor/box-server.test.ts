/** The boxes' door against strangers, impostors and peers that never finish. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BATCH_LIMITS, batchToJson } from "../../cloud-sync/protocol/batch.ts";
import { BATCH_HEADERS } from "../../cloud-sync/protocol/body.ts";
import { openAuthority } from "../../hypervisor/authority.ts";
import { createBoxDoor } from "../../hypervisor/box-door.ts";
import { type BoxServerParts, createBoxServer, secureContextOf } from "../../hypervisor/box-server.ts";
import { NOTHING_BEHIND } from "./bare-door.ts";
import { Journal, readingOf } from "./batches.ts";
import { certified, type EnrolledBox, type Identity, type Region, startRegion } from "./region.ts";

let region: Region;
let remiremont: EnrolledBox;
let eloyes: EnrolledBox;
const elsewhere = mkdtempSync(join(tmpdir(), "beffroi-elsewhere-"));

beforeAll(async () => {
  region = await startRegion();
  remiremont = await region.addBox({ name: "remiremont", communes: ["88383"] });
  eloyes = await region.addBox({ name: "eloyes", communes: ["88158"] });
});
afterAll(async () => {
  await region?.stop();
  rmSync(elsewhere, { recursive: true, force: true });
});

const batches = (identity: Identity, box: string, headers: Record<string, string>, body: string | Uint8Array) =>
  region.box(identity, `/v1/boxes/${box}/batches`, { method: "POST", headers, body });

const tlsFault = async (identity: Identity): Promise<string> =>
  region.box(identity, "/v1/boxes/remiremont/commands").then(
    ({ status, body }) => `answered ${status} ${JSON.parse(body).code}`,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );

test("without a certificate of ours nobody is heard", async () => {
  const other = await openAuthority(elsewhere, Date.now);
  const impostor = await certified(other, "remiremont");
  // Who shows none gets as far as enrolment, and no further.
  expect(await tlsFault({ ca: remiremont.ca })).toBe("answered 401 certificate-missing");
  expect(await tlsFault({ ...impostor, ca: remiremont.ca })).toMatch(/ERR_SSL|ECONNRESET|EPIPE/);
});

test("an expired certificate is not accepted, nor the server's own as a box's", async () => {
  const old = await openAuthority(join(region.folder, "data", "authority"), () => Date.now() - 100 * 86_400_000);
  expect(await tlsFault(await certified(old, "remiremont", 2))).toBe("answered 401 certificate-ended");
  expect(await tlsFault(await old.serverIdentity([]))).toMatch(/ERR_SSL|ECONNRESET|EPIPE/);
});

test("TLS 1.2 is not spoken", async () => {
  const { port } = new URL(region.hypervisor.boxUrl);
  const outcome = await new Promise((resolve) => {
    const socket = connect(
      {
        host: "127.0.0.1",
        port: Number(port),
        ca: remiremont.ca,
        key: remiremont.key,
        cert: remiremont.certificate,
        maxVersion: "TLSv1.2",
      },
      () => resolve("connected"),
    );
    socket.on("error", (error) => resolve(error.message));
  });
  expect(outcome).toMatch(/protocol version/);
});

test("a box speaks for itself only: in the path and in the batch", async () => {
  const journal = new Journal("remiremont");
  journal.append(readingOf());
  expect((await region.send(eloyes, journal.batch(1, 1))).status).toBe(403);
  const json = { "content-type": "application/json" };
  const hidden = await batches(eloyes, "eloyes", json, batchToJson(journal.batch(1, 1)));
  expect(hidden.status).toBe(403);
  expect(JSON.parse(hidden.body)).toMatchObject({ code: "box-name-mismatch" });
  expect((await region.box(eloyes, "/v1/boxes/remiremont/commands")).status).toBe(403);
  const readings = await region.page("/api/v1/readings?box=remiremont");
  expect(JSON.parse(readings.body)).toEqual({ readings: [] });
});

test("a certificate of a box that was never added is refused", async () => {
  const ours = await openAuthority(join(region.folder, "data", "authority"), Date.now);
  const stranger = await certified(ours, "stranger");
  const journal = new Journal("stranger");
  journal.append(readingOf());
  const answer = await region.send(stranger, journal.batch(1, 1));
  expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, "box-unknown"]);
});

test("canonical JSON is read like protobuf", async () => {
  const journal = new Journal("eloyes");
  journal.append(readingOf({ commune: "88158" }));
  const answer = await batches(
    eloyes,
    "eloyes",
    { "content-type": "application/json" },
    batchToJson(journal.batch(1, 1)),
  );
  expect([answer.status, JSON.parse(answer.body).durableSeq]).toEqual([200, 1]);
});

test("what is no batch is 422, what is too large 413, packed or unpacked", async () => {
  const bomb = zstdCompressSync(Buffer.alloc(BATCH_LIMITS.bytesMax + 1));
  expect(bomb.length).toBeLessThan(10_000);
  expect((await batches(remiremont, "remiremont", { ...BATCH_HEADERS }, bomb)).status).toBe(413);
  expect(
    (await batches(remiremont, "remiremont", { ...BATCH_HEADERS }, Buffer.alloc(BATCH_LIMITS.bytesMax + 1))).status,
  ).toBe(413);
  expect((await batches(remiremont, "remiremont", { ...BATCH_HEADERS }, "no zstd")).status).toBe(422);
  expect((await batches(remiremont, "remiremont", { "content-type": "application/json" }, "{}")).status).toBe(422);
  expect((await batches(remiremont, "remiremont", { "content-type": "text/html" }, "x")).status).toBe(422);
  expect((await batches(remiremont, "remiremont", {}, "")).status).toBe(422);
});

test("a batch that lies about its hash is 422", async () => {
  const journal = new Journal("remiremont");
  journal.append(readingOf());
  const answer = await region.send(remiremont, journal.batch(1, 1, { hashAfter: new Uint8Array(32) }));
  expect(answer.status).toBe(422);
});

test("statuses of a batch that does not fit", async () => {
  const journal = new Journal("remiremont");
  journal.append(readingOf(), readingOf(), readingOf());
  const epoch = 7;
  expect((await region.send(remiremont, journal.batch(1, 1, { epoch }))).status).toBe(200);
  const gap = await region.send(remiremont, journal.batch(3, 3, { epoch }));
  expect([gap.status, JSON.parse(gap.body).expectedSeq]).toEqual([409, 2]);
  const former = await region.send(remiremont, journal.batch(2, 2, { epoch: 1 }));
  expect([former.status, JSON.parse(former.body).epoch]).toEqual([410, epoch]);
  // Of one that this region never gave: it may have forgotten a decision, and a person has to see it.
  expect((await region.send(remiremont, journal.batch(2, 2, { epoch: 8 }))).status).toBe(423);
  const clone = new Journal("remiremont");
  clone.append(readingOf({ fCnt: 1000 }), readingOf());
  expect((await region.send(remiremont, clone.batch(2, 2, { epoch }))).status).toBe(423);
});

test("a malformed cursor is refused", async () => {
  for (const id of ["-1", "x", "1.5", "99999999999999999999"]) {
    const answer = await region.box(remiremont, "/v1/boxes/remiremont/commands", { headers: { "last-event-id": id } });
    expect(answer.status).toBe(400);
  }
});

test("a second feed of the same box ends the first", async () => {
  const first = await region.boxFeed(remiremont, "/v1/boxes/remiremont/commands");
  await first.until(": open");
  const second = await region.boxFeed(remiremont, "/v1/boxes/remiremont/commands");
  await first.ended;
  second.close();
});

/** The door alone: nothing stands behind it. */
const openDoor = async (more: Partial<BoxServerParts>) => {
  const authority = await openAuthority(elsewhere, Date.now);
  const server = createBoxServer({
    secure: secureContextOf(await authority.serverIdentity([]), authority.ticketKeys()),
    door: createBoxDoor({
      ca: authority.ca,
      store: { boxIdentity: async () => ({ generation: 1, revoked: false }), watch: () => () => {} },
      now: Date.now,
    }),
    ...NOTHING_BEHIND,
    ...more,
  });
  await server.listen({ port: 0, host: "127.0.0.1" });
  const { key, certificate: cert, ca } = await certified(authority, "slow");
  const [address] = server.addresses();
  const port = typeof address === "object" ? address.port : 0;
  return { close: () => server.close(), knock: () => connect({ host: "127.0.0.1", port, ca, key, cert }) };
};

test("a body that trickles is cut off", async () => {
  const { knock, close } = await openDoor({ requestTimeoutMs: 300 });
  const said = await new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = knock();
    socket.once("secureConnect", () =>
      socket.write("POST /v1/boxes/slow/batches HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nx"),
    );
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
  expect(said).toMatch(/^HTTP\/1\.1 408 /);
  await close();
});

test("who waits at the door has no handshake before its turn, and none after waiting too long; the end of the region ends the wait", async () => {
  let now = 0;
  const turns: (() => void)[] = [];
  const { knock, close } = await openDoor({ doorstep: { mono: () => now, afterTurn: (then) => turns.push(then) } });
  const turn = () => {
    for (const then of turns.splice(0)) then();
  };
  const heard: string[] = [];
  /** Resolves when it stands at the door: all others there were have gone or are in. */
  const come = async (name: string): Promise<TLSSocket> => {
    const socket = knock();
    for (const event of ["secureConnect", "close"]) socket.once(event, () => heard.push(`${name} ${event}`));
    socket.on("error", () => {});
    await vi.waitFor(() => expect(turns).toHaveLength(1));
    return socket;
  };
  const first = await come("first");
  turn();
  // It came in that very turn.
  expect(turns).toHaveLength(1);
  turn();
  await vi.waitFor(() => expect(heard).toEqual(["first secureConnect"]));
  first.destroy();
  await vi.waitFor(() => expect(heard).toHaveLength(2));
  await come("second");
  now += 31_000;
  turn();
  await vi.waitFor(() => expect(heard.slice(2)).toEqual(["second close"]));
  await come("third");
  await close();
  await vi.waitFor(() => expect(heard.slice(3)).toEqual(["third close"]));
});

test("certificates: names, lifetimes, and secrets nobody else can read", () => {
  const own = new X509Certificate(remiremont.certificate);
  const root = new X509Certificate(remiremont.ca);
  expect(own.subject).toBe("CN=remiremont\nserialNumber=2");
  expect(own.checkIssued(root) && own.verify(root.publicKey)).toBe(true);
  expect(own.ca).toBe(false);
  expect(Math.round((Date.parse(own.validTo) - Date.now()) / 86_400_000)).toBe(90);
  expect(region.hypervisor.fingerprint).toBe(root.fingerprint256.replaceAll(":", "").toLowerCase());
  for (const file of ["authority/ca.key", "authority/ca.pem", "hypervisor.sock"])
    expect(statSync(join(region.folder, "data", file)).mode & 0o077).toBe(0);
});

test("a known box gets another code, with other communes or a bad name none", async () => {
  const again = await region.addBox({ name: "eloyes", communes: ["88158"] });
  expect(again.certificate).not.toBe(eloyes.certificate);
  eloyes = again;
  await expect(region.addBox({ name: "eloyes", communes: ["88383"] })).rejects.toMatchObject({
    code: "box-exists",
  });
  for (const name of ["", "UP", "a/b", "../x", "a b", "-a", "x".repeat(64)])
    await expect(region.addBox({ name, communes: ["88383"] })).rejects.toMatchObject({
      code: "request-invalid",
    });
});

test("batches under way at once are stored in order, whichever arrives first", async () => {
  const added = await region.addBox({ name: "overtaken", communes: ["88383"] });
  const journal = new Journal("overtaken");
  for (let fCnt = 0; fCnt < 30; fCnt++) journal.append(readingOf({ fCnt }));
  const late = [21, 11, 1].map((first) => region.send(added, journal.batch(first, first + 9)));
  const replies = (await Promise.all(late)).map(({ status, body }) => [status, JSON.parse(body).durableSeq]);
  expect(replies).toEqual([
    [200, 30],
    [200, 20],
    [200, 10],
  ]);
  const held = JSON.parse((await region.page("/api/v1/readings?box=overtaken")).body).readings;
  expect(held.map(({ fCnt }: { fCnt: number }) => fCnt)).toEqual(Array.from({ length: 30 }, (_, fCnt) => fCnt));
});
