import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { connect, connectAsync } from "mqtt";
import { parse } from "smol-toml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startBroker } from "../../fixtures/broker.ts";
import { startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { DEFAULT_TENANT } from "../../fixtures/events.ts";
import { lookAtApi } from "../../gateway/doctor/api.ts";
import { redact } from "../../gateway/doctor/bundle.ts";
import { lookAtChirpStack } from "../../gateway/doctor/chirpstack-file.ts";
import { lookAtClock, lookAtDisk, lookAtKeys, lookAtPorts } from "../../gateway/doctor/host.ts";
import { lookAtMosquitto } from "../../gateway/doctor/mosquitto-file.ts";
import { lookAtRegion } from "../../gateway/doctor/region.ts";
import { repairAll } from "../../gateway/doctor/repair.ts";
import { setTomlKey } from "../../gateway/doctor/toml-edit.ts";
import type { Finding } from "../../gateway/doctor/words.ts";
import { createAuthority } from "../cloud-sync/certificates.ts";
import { freePort, hasMosquitto, MOSQUITTO, reachable } from "./brokers.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beffroi-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const codes = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);
const write = (name: string, text: string, mode = 0o600): string => {
  const file = join(folder, name);
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
  return file;
};
const NOW = Date.parse("2026-03-02T10:00:00Z");

describe("chirpstack.toml", () => {
  const BAD = `# the town's
[integration]
enabled = ["mqtt"]

  [integration.mqtt]
  server = "tcp://127.0.0.1:1883/"
  qos = 0   # as it came
  clean_session = true

[sqlite]
pragmas = ["busy_timeout = 5000", "journal_mode = WAL"]
`;
  const all = ["chirpstack-qos", "chirpstack-client-id", "chirpstack-clean-session", "chirpstack-session-expiry"];

  it("is read rule by rule, repaired with a copy, and then left alone", () => {
    const file = write("chirpstack.toml", BAD, 0o640);
    write("region_eu868.toml", "[[regions]]\nid = 'eu868'\n");
    const found = lookAtChirpStack(folder, "remiremont");
    expect(codes(found)).toEqual(all);
    const { repaired, failed } = repairAll(found, () => NOW);
    expect(failed).toEqual([]);
    expect(repaired).toEqual([
      { file, copy: `${file}.before-beffroi-20260302T100000`, mended: all, restart: "chirpstack" },
    ]);
    expect(readFileSync(repaired[0]!.copy, "utf8")).toBe(BAD);
    const mended = readFileSync(file, "utf8");
    expect(parse(mended)).toMatchObject({
      integration: {
        enabled: ["mqtt"],
        mqtt: {
          server: "tcp://127.0.0.1:1883/",
          qos: 1,
          client_id: "chirpstack-remiremont",
          clean_session: false,
          session_expiry_interval: "24h",
        },
      },
    });
    expect(mended.startsWith("# the town's\n")).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    const again = lookAtChirpStack(folder, "remiremont");
    expect(codes(again)).toEqual(["chirpstack-well"]);
    expect(repairAll(again, () => NOW)).toEqual({ repaired: [], failed: [] });
    expect(repairAll(found, () => NOW).repaired).toEqual([]);
  });

  it("is unknown, not well, when it is absent, broken or another's", () => {
    expect(codes(lookAtChirpStack(undefined, "x"))).toEqual(["chirpstack-not-found"]);
    expect(codes(lookAtChirpStack(folder, "x"))).toEqual(["chirpstack-not-found"]);
    write("chirpstack.toml", "[integration\n");
    expect(lookAtChirpStack(folder, "x")).toMatchObject([{ code: "chirpstack-unreadable", health: "unknown" }]);
    expect(codes(lookAtChirpStack(join(folder, "none"), "x"))).toEqual(["chirpstack-unreadable"]);
  });

  it("says that SQLite without its log may drop events", () => {
    write("chirpstack.toml", `${BAD.replace(', "journal_mode = WAL"', "")}`);
    expect(codes(lookAtChirpStack(folder, "x"))).toContain("chirpstack-sqlite");
  });

  it("keeps everything else, whatever it is, when a key is set", () => {
    const name = fc.constantFrom("qos", "client_id", "server", "json", "other");
    const value = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.boolean(), fc.constantFrom("", "a b", 'x"#y', "[z]"));
    const section = fc.dictionary(name, value);
    fc.assert(
      fc.property(section, section, name, value, fc.boolean(), (mqtt, further, key, wanted, padded) => {
        const lines = (table: Readonly<Record<string, unknown>>) =>
          Object.entries(table).map(([each, is]) => `${padded ? "  " : ""}${each} = ${JSON.stringify(is)} # note`);
        const text = ["[integration.mqtt]", ...lines(mqtt), "", "[further]", ...lines(further), ""].join("\n");
        const set = setTomlKey(text, "integration.mqtt", key, wanted);
        expect(parse(set)).toEqual({ integration: { mqtt: { ...mqtt, [key]: wanted } }, further });
        expect(setTomlKey(set, "integration.mqtt", key, wanted)).toBe(set);
      }),
    );
  });
});

