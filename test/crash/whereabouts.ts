/** Where messages are that have not reached the region: in the box's journal, at the broker, or nowhere. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Database from "better-sqlite3";
import mqtt from "mqtt";
import { inspectJournal, openJournal } from "../../cloud-sync/journal/journal.ts";
import type { Entry } from "../../cloud-sync/protocol/entry.ts";
import { keyOfUp } from "../simulate/source.ts";
import { databaseFiles, layFiles } from "./power-cut.ts";

/** Keys of readings that are safe and on their way. */
export interface Whereabouts {
  /** After all that the region has, or of a history that it has not. */
  readonly journal: ReadonlySet<string>;
  /** Not acknowledged. */
  readonly broker: ReadonlySet<string>;
}

/** Works on a copy: a process that runs is not disturbed, and what was killed is not repaired by looking at it. */
function onCopy<T>(path: string, work: (db: Database.Database) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "beffroi-inspect-"));
  const copy = join(folder, "box.sqlite");
  layFiles(copy, databaseFiles(path));
  const db = new Database(copy);
  try {
    return work(db);
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where a process may be killed, there its journal must be whole. */
export const journalFaults = (path: string): string[] =>
  onCopy(path, (db) => {
    const [row] = db.pragma("integrity_check") as { integrity_check: string }[];
    const clock = { now: () => ({ wall: 0, mono: 0, clock: "unknown" as const }) };
    const { findings } = openJournal(db, { clock }).verify();
    return [
      ...(row?.integrity_check === "ok" ? [] : [`SQLite: ${row?.integrity_check}`]),
      ...findings.map((finding) => `journal: ${JSON.stringify(finding)}`),
    ];
  });

const keyOfEntry = ({ body }: Entry): string[] =>
  body.kind === "reading" ? [keyOfUp(body.device, body.fCnt, body.frame)] : [];

/** Readings of the journal that are still to be sent to a region that has it up to `durable`. */
export const leftInJournal = (path: string, durable: { epoch?: number; seq: number }): ReadonlySet<string> =>
  onCopy(path, (db) => {
    const journal = inspectJournal(db);
    const seq = durable.epoch === journal.epoch ? durable.seq : 0;
    if (seq >= journal.lastSeq) return new Set();
    const limits = { entries: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
    const { entries } = journal.read(journal.knownAt(seq), limits);
    return new Set(entries.filter((entry) => entry.seq > seq).flatMap(keyOfEntry));
  });

/** The queue has been emptied when nothing came for so long. */
const QUIET_MS = 2_000;

/** Takes what a client's session has not acknowledged, in its place. */
export async function leftAtBroker(url: string, clientId: string): Promise<ReadonlySet<string>> {
  const left = new Set<string>();
  let heardAt = Date.now();
  const client = mqtt.connect(url, { clientId, clean: false, protocolVersion: 5 });
  client.on("message", (_, payload) => {
    heardAt = Date.now();
    const { deviceInfo, fCnt, data } = JSON.parse(payload.toString()) as Record<string, unknown> & {
      deviceInfo: { devEui: string };
    };
    left.add(keyOfUp(deviceInfo.devEui, Number(fCnt), Buffer.from(String(data), "base64")));
  });
  client.on("connect", () => {
    heardAt = Date.now();
  });
  while (!client.connected || Date.now() - heardAt < QUIET_MS) await pause(100);
  await client.endAsync();
  return left;
}
