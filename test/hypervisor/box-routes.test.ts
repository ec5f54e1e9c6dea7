/** Every route of the boxes' door, as the server itself lists them: who is not proved reaches nothing behind them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHttpsTransport, type TlsIdentity } from "../../cloud-sync/https.ts";
import { AUTHORITY_PATH, ENROLMENT_PATH, renewalPath } from "../../cloud-sync/protocol/enrolment.ts";
import { createAttempts } from "../../hypervisor/attempts.ts";
import { type Authority, openAuthority } from "../../hypervisor/authority.ts";
import { createBoxDoor } from "../../hypervisor/box-door.ts";
import { createBoxServer, secureContextOf } from "../../hypervisor/box-server.ts";
import { HypervisorFault } from "../../hypervisor/faults.ts";
import { certified } from "./region.ts";

interface Route {
  readonly method: string;
  readonly path: string;
}

const folder = mkdtempSync(join(tmpdir(), "beffroi-routes-"));
const reached: string[] = [];
const identities = new Map([
  ["remiremont", { generation: 2, revoked: false }],
  ["eloyes", { generation: 2, revoked: false }],
  ["stolen", { generation: 3, revoked: true }],
  ["replaced", { generation: 4, revoked: false }],
]);

/** What stands behind a route; being asked at all is the finding. */
const behind = (name: string) => async (): Promise<never> => {
  reached.push(name);
  throw new HypervisorFault("code-unknown");
};

let authority: Authority;
let server: ReturnType<typeof createBoxServer>;
let url: string;
let routes: readonly Route[];

/** `printRoutes` draws a tree: what stands further in continues the path above it. */
const routesOf = (drawn: string): Route[] => {
  const above: string[] = [];
  return drawn.split("\n").flatMap((line) => {
    const match = /^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?/.exec(line);
    if (match === null) return [];
    const depth = match[1]!.length / 4;
    const path = (above[depth - 1] ?? "") + match[2]!;
    above[depth] = path;
    return match[3] === undefined ? [] : match[3].split(", ").map((method) => ({ method, path }));
  });
};