describe("mosquitto's file", () => {
  it("is judged by what counts: the last setting, in included files too", () => {
    const conf = join(folder, "conf.d");
    mkdirSync(conf);
    const file = write("mosquitto.conf", `persistence true\nautosave_interval 1800\ninclude_dir ${conf}\n`);
    writeFileSync(
      join(conf, "town.conf"),
      "autosave_interval 30\nmax_queued_messages 5000\nlistener 1883\nallow_anonymous true\n",
    );
    const found = lookAtMosquitto(file);
    expect(codes(found)).toEqual(["broker-queue", "broker-open"]);
    expect(found[0]?.repair?.file).toBe(join(conf, "town.conf"));
    expect(lookAtMosquitto(join(folder, "none"))).toMatchObject([{ code: "broker-not-found", health: "unknown" }]);
    const closed =
      "listener 1883 127.0.0.1\nallow_anonymous true\npersistence true\nautosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n";
    expect(codes(lookAtMosquitto(write("closed.conf", closed)))).toEqual(["broker-well"]);
  });

  describe.runIf(hasMosquitto)("with a real mosquitto", () => {
    const running: ChildProcess[] = [];
    afterEach(async () => {
      for (const child of running.splice(0)) await stop(child, "SIGKILL");
    });
    const stop = (child: ChildProcess, signal: NodeJS.Signals): Promise<void> =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill(signal);
      });
    const start = (file: string): ChildProcess => {
      const child = spawn(MOSQUITTO, ["-c", file], { stdio: "ignore" });
      running.push(child);
      return child;
    };
    /** Listens before it is connected: what was kept comes at once. */
    const box = async (port: number, hear: (payload: Buffer) => void = () => undefined) => {
      const client = connect(`mqtt://127.0.0.1:${port}`, {
        protocolVersion: 5,
        clientId: "box",
        // Mosquitto 2.0.11 does not bring back a session that was begun with a clean start.
        clean: false,
        properties: { sessionExpiryInterval: 3_600 },
      });
      client.on("message", (_topic, payload) => hear(payload));
      await new Promise<void>((resolve) => client.once("connect", () => resolve()));
      return client;
    };

    /** How many of 1,300 readings that came while the box was away reach it, over a restart of the broker. */
    const kept = async (file: string, port: number): Promise<number> => {
      const first = start(file);
      await reachable(port);
      const before = await box(port);
      await before.subscribeAsync("event", { qos: 1 });
      await before.endAsync();
      const chirpstack = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5, reconnectPeriod: 50 });
      await Promise.all(
        Array.from({ length: 1_300 }, (_, i) => chirpstack.publishAsync("event", String(i), { qos: 1 })),
      );
      await chirpstack.endAsync();
      await stop(first, "SIGTERM");
      start(file);
      await reachable(port);
      const seen = new Set<string>();
      const after = await box(port, (payload) => void seen.add(payload.toString()));
      for (let size = -1; size !== seen.size; ) {
        size = seen.size;
        await new Promise((resolve) => setTimeout(resolve, 400));
      }
      await after.endAsync(true);
      return seen.size;
    };

    it("loses readings as the findings say, and none once repaired", async () => {
      const port = await freePort();
      mkdirSync(join(folder, "data"));
      // Root's mosquitto changes its user unless told not to.
      const bad = `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence_location ${folder}/data/\n`;
      const file = write("mosquitto.conf", bad);
      const found = lookAtMosquitto(file);
      expect(codes(found)).toEqual(["broker-persistence", "broker-autosave", "broker-queue"]);
      expect(await kept(file, port)).toBeLessThan(1_300);
      for (const child of running.splice(0)) await stop(child, "SIGKILL");
      expect(repairAll(found, () => NOW).failed).toEqual([]);
      expect(codes(lookAtMosquitto(file))).toEqual(["broker-well"]);
      expect(readdirSync(folder).filter((name) => name.includes("before-beffroi"))).toHaveLength(1);
      expect(await kept(file, port)).toBe(1_300);
    }, 60_000);
  });
});

