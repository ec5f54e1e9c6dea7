/** What the doctor says of ChirpStack's Redis, asked of a real one. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ALL_EVENTS } from "../../gateway/chirpstack/redis-streams.ts";
import { lookAtRedis } from "../../gateway/doctor/redis.ts";
import { createAuthority } from "../cloud-sync/certificates.ts";
import { type RunningRedis, startRedis } from "../system/redis.ts";
import { freePort, systemSuite } from "../system/servers.ts";

const HOUR = 3_600_000;
const PASSWORD = "only-for-reading";
/** What a careful operator allows the box. */
const READER = ["on", `>${PASSWORD}`, "~device:*", "-@all", "+xrange", "+xrevrange", "+xlen", "+time"];

systemSuite("the doctor and Redis", ["redis"], () => {
  let folder: string;
  let redis: RunningRedis;
  let files = 0;
  const passwordFile = (password: string, mode = 0o600): string => {
    const file = join(folder, `password-${files++}`);
    writeFileSync(file, `${password}\n`);
    chmodSync(file, mode);
    return file;
  };
  const look = async (over: object = {}) =>
    (await lookAtRedis({ url: redis.url, username: "beffroi", passwordFile: passwordFile(PASSWORD), ...over })).map(
      ({ code, health, values }) => ({ code, health, values }),
    );
  const codes = async (over: object = {}) => (await look(over)).map(({ code }) => code);
  const event = async (agoMs: number): Promise<string> => {
    const client = createClient({ url: redis.url, RESP: 2, maintNotifications: "disabled" });
    await client.connect();
    const id = await client.xAdd(ALL_EVENTS, `${Date.now() - agoMs}-0`, { up: Buffer.of(1) });
    client.destroy();
    return new Date(Number(id.split("-")[0])).toISOString();
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "beffroi-doctor-redis-"));
    redis = await startRedis(["--user", "beffroi", ...READER]);
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("says how far back events reach, to a user who may only read", async () => {
    expect(await codes()).toEqual(["redis-empty"]);
    const time = await event(30 * HOUR);
    await event(HOUR);
    expect(await look()).toEqual([{ code: "redis-well", health: "good", values: { url: redis.url, n: 2, time } }]);
    await redis.restart();
    const since = await event(2 * HOUR);
    expect(await look()).toEqual([
      { code: "redis-short", health: "warning", values: { url: redis.url, n: 1, time: since } },
    ]);
  });

  it("says who does not let the box in, and never a password", async () => {
    await event(0);
    expect(await codes({ passwordFile: passwordFile(PASSWORD, 0o644) })).toEqual([
      "redis-password-exposed",
      "redis-short",
    ]);
    const refused = await look({ passwordFile: passwordFile("a-wrong-one") });
    expect(refused.map(({ code }) => code)).toEqual(["redis-refused"]);
    expect(JSON.stringify(refused)).not.toContain("a-wrong-one");
    expect(await codes({ passwordFile: join(folder, "none") })).toEqual(["redis-file-unreadable"]);
    expect(await codes({ url: `redis://127.0.0.1:${await freePort()}` })).toEqual(["redis-unreachable"]);
    expect(await lookAtRedis(undefined)).toEqual([]);
  });

  it("speaks TLS where the address says so, and to nobody whom the authority does not name", async () => {
    const authority = await createAuthority("commune");
    const { key, cert } = await authority.issue("redis");
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const port = await freePort();
    const secured = await startRedis([
      ...["--tls-port", String(port), "--tls-auth-clients", "no", "--user", "beffroi", ...READER],
      ...["--tls-cert-file", file("redis.pem", cert), "--tls-key-file", file("redis.key", key)],
      ...["--tls-ca-cert-file", file("ca.pem", authority.ca)],
    ]);
    try {
      const url = `rediss://127.0.0.1:${port}`;
      expect(await codes({ url, caFile: join(folder, "ca.pem") })).toEqual(["redis-empty"]);
      const other = file("other.pem", (await createAuthority("somebody else")).ca);
      const refused = await look({ url, caFile: other });
      expect(refused.map(({ code }) => code)).toEqual(["redis-unreachable"]);
      expect(String(refused[0]!.values.detail)).toMatch(/certificate|signature/i);
      expect(await codes({ url })).toEqual(["redis-unreachable"]);
    } finally {
      await secured.stop();
    }
  });
});
