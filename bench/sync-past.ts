/** A box that was cut off for days: its folder, with the readings of 1,000 devices in its journal, made once and copied for each round. */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { Identity } from "../fixtures/enrolled-box.ts";
import { mixByHour, stampAt } from "../fixtures/mix.ts";
import { fleet } from "../fixtures/simulation/fleet.ts";
import { COMMUNES } from "../fixtures/territory.ts";
import { IDENTITY_FILE, writeIdentity } from "../gateway/identity.ts";
import { createBox, type RunningBox, startBoxAt } from "./box.ts";

export const SERVED = COMMUNES.slice(0, 2);
const PER_COMMUNE = 500;
/** 1,000 devices then speak every quarter of an hour in the mean: 2.9 million readings in 30 days. */
export const PACE = 4.45;
const AT_ONCE = 500;
export const BOX = "bench";

/** What the region must hold in the end. */
export interface Past {
  readonly folder: string;
  readonly lastSeq: number;
  readonly readings: number;
  /** Lines of values, older ones that came with a frame included. */
  readonly measurements: number;
  /** MD5 over all frames, in order. */
  readonly framesMd5: string;
  /** An asset and a quantity with values on each day, and the end of the last day. */
  readonly sample: { readonly asset: string; readonly measurement: string; readonly until: number };
  remove(): void;
}

/** One box of a round. */
export interface CutOffBox {
  start(): Promise<RunningBox>;
  remove(): void;
}

function fill(journal: Journal, days: number, setWall: (wall: number) => void) {
  const frames = createHash("md5");
  const sample = { asset: "", measurement: "", until: 0 };
  let [readings, measurements] = [0, 0];
  for (const hour of mixByHour(SERVED.length, days * 24, PACE)) {
    for (let from = 0; from < hour.length; from += AT_ONCE) {
      journal.write((append) => {
        for (const { wall, reading } of hour.slice(from, from + AT_ONCE)) {
          setWall(wall);
          append(reading);
          readings++;
          measurements += reading.measurements.length;
          for (const past of reading.history) measurements += past.measurements.length;
          frames.update(reading.frame);
          if (reading.asset?.startsWith("lamp:") && reading.measurements[0] !== undefined && sample.asset === "") {
            sample.asset = reading.asset;
            sample.measurement = reading.measurements[0].name;
          }
          if (reading.asset === sample.asset) sample.until = reading.at + 1;
        }
      });
    }
  }
  return { readings, measurements, framesMd5: frames.digest("hex"), sample };
}

export async function makePast(brokerUrl: string, days: number): Promise<Past> {
  let wall = 0;
  const clock = {
    now: () => ({ wall: stampAt(wall).wall, mono: stampAt(wall).mono, clock: "confirmed" as const }),
  };
  const devices = SERVED.flatMap((commune) => fleet(commune, { size: PER_COMMUNE }));
  const box = createBox(brokerUrl, devices, { clock });
  const { lastSeq, ...made } = box.withJournal((journal) => ({
    ...fill(journal, days, (now) => {
      wall = now;
    }),
    lastSeq: journal.lastSeq,
  }));
  // The box ran on while it was cut off: it has nothing to make good when it starts.
  await box.rememberHealth();
  return { ...made, lastSeq, folder: box.folder, remove: box.remove };
}

/** A copy of the box with its past, connected to that region. */
export function cutOffBox(past: Past, region: { readonly boxPort: number; readonly identity: Identity }): CutOffBox {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-bench-"));
  cpSync(past.folder, folder, { recursive: true });
  const { certificate: cert, key, ca } = region.identity;
  writeIdentity(join(folder, "data", IDENTITY_FILE), { cert, key, ca });
  const file = join(folder, "beffroi.toml");
  const lines = `[hypervisor]
url = "https://127.0.0.1:${region.boxPort}"
`;
  writeFileSync(file, `${readFileSync(file, "utf8")}\n${lines}`);
  return { start: () => startBoxAt(folder), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