describe("the machine", () => {
  it("tells clock, disk and ports apart", () => {
    expect(lookAtClock(0, true)).toMatchObject({ code: "clock-unset", health: "bad" });
    expect(lookAtClock(NOW, false)).toMatchObject({ code: "clock-unsynchronised", health: "warning" });
    expect(lookAtClock(NOW, undefined)).toMatchObject({ code: "clock-unchecked", health: "unknown" });
    expect(lookAtClock(NOW, true)).toMatchObject({ code: "clock-well", health: "good" });
    const disk = (free: number) => lookAtDisk(folder, { free, all: 32e9 }).code;
    expect([disk(1e8), disk(8e8), disk(1.2e9), disk(9e9)]).toEqual(["disk-full", "disk-low", "disk-low", "disk-well"]);
    expect(lookAtDisk(folder).code).toMatch(/^disk-/);
    const table = `  sl  local_address rem_address   st
   0: 00000000:075B 00000000:0000 0A 00000000:00000000
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000
   2: 00000000000000000000000000000000:18EB 00000000000000000000000000000000:0000 0A 00000000:00000000
   3: 00000000:1F90 0100007F:9999 01 00000000:00000000`;
    expect(lookAtPorts(() => table)).toMatchObject({
      code: "ports-open",
      values: { ports: "1883 (MQTT), 6379 (Redis)" },
    });
    expect(lookAtPorts(() => "")).toMatchObject({ code: "ports-well" });
    expect(
      lookAtPorts(() => {
        throw new Error("no /proc");
      }),
    ).toMatchObject({ code: "ports-unknown" });
  });

  it("says how the root key is kept", () => {
    const env = { PATH: "/nowhere" };
    expect(lookAtKeys(folder, env).code).toBe("keys-none");
    const file = write("keys.root", "0".repeat(32));
    expect(lookAtKeys(folder, env).code).toBe("keys-file");
    chmodSync(file, 0o644);
    expect(lookAtKeys(folder, env)).toMatchObject({ code: "keys-exposed", health: "bad" });
    writeFileSync(file, "short");
    expect(lookAtKeys(folder, env)).toMatchObject({ code: "keys-lost", health: "bad" });
  });
});

