/** Lines at the boxes' door: who holds how many, for how long, and what ends them. The door alone, over real TLS. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Authority, openAuthority } from "../../hypervisor/authority.ts";
import { type BoxDoor, createBoxDoor } from "../../hypervisor/box-door.ts";
import { createBoxServer, secureContextOf } from "../../hypervisor/box-server.ts";
import { NOTHING_BEHIND } from "./bare-door.ts";
import { certified, type Identity } from "./region.ts";

const PASSING_MAX = 3;
const folder = mkdtempSync(join(tmpdir(), "beffroi-door-"));
let authority: Authority;
let door: BoxDoor;
let server: ReturnType<typeof createBoxServer>;
let port = 0;
let tell: (box: string) => void;
/** As the store has it; undefined: it cannot be asked. */
let generation: number | undefined;

beforeAll(async () => {
  authority = await openAuthority(folder, Date.now);
  door = createBoxDoor({
    ca: authority.ca,
    store: {
      async boxIdentity() {
        if (generation === undefined) throw new Error("database gone");
        return { generation, revoked: false };
      },
      watch(heard) {
        tell = (box) => heard({ type: "admission", box });
        return () => {};
      },
    },
    now: Date.now,
    passingMax: PASSING_MAX,
  });
  server = createBoxServer({
    secure: secureContextOf(await authority.serverIdentity([]), authority.ticketKeys()),
    door,
    ...NOTHING_BEHIND,
  });
  await server.listen({ port: 0, host: "127.0.0.1" });
  const [address] = server.addresses();
  port = typeof address === "object" ? address.port : 0;
});
afterAll(async () => {
  server?.server.closeAllConnections();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  generation = 2;
});

interface Line {
  readonly socket: TLSSocket;
  readonly isOpen: () => boolean;
  readonly closed: Promise<void>;
}

const lineOf = ({ key, certificate, ca }: Identity): Promise<Line> =>
  new Promise((resolve, reject) => {
    const own = key === undefined || certificate === undefined ? {} : { key, cert: certificate };
    const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca, ...own });
    let open = true;
    const closed = new Promise<void>((end) => {
      socket.once("close", () => {
        open = false;
        end();
      });
    });
    socket.once("error", reject);
    // The answer shows that the door has met the line: its handshake is over here before it is there.
    socket.once("secureConnect", () => socket.write("GET / HTTP/1.1\r\nhost: region\r\n\r\n"));
    socket.once("data", () => {
      socket.on("error", () => {});
      socket.resume();
      resolve({ socket, isOpen: () => open, closed });
    });
  });

const allOf = async (identity: Identity, count: number): Promise<readonly Line[]> => {
  const lines: Line[] = [];
  for (let each = 0; each < count; each++) lines.push(await lineOf(identity));
  return lines;
};

test("a replacement that was told in vain, or not at all, ends the lines of who was replaced within a sweep", async () => {
  const replaced = await lineOf(await certified(authority, "remiremont", 2));
  generation = undefined;
  tell("remiremont");
  await expect(door.sweep()).rejects.toThrow("database gone");
  expect(replaced.isOpen()).toBe(true);
  generation = 3;
  const current = await lineOf(await certified(authority, "remiremont", 3));
  await door.sweep();
  await replaced.closed;
  expect(current.isOpen()).toBe(true);
  current.socket.destroy();
});

test("whoever may ask for a certificate only is given the time between two sweeps, and makes room for the newest", async () => {
  const stranger = await lineOf({ ca: authority.ca });
  const yearAgo = await openAuthority(folder, () => Date.now() - 365 * 86_400_000);
  const slept = await lineOf(await certified(yearAgo, "remiremont", 2));
  const box = await lineOf(await certified(authority, "remiremont", 2));
  await door.sweep();
  expect([stranger, slept, box].map((line) => line.isOpen())).toEqual([true, true, true]);
  const late = await lineOf({ ca: authority.ca });
  await door.sweep();
  await Promise.all([stranger.closed, slept.closed]);
  expect([late, box].map((line) => line.isOpen())).toEqual([true, true]);
  await door.sweep();
  await late.closed;

  const [first, ...more] = await allOf({ ca: authority.ca }, PASSING_MAX + 1);
  await first!.closed;
  expect([...more, box].map((line) => line.isOpen())).toEqual(Array(PASSING_MAX + 1).fill(true));
  for (const { socket } of [...more, box]) socket.destroy();
});

test("a box holds 32 lines at most, the newest; who was replaced takes none of them", async () => {
  const own = await certified(authority, "remiremont", 2);
  const lines = await allOf(own, 32);
  const replaced = await allOf(await certified(authority, "remiremont", 1), 2);
  expect(lines.filter((line) => line.isOpen())).toHaveLength(32);
  const next = await lineOf(own);
  await lines[0]!.closed;
  expect([...lines.slice(1), next].filter((line) => line.isOpen())).toHaveLength(32);
  for (const { socket } of [...lines, ...replaced, next]) socket.destroy();
  await vi.waitFor(() => expect(next.isOpen()).toBe(false));
});

const smuggled = "GET /v1/boxes/remiremont/commands?wait=0 HTTP/1.1\r\nhost: region\r\n\r\n";
test.each([
  ["both lengths", "content-length: 5\r\ntransfer-encoding: chunked", `0\r\n\r\n${smuggled}`],
  ["two lengths", "content-length: 4\r\ncontent-length: 5", `{}xx${smuggled}`],
  ["a chunk that is more than it says", "transfer-encoding: chunked", `1\r\nxx\r\n0\r\n\r\n${smuggled}`],
  ["an odd coding", "transfer-encoding: xchunked", `0\r\n\r\n${smuggled}`],
  ["a coding twice", "transfer-encoding: chunked\r\ntransfer-encoding: identity", `0\r\n\r\n${smuggled}`],
  ["a blank before the colon", "content-length : 0", smuggled],
  ["a folded line", "x: a\r\n b: c\r\ncontent-length:\r\n 0", smuggled],
  ["lines that end with LF", "content-length: 0\ncontent-length: 70", smuggled],
])("a request with %s is answered by its refusal, and nothing behind it is read", async (_what, head, rest) => {
  const { key, certificate: cert, ca } = await certified(authority, "remiremont", 2);
  const said = await new Promise<string>((resolve) => {
    let text = "";
    const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca, key, cert });
    const ask = `POST /v1/boxes/remiremont/digest HTTP/1.1\r\nhost: region\r\n${head}\r\n\r\n${rest}`;
    socket.once("secureConnect", () => socket.write(ask));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual([expect.stringMatching(/ 400$/)]);
});
