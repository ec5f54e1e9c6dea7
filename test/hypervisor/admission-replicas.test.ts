/** Codes, renewals and revocations where two replicas share one PostgreSQL: what one has decided holds at the other, at once. */
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enrolWith, findRegion } from "../../cloud-sync/enrolment/enrol.ts";
import { certificateRequest, makeKey } from "../../cloud-sync/enrolment/key.ts";
import { machineTime } from "../../cloud-sync/https.ts";
import { packBody } from "../../cloud-sync/protocol/body.ts";
import {
  AUTHORITY_PATH,
  keptCode,
  makeCode,
  readTicket,
  renewalPath,
  type Ticket,
} from "../../cloud-sync/protocol/enrolment.ts";
import { openAuthority } from "../../hypervisor/authority.ts";
import { createSqlStore } from "../../hypervisor/store/open.ts";
import { openPostgres } from "../../hypervisor/store/postgres.ts";
import { startPostgres, systemSuite } from "../system/servers.ts";
import { Journal, readingOf } from "./batches.ts";
import { certified, type Identity, type Region, startRegion } from "./region.ts";

const DAY_MS = 86_400_000;
/** Less than the heartbeat by which a stream would end without having been told to. */
const AT_ONCE_MS = 12_000;

systemSuite("two replicas", ["postgresql"], () => {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-admission-"));
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let one: Region;
  let two: Region;

  beforeAll(async () => {
    postgres = await startPostgres();
    one = await startRegion({ databaseUrl: postgres.url, dataFolder: join(folder, "one") });
    // Replicas share the authority.
    mkdirSync(join(folder, "two"), { mode: 0o700 });
    cpSync(join(folder, "one", "authority"), join(folder, "two", "authority"), { recursive: true });
    two = await startRegion({ databaseUrl: postgres.url, dataFolder: join(folder, "two") });
  }, 120_000);
  afterAll(async () => {
    await Promise.all([one?.stop(), two?.stop()]);
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const ticketFor = async (name: string): Promise<Ticket> => {
    const { ticket = "" } = await one.hypervisor.invite({ name, communes: ["88383"], validMs: 3_600_000 });
    return readTicket(ticket) as Ticket;
  };
  const enrolAt = async (ticket: Ticket, { hypervisor }: Region): Promise<Required<Identity>> => {
    const enrolment = { ...ticket, url: hypervisor.boxUrl, time: machineTime };
    const { key, cert, ca } = await enrolWith(enrolment, await findRegion(enrolment, "en"), await makeKey(), "en");
    return { key, certificate: cert, ca };
  };
  /** A replica that hears of a revocation only now ends whatever lines the box has, a new one too: asked again, it says why. */
  const answerOf = async (region: Region, identity: Identity, path: string, body?: string) => {
    const ask = () => region.box(identity, path, body === undefined ? {} : { method: "POST", body });
    const { status, body: text } = await ask().catch((error) => {
      expect(error.code).toMatch(/ECONNRESET|EPIPE/);
      return ask();
    });
    return { status, ...(JSON.parse(text.startsWith("{") ? text : "{}") as { code?: string; certificate?: string }) };
  };

  test(
    "a code used at both at once enrols one box; revoked at one, a box's stream at the other ends and nothing of it is admitted",
    async () => {
      for (let race = 0; race < 5; race++) {
        const name = `raced-${race}`;
        const ticket = await ticketFor(name);
        const both = await Promise.allSettled([one, two].map((region) => enrolAt(ticket, region)));
        const won = both.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
        expect(won).toHaveLength(1);
        expect(both.find((each) => each.status === "rejected")?.reason).toMatchObject({
          problem: { code: "code-used" },
        });
        for (const region of [one, two])
          expect((await region.box(won[0]!, `/v1/boxes/${name}/commands?wait=0`)).status).toBe(200);
      }

      const stolen = await enrolAt(await ticketFor("stolen"), two);
      const stream = await two.boxFeed(stolen, "/v1/boxes/stolen/commands");
      await stream.until(": open");
      await one.hypervisor.revokeBox("stolen");
      await stream.ended;
      for (const region of [one, two])
        expect(await answerOf(region, stolen, "/v1/boxes/stolen/commands?wait=0")).toMatchObject({
          status: 403,
          code: "box-revoked",
        });
    },
    AT_ONCE_MS,
  );

  test(
    "codes made, used and revoked at the same moment wait for one another, and none fails for it",
    async () => {
      const stores = await Promise.all(
        [1, 2].map(async () => {
          const sql = await openPostgres({ url: postgres.url, log: pino({ level: "silent" }) });
          return createSqlStore(sql, Date.now());
        }),
      );
      const [here, there] = [stores[0]!, stores[1]!];
      const now = Date.now();
      const validUntil = now + DAY_MS;
      try {
        await here.addBox({ name: "contested", communes: ["88383"] }, now);
        for (let round = 0; round < 15; round++) {
          const code = keptCode(makeCode());
          await here.invite("contested", { ...code, validUntil }, now);
          const enrol = (store: typeof here) => store.enrol({ ...code, keyHash: randomBytes(32) }, now, validUntil);
          const [first, revoked, second] = await Promise.all([
            enrol(here),
            there.revokeBox("contested", now),
            enrol(there),
          ]);
          expect(revoked).toBe(true);
          const identity = await here.boxIdentity("contested");
          // Whoever came first: what was enrolled with the code is no longer the box.
          for (const outcome of [first, second])
            if (outcome.is === "enrolled") expect(outcome.generation).toBeLessThan(identity!.generation);
          const invitations = [here, there].map((store) =>
            store.invite("contested", { ...keptCode(makeCode()), validUntil }, now),
          );
          await Promise.all(invitations);
        }
      } finally {
        await Promise.all(stores.map((store) => store.close()));
      }
    },
    AT_ONCE_MS,
  );

  test(
    "renewed many times while it is revoked, a box gets in with none of its certificates",
    async () => {
      const box = "renewing";
      const first = await enrolAt(await ticketFor(box), one);
      const renew = async (region: Region) => {
        const key = await makeKey();
        const body = JSON.stringify({ request: await certificateRequest(key, box) });
        const { status, code, certificate } = await answerOf(region, first, renewalPath(box), body);
        expect([201, 403]).toContain(status);
        return certificate === undefined ? { code } : { identity: { key, certificate, ca: first.ca } };
      };
      expect(await renew(two)).toHaveProperty("identity");
      const given: Required<Identity>[] = [];
      const some = Promise.withResolvers<void>();
      let revoked = false;
      const racing = Array.from({ length: 8 }, async (_, each) => {
        while (!revoked) {
          const { identity } = await renew(each % 2 === 0 ? one : two);
          if (identity !== undefined) given.push(identity);
          if (given.length >= 8) some.resolve();
        }
      });
      await some.promise;
      await one.hypervisor.revokeBox(box);
      revoked = true;
      await Promise.all(racing);
      for (const region of [one, two]) {
        expect(await renew(region)).toEqual({ code: "box-revoked" });
        for (const identity of [first, ...given])
          expect(await answerOf(region, identity, `/v1/boxes/${box}/commands?wait=0`)).toMatchObject({
            status: 403,
            code: "box-revoked",
          });
      }
    },
    AT_ONCE_MS,
  );

  /** A line that has been answered once, and is kept. */
  const lineTo = ({ hypervisor }: Region, { key, certificate, ca }: Identity, more: object = {}): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(hypervisor.boxUrl);
      const own = key === undefined || certificate === undefined ? {} : { key, cert: certificate };
      const socket = connect({ host: "127.0.0.1", port: Number(port), servername: "localhost", ca, ...own, ...more });
      socket.once("error", reject);
      socket.once("secureConnect", () => socket.write("GET / HTTP/1.1\r\nhost: region\r\n\r\n"));
      socket.once("data", () => {
        socket.removeListener("error", reject);
        socket.on("error", () => {});
        socket.resume();
        resolve(socket);
      });
    });
  const closeOf = (socket: TLSSocket) => new Promise((resolve) => socket.once("close", resolve));

  test(
    "revoked elsewhere, a box's batch half sent is cut and its idle line ends; its ended certificate renews nothing",
    async () => {
      const box = "uploading";
      const identity = await enrolAt(await ticketFor(box), two);
      const journal = new Journal(box);
      journal.append(readingOf());
      const body = await packBody(journal.batch(1, 1));
      const [uploading, idle] = [await lineTo(two, identity), await lineTo(two, identity)];
      const asked = new Promise((resolve) => {
        uploading.once("data", resolve);
      });
      const head = [
        `POST /v1/boxes/${box}/batches HTTP/1.1`,
        "host: region",
        "content-type: application/x-protobuf",
        "content-encoding: zstd",
        `content-length: ${body.length}`,
        // Answered once the box is admitted and its body is awaited.
        "expect: 100-continue",
      ];
      uploading.write(`${head.join("\r\n")}\r\n\r\n`);
      await asked;
      uploading.write(body.subarray(0, body.length - 1));
      const ends = [uploading, idle].map(closeOf);
      await one.hypervisor.revokeBox(box);
      await Promise.all(ends);
      const { boxes } = JSON.parse((await two.page("/api/v1/boxes")).body) as { boxes: { box: string }[] };
      expect(boxes.filter((each) => each.box === box)).toEqual([]);
      const { readings } = JSON.parse((await one.page(`/api/v1/readings?box=${box}`)).body) as { readings: unknown[] };
      expect(readings).toEqual([]);
      const old = await openAuthority(join(folder, "one", "authority"), () => Date.now() - 100 * DAY_MS);
      const ended = await certified(old, box, 2);
      const request = JSON.stringify({ request: await certificateRequest(await makeKey(), box) });
      for (const region of [one, two])
        expect(await answerOf(region, ended, renewalPath(box), request)).toMatchObject({
          status: 403,
          code: "box-revoked",
        });
    },
    AT_ONCE_MS,
  );

  test(
    "codes guessed from many addresses at once are ten an address and replica, and the installer's own is taken meanwhile",
    async () => {
      const ticket = await ticketFor("honest");
      const guess = JSON.stringify({ id: "0".repeat(32), nonce: "0".repeat(64) });
      const ask = `POST ${AUTHORITY_PATH} HTTP/1.1\r\nhost: region\r\ncontent-length: ${guess.length}\r\nconnection: close\r\n\r\n${guess}`;
      const from = [one, two].flatMap((region) =>
        ["127.0.0.2", "127.0.0.3"].map((localAddress) => ({ region, localAddress })),
      );
      const { ca } = await certified(await openAuthority(join(folder, "one", "authority"), Date.now), "nobody");
      const lines = await Promise.all(
        from.map(({ region, localAddress }) =>
          Promise.all(Array.from({ length: 25 }, () => lineTo(region, { ca }, { localAddress }))),
        ),
      );
      const statuses = lines.map((all) =>
        Promise.all(
          all.map(
            (socket) =>
              new Promise<number>((resolve) => {
                socket.once("data", (text) => resolve(Number(String(text).slice(9, 12))));
                socket.write(ask);
              }),
          ),
        ),
      );
      const honest = await enrolAt(ticket, two);
      expect((await one.box(honest, "/v1/boxes/honest/commands?wait=0")).status).toBe(200);
      for (const all of await Promise.all(statuses))
        expect(all.sort()).toEqual([...Array(10).fill(403), ...Array(15).fill(429)]);
    },
    AT_ONCE_MS,
  );
});