describe("the way to the region", () => {
  it("tells a right one from an ended certificate, another's key, another's authority, nobody there and a wrong clock", async () => {
    const [ours, other] = [await createAuthority("region"), await createAuthority("another")];
    const [box, hub, stranger] = [await ours.issue("box"), await ours.issue("hub"), await other.issue("hub")];
    const region = (url: string, ca = ours.ca, key = box.key, mode = 0o600) => ({
      url,
      identityFile: write("identity.pem", `${key}${box.cert}\n${ca}\n`, mode),
    });
    const server = createServer(
      { cert: hub.cert, key: hub.key, ca: ours.ca, requestCert: true, rejectUnauthorized: true },
      (_, reply) => {
        reply.statusCode = 404;
        reply.end();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const now = () => Date.now();
    try {
      expect(codes(await lookAtRegion(undefined, now))).toEqual(["region-alone"]);
      expect(codes(await lookAtRegion(region(url), now))).toEqual(["region-well"]);
      const [well] = await lookAtRegion(region(url), now);
      expect(well?.values.date).toBe(new Date(now() + 90 * 86_400_000).toISOString().slice(0, 10));
      expect(codes(await lookAtRegion(region(url), () => now() + 70 * 86_400_000))).toContain("certificate-ends");
      expect(codes(await lookAtRegion(region(url), () => now() - 600_000))).toContain("clock-offset");
      expect(codes(await lookAtRegion(region(url, other.ca), now))).toEqual(["region-refused"]);
      expect(codes(await lookAtRegion(region(url, ours.ca, box.key, 0o644), now))).toEqual(["private-key-exposed"]);
      const foreign = await lookAtRegion(region(url, ours.ca, stranger.key), now);
      expect(codes(foreign)).toEqual(["certificate-other-key"]);
      expect(codes(await lookAtRegion(region(url), () => now() + 400 * 86_400_000))).toContain("certificate-ended");
      expect(codes(await lookAtRegion(region(`https://127.0.0.1:${await freePort()}`), now))).toEqual([
        "region-unreachable",
      ]);
      const broken = { url, identityFile: write("broken.pem", "no certificate") };
      expect(codes(await lookAtRegion(broken, now))).toEqual(["certificate-unreadable"]);
    } finally {
      server.close();
    }
  });
});

describe("ChirpStack's API", () => {
  it("tells a key that may all from a wrong one, one that only reads, one anybody may read, and nobody there", async () => {
    const broker = await startBroker();
    const double = await startChirpStackDouble({ brokerUrl: broker.url, devices: [], api: { port: 0 } });
    const { address, apiKey } = double.api!;
    const look = async (key: string, mode = 0o600, api = `http://${address}`, own: { tenantId?: string } = {}) =>
      codes(await lookAtApi({ api, apiKeyFile: write("api.key", `${key}\n`, mode), tenant: "box", ...own }));
    try {
      expect(await look(apiKey)).toEqual(["api-well"]);
      expect(double.api!.records.tenants.all()).toHaveLength(1);
      expect(await look("another")).toEqual(["api-key-refused"]);
      expect(await look(double.api!.readOnlyKey())).toEqual(["api-key-limited"]);
      const ofTenant = double.api!.tenantKey(DEFAULT_TENANT);
      expect(await look(ofTenant)).toEqual(["api-key-refused"]);
      expect(await look(ofTenant, 0o600, undefined, { tenantId: DEFAULT_TENANT })).toEqual(["api-well"]);
      expect(await look(ofTenant, 0o600, undefined, { tenantId: randomUUID() })).toEqual(["api-key-refused"]);
      expect(await look(apiKey, 0o644)).toEqual(["api-key-exposed"]);
      expect(await look("")).toEqual(["api-key-unreadable"]);
      expect(await look(apiKey, 0o600, `http://127.0.0.1:${await freePort()}`)).toEqual(["api-unreachable"]);
      expect(codes(await lookAtApi(undefined))).toEqual(["api-none"]);
    } finally {
      await double.stop();
      await broker.stop();
    }
  }, 40_000);
});

describe("redaction", () => {
  it("takes out what opens a door, whatever stands around it, and leaves the rest", () => {
    const key = fc
      .array(fc.constantFrom(..."0123456789abcdefABCDEF"), { minLength: 32, maxLength: 32 })
      .map((all) => all.join(""));
    const around = fc.constantFrom("", " ", "\n", '"', "key=", "x: ", ",");
    fc.assert(
      fc.property(key, around, around, (hex, before, after) => {
        const base64 = Buffer.from(hex, "hex").toString("base64");
        for (const form of [hex, hex.match(/../g)!.join(":"), base64])
          expect(redact(`${before}${form}${after}`)).not.toContain(form);
      }),
    );
    expect(redact('password = "plain"\nqos = 1\napi_key_file = "/etc/x"')).toBe(
      "password = [redacted]\nqos = 1\napi_key_file = [redacted]",
    );
    expect(redact("tcp://name:word@host/ and eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln")).toBe(
      "tcp://[redacted]@host/ and [redacted]",
    );
    expect(redact("devEui 70b3d5e75e000042, version 4.19.0")).toBe("devEui 70b3d5e75e000042, version 4.19.0");
  });
});
