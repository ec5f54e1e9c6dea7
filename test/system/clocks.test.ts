/** A box whose clock stands in 1970, or in 2099: the real program under another clock enrols, or says why not, and loses nothing. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { BoxesReply } from "../../api/schemas.ts";
import { beffroi, FRENCH, finished, start, temporaryFolder } from "../cli/bin.ts";
import { startRegion } from "../hypervisor/region.ts";
import { clockLibrary, systemTest } from "./servers.ts";

/** What the program's clock shows; `now` is the machine's own. */
type Clock = "1970" | "2099" | "now";
const TIMES: Readonly<Record<Clock, string>> = {
  "1970": "@1970-01-02 00:00:00",
  "2099": "@2099-01-01 00:00:00",
  now: "+0",
};

const PATIENCE = { timeout: 100_000, interval: 250 };

/** A box in a folder of its own, whose programs read their clock from a file that may be written anew. */
const createBox = (name: string) => {
  const folder = temporaryFolder();
  const clockFile = join(folder.path, "clock");
  const env = {
    ...FRENCH,
    LD_PRELOAD: clockLibrary()!,
    FAKETIME_TIMESTAMP_FILE: clockFile,
    FAKETIME_CACHE_DURATION: "1",
    // How long something takes is not what is tried here.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  // Port 1: no broker; the way to the region needs none.
  writeFileSync(
    join(folder.path, "beffroi.toml"),
    `[box]\nname = "${name}"\ndata = "data"\n[broker]\nurl = "mqtt://127.0.0.1:1"\n[log]\nlevel = "error"\n`,
  );
  const options = { cwd: folder.path, env };
  return {
    setClock: (clock: Clock) => writeFileSync(clockFile, `${TIMES[clock]}\n`),
    run: (...args: string[]) => beffroi(args, options),
    async startGateway() {
      const child = start(["gateway", "--json"], options);
      const ended = finished(child);
      const [first] = (await once(child.stdout!, "data")) as [string];
      expect(JSON.parse(first)).toMatchObject({ event: "ready", box: name });
      return async () => {
        child.kill("SIGTERM");
        expect(await ended).toMatchObject({ code: 0 });
      };
    },
    remove: folder.remove,
  };
};

systemTest(
  "in 1970 a box enrols and reaches its region; in 2099 it refuses to, says so, and goes on once its clock is right",
  ["faketime"],
  async () => {
    const region = await startRegion();
    const invite = (name: string) => region.hypervisor.invite({ name, communes: ["88383"], validMs: 3_600_000 });
    const heard = async (name: string) => {
      const { boxes } = BoxesReply.parse(JSON.parse((await region.page("/api/v1/boxes")).body));
      return boxes.find(({ box }) => box === name)?.lastProofAt;
    };
    const devices = async () => JSON.parse((await region.page("/api/v1/assets?commune=88383")).body).assets.length;
    const [early, late] = [createBox("early"), createBox("late")];
    const stops: (() => Promise<void>)[] = [];
    try {
      early.setClock("1970");
      const enrolled = await early.run("enroll", (await invite("early")).ticket!);
      expect(enrolled).toMatchObject({ code: 0, err: "" });
      stops.push(await early.startGateway());
      await expect.poll(() => heard("early"), PATIENCE).toBeDefined();
      const status = JSON.parse((await early.run("status", "--json")).out);
      expect(status.hypervisor).toMatchObject({ connected: true });

      // In 2099 the region's certificate has ended long ago, whoever shows it.
      late.setClock("2099");
      const { ticket = "" } = await invite("late");
      const refused = await late.run("enroll", ticket, "--json");
      expect(refused.code).toBe(4);
      expect(JSON.parse(refused.err).error.code).toBe("region-certificate");
      expect(refused.err).toContain("2099-01-01");
      // The code is as good as before.
      late.setClock("now");
      expect(await late.run("enroll", ticket)).toMatchObject({ code: 0, err: "" });

      // An enrolled box that starts in 2099 works on, and keeps what it cannot send.
      late.setClock("2099");
      stops.push(await late.startGateway());
      const lamp = ["70b3d5e75e01a2b3", "--model", "nas-ul20xx", "--asset", "lamp:88383:042"];
      expect(await late.run("device", "add", ...lamp)).toMatchObject({ code: 0 });
      const stateOf = async () => JSON.parse((await late.run("status", "--json")).out);
      const far = await stateOf();
      expect(far.hypervisor.connected).toBe(false);
      expect(far.hypervisor.lastError).toMatch(/server-ended.*2099-01-01/);
      expect(far.journal.waiting).toBeGreaterThan(0);
      expect(await heard("late")).toBeUndefined();
      // A right clock, and no restart.
      late.setClock("now");
      await expect.poll(devices, PATIENCE).toBe(1);
      expect(await heard("late")).toBeDefined();
      expect((await stateOf()).hypervisor.connected).toBe(true);
    } finally {
      for (const stop of stops) await stop();
      early.remove();
      late.remove();
      await region.stop();
    }
  },
  240_000,
);