beforeAll(async () => {
  authority = await openAuthority(folder, Date.now);
  const store = { boxIdentity: async (name: string) => identities.get(name), watch: () => () => {} };
  const [ingest, feed] = [behind("ingest"), behind("feed")];
  server = createBoxServer({
    secure: secureContextOf(await authority.serverIdentity([]), authority.ticketKeys()),
    door: createBoxDoor({ ca: authority.ca, store, now: Date.now }),
    enrolment: { proveAuthority: behind("authority"), enrol: behind("enrol"), renew: behind("renew") },
    ingest: { receive: ingest, receiveLatest: ingest, stop: async () => {} },
    comparing: { digest: behind("digest"), again: behind("again") },
    feed: { serve: feed, poll: feed, end: () => {} },
    log: pino({ level: "silent" }),
  });
  await server.listen({ port: 0, host: "127.0.0.1" });
  const [address] = server.addresses();
  url = `https://127.0.0.1:${typeof address === "object" ? address.port : 0}`;
  routes = routesOf(server.printRoutes({ commonPrefix: false }));
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const told = async (identity: Partial<TlsIdentity>, { method, path }: Route): Promise<string> => {
  const transport = createHttpsTransport({ ca: authority.ca, ...identity, url });
  try {
    const body = method === "POST" ? { body: Buffer.from(JSON.stringify({ request: "x" })) } : {};
    const asked = { method: method as "GET", path, headers: { "content-type": "application/json" }, ...body };
    const reply = await transport.send(asked);
    return reply.body === "" ? `${reply.status}` : `${reply.status} ${JSON.parse(reply.body).code}`;
  } finally {
    transport.close();
  }
};

const identityOf = async (name: string, generation: number, days = 0): Promise<TlsIdentity> => {
  const then = days === 0 ? authority : await openAuthority(folder, () => Date.now() - days * 86_400_000);
  const { key, certificate, ca } = await certified(then, name, generation);
  return { key, cert: certificate, ca };
};

test("every route of a box asks who it is: its own name, not revoked, not replaced, not ended", async () => {
  const ofBoxes = routes.filter(({ path }) => path !== AUTHORITY_PATH && path !== ENROLMENT_PATH);
  // Beside enrolment itself there is nothing here that is not of one box.
  expect(ofBoxes.filter(({ path }) => !path.startsWith("/v1/boxes/:box/"))).toEqual([]);
  expect(ofBoxes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    "GET /v1/boxes/:box/commands",
    "HEAD /v1/boxes/:box/commands",
    ...["again", "batches", "certificate", "digest", "latest"].map((each) => `POST /v1/boxes/:box/${each}`),
  ]);
  const [eloyes, stolen, replaced, unknown, ended] = await Promise.all([
    identityOf("eloyes", 2),
    identityOf("stolen", 2),
    identityOf("replaced", 3),
    identityOf("nobody", 1),
    identityOf("remiremont", 2, 120),
  ]);
  for (const { method, path } of ofBoxes) {
    const as = (box: string): Route => ({ method, path: path.replace(":box", box) });
    const expected = (status: string, code: string) => (method === "HEAD" ? status : `${status} ${code}`);
    const said = [
      await told({}, as("remiremont")),
      await told(eloyes, as("remiremont")),
      await told(stolen, as("stolen")),
      await told(replaced, as("replaced")),
      await told(unknown, as("nobody")),
    ];
    expect(said, path).toEqual([
      expected("401", "certificate-missing"),
      expected("403", "box-name-mismatch"),
      expected("403", "box-revoked"),
      expected("403", "certificate-replaced"),
      expected("403", "box-unknown"),
    ]);
    if (path !== renewalPath(":box"))
      expect(await told(ended, as("remiremont")), path).toBe(expected("401", "certificate-ended"));
  }
  expect(reached).toEqual([]);
  // That the parts behind are reached at all, by whom they are for: else the list above would say nothing.
  const own = await identityOf("remiremont", 2);
  for (const { method, path } of ofBoxes.filter((each) => each.method !== "HEAD" && each.path !== renewalPath(":box")))
    await told(own, { method, path: `${path.replace(":box", "remiremont")}?wait=0` });
  expect(reached.sort()).toEqual(["again", "digest", "feed", "ingest", "ingest"]);
});

test("an unknown path says nothing, whoever asks", async () => {
  for (const path of ["/v1/boxes", "/v1/boxes/remiremont", "/v1/boxes/remiremont/other", "/", "/api/v1/boxes"])
    expect(await told({}, { method: "GET", path })).toBe("404 not-found");
  expect(await told({}, { method: "POST", path: "/v1/boxes/a/b/batches" })).toBe("404 not-found");
});

test("who guesses codes is told to wait after ten failures; a box with its certificate is not held up", async () => {
  const guess = () => told({}, { method: "POST", path: ENROLMENT_PATH });
  const guesses: string[] = [];
  for (let each = 0; each < 10; each++) guesses.push(await guess());
  expect(guesses).toEqual(Array(10).fill("400 request-invalid"));
  expect(await guess()).toBe("429 too-many-attempts");
  expect(await told({}, { method: "POST", path: AUTHORITY_PATH })).toBe("429 too-many-attempts");
  const own = await identityOf("remiremont", 2);
  expect(await told(own, { method: "POST", path: "/v1/boxes/remiremont/batches" })).toBe("403 code-unknown");
});

const refusalOf = (begin: () => unknown): unknown => {
  try {
    begin();
    return undefined;
  } catch (error) {
    return error instanceof HypervisorFault ? [error.code, error.detail.seconds] : error;
  }
};

test("the wait ends with its minute, and one address's failures are not another's", () => {
  let now = 0;
  const attempts = createAttempts(() => now);
  const refusal = (address: string) => refusalOf(() => attempts.begin(address)(false));
  for (let each = 0; each < 10; each++) attempts.begin("192.0.2.1")(true);
  now = 20_000;
  expect(refusal("192.0.2.1")).toEqual(["too-many-attempts", 40]);
  expect(refusal("192.0.2.2")).toBeUndefined();
  now = 60_000;
  expect(refusal("192.0.2.1")).toBeUndefined();
});

test("attempts that come together are counted before any of them has failed; those that did not fail cost nothing", () => {
  const attempts = createAttempts(() => 0);
  const refusal = () => refusalOf(() => attempts.begin("192.0.2.1")(false));
  const under = Array.from({ length: 10 }, () => attempts.begin("192.0.2.1"));
  expect(refusal()).toEqual(["too-many-attempts", 1]);
  for (const over of under) over(false);
  expect(refusal()).toBeUndefined();
});

test("the addresses of one IPv6 network are one, those of IPv4 written as IPv6 are not", () => {
  const attempts = createAttempts(() => 0);
  const refusal = (address: string) => refusalOf(() => attempts.begin(address)(false));
  for (let each = 0; each < 10; each++) attempts.begin(`2001:db8:0:1:${each}::1`)(true);
  expect(refusal("2001:db8:0:1::2")).toEqual(["too-many-attempts", 60]);
  expect(refusal("2001:db8::1:0:0:0:2")).toEqual(["too-many-attempts", 60]);
  expect(refusal("2001:db8:0:2::2")).toBeUndefined();
  for (let each = 0; each < 10; each++) attempts.begin("::ffff:192.0.2.1")(true);
  expect(refusal("192.0.2.1")).toEqual(["too-many-attempts", 60]);
  expect(refusal("::ffff:192.0.2.2")).toBeUndefined();
});

test("a crowd of addresses lets none of them begin anew", () => {
  const attempts = createAttempts(() => 0);
  const addressOf = (each: number) => `10.0.${each >> 8}.${each & 255}`;
  for (let each = 0; each < 9_999; each++) attempts.begin(addressOf(each))(true);
  for (let each = 0; each < 10; each++) attempts.begin("192.0.2.1")(true);
  for (let each = 10_000; each < 15_000; each++) attempts.begin(addressOf(each))(true);
  expect(refusalOf(() => attempts.begin("192.0.2.1"))).toEqual(["too-many-attempts", 60]);
});
