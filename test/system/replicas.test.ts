/** Two hypervisors on one PostgreSQL: the box speaks to one, a screen to each; one is killed under load. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { expect, vi } from "vitest";
import { startBoxProcess } from "../../fixtures/demo/box.ts";
import { freePort } from "../../fixtures/demo/ports.ts";
import { addBoxTo, startRegion } from "../../fixtures/demo/region.ts";
import { territoriesFile } from "../../fixtures/demo/territories.ts";
import { eventTopic, upEvent } from "../../fixtures/events.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { startMosquitto, startPostgres, systemTest } from "./servers.ts";

const APPLICATION = "5b1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const LAMP = "70b3d57050001234";
const START = Date.parse("2026-03-02T06:00:00Z");
const EVENTS = 600;

const uplink = (fCnt: number) =>
  upEvent({
    devEui: "24e1240000000001",
    applicationId: APPLICATION,
    time: START + fCnt * 1_000,
    fPort: 85,
    fCnt,
    dr: 5,
    data: Buffer.from("01755c0367010104820000050000", "hex"),
    rxInfo: [{ gatewayId: "0016c001f1500001", rssi: -97, snr: 7.25, channel: 3 }],
  });

/** What stands before replicas in service: connections go where `target` says. */
async function startBalancer(target: number) {
  let port = target;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    turnTo(next: number) {
      port = next;
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A screen's stream of changes; how many it heard. */
async function followLive(pageUrl: string) {
  const stop = new AbortController();
  const heard: string[] = [];
  const reply = await fetch(`${pageUrl}/api/v1/live`, { signal: stop.signal });
  const done = (async () => {
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done: end } = await reader.read();
      if (end) return;
      heard.push(value);
    }
  })().catch(() => {});
  return {
    heard: () => heard.join("").split("data:").length - 1,
    async stop() {
      stop.abort();
      await done;
    },
  };
}

/** A page that goes through the balancer, with the page's own client: what it has lived through. */
function openScreen(address: string) {
  let counts = { opened: 0, lost: 0, heard: 0 };
  const program = fork(join(import.meta.dirname, "screen.ts"), [`${address}/api/v1/live`], {
    execArgv: ["--experimental-eventsource", "--disable-warning=ExperimentalWarning"],
  });
  program.on("message", (told) => {
    counts = told as typeof counts;
  });
  return {
    counts: () => counts,
    async stop() {
      if (program.exitCode !== null) return;
      const ended = once(program, "exit");
      program.kill();
      await ended;
    },
  };
}

systemTest(
  "of two replicas one is killed under load: nothing is lost, nothing comes twice, streams and commands go on",
  ["mosquitto", "postgresql"],
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-replicas-"));
    const commune = COMMUNES[0]!;
    const [mosquitto, postgres] = [await startMosquitto(), await startPostgres()];
    const start = async (name: string) =>
      startRegion({
        folder: join(folder, name),
        pagePort: await freePort(),
        boxPort: await freePort(),
        territoriesFile: territoriesFile(folder, [commune]),
        logFile: join(folder, `${name}.log`),
        env: { ...process.env, DATABASE_URL: postgres.url },
      });
    const one = await start("one");
    // Replicas share the authority.
    mkdirSync(join(folder, "two"), { mode: 0o700 });
    cpSync(join(folder, "one", "authority"), join(folder, "two", "authority"), { recursive: true });
    const two = await start("two");
    const balancer = await startBalancer(one.boxPort);
    const door = await startBalancer(Number(new URL(one.pageUrl).port));
    const behindDoor = openScreen(`http://127.0.0.1:${door.port}`);
    const box = await startBoxProcess({
      name: commune.box,
      folder: join(folder, "box"),
      identity: await addBoxTo(join(folder, "one"), commune),
      hypervisorPort: balancer.port,
      brokerUrl: mosquitto.url,
      commitDelay: "100ms",
    });
    const publisher = await connectAsync(mosquitto.url);
    try {
      await box.addDevice({
        devEui: "24e1240000000001",
        model: "milesight-em400",
        asset: "container:88383:1",
        depthMm: 1_500,
      });
      await box.addDevice({ devEui: LAMP, model: "nas-ul20xx", asset: "lamp:88383:1", ratedWatts: 40 });
      const screen = await followLive(two.pageUrl);
      const sent: Promise<unknown>[] = [];
      let heardBefore = Number.POSITIVE_INFINITY;
      for (let fCnt = 0; fCnt < EVENTS; fCnt++) {
        const topic = eventTopic(APPLICATION, "24e1240000000001", "up");
        sent.push(publisher.publishAsync(topic, JSON.stringify(uplink(fCnt)), { qos: 1 }));
        if (fCnt === EVENTS / 2) {
          // The first readings are on their way through box and region; killed before them, the replica would prove nothing.
          await vi.waitFor(() => expect(screen.heard()).toBeGreaterThan(0), { timeout: 60_000, interval: 50 });
          await vi.waitFor(() => expect(behindDoor.counts()).toMatchObject({ opened: 1, lost: 0 }), {
            timeout: 60_000,
          });
          await one.process.kill();
          balancer.turnTo(two.boxPort);
          door.turnTo(Number(new URL(two.pageUrl).port));
          // The page notices by itself, and is on the other replica before the rest is sent.
          await vi.waitFor(() => expect(behindDoor.counts().opened).toBeGreaterThan(1), { timeout: 60_000 });
          heardBefore = behindDoor.counts().heard;
        }
        if (fCnt % 20 === 19) await pause(25);
      }
      await Promise.all(sent);
      const before = screen.heard();
      const deadline = Date.now() + 120_000;
      for (;;) {
        const { journal, counts } = await box.status();
        if ((counts.readings >= EVENTS && journal.waiting === 0) || Date.now() > deadline) break;
        await pause(200);
      }
      const readings = await two.readings(commune.box);
      expect(readings.map(({ fCnt }) => fCnt)).toEqual(Array.from({ length: EVENTS }, (_, fCnt) => fCnt));
      expect(screen.heard()).toBeGreaterThan(before);
      expect(behindDoor.counts().lost).toBeGreaterThan(0);
      await vi.waitFor(() => expect(behindDoor.counts().heard).toBeGreaterThan(heardBefore), { timeout: 60_000 });

      const command = await two.send({ target: "lamp:88383:1", name: "dim", fields: { level: 50 } });
      let state = command.state;
      while (state === "requested" && Date.now() < deadline) {
        await pause(200);
        state = (await two.command(command.id)).state;
      }
      expect(state).not.toBe("requested");
      await screen.stop();
    } finally {
      await publisher.endAsync(true);
      await box.process.stop();
      await behindDoor.stop();
      balancer.stop();
      door.stop();
      await Promise.all([one.stop(), two.stop()]);
      await Promise.all([mosquitto.stop(), postgres.stop()]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
  240_000,
);
