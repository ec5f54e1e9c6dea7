/**
 * Kept frames read again with today's codecs. What is read otherwise becomes a correction: an entry that names the one it corrects,
 * which stays as it was. Some entries at a time, so that the box goes on with its work between them; done again it finds nothing.
 */
import { isDeepStrictEqual } from "node:util";
import type { RedecodeChange, RedecodeReply, RedecodeRequest } from "../api/redecode.ts";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import { correctedReading } from "../cloud-sync/protocol/correction.ts";
import type { Correction, Entry, Reading } from "../cloud-sync/protocol/entry.ts";
import type { Corrections } from "./corrections.ts";
import type { ForeignCodecs } from "./foreign-codecs.ts";
import { hasPayload, type ReadingParts, readingOf } from "./readings.ts";
import type { Append, UpEvent } from "./words.ts";

export interface RedecodeParts extends ReadingParts {
  readonly corrections: Corrections;
  readonly journal: Pick<Journal, "read" | "knownAt" | "lastSeq" | "oldestSeq">;
  readonly foreign: Pick<ForeignCodecs, "find" | "read">;
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly now: () => number;
}

const AT_ONCE = { entries: 400, bytes: 1_000_000 };
/** Told of one go; the numbers count all. */
const SHOWN_MAX = 20;
/** Notes that intake gave and no codec can. */
const OF_INTAKE = new Set(["counter-restart", "recovered"]);

const eventOf = (reading: Reading): UpEvent => ({
  kind: "up",
  devEui: reading.device,
  applicationId: "",
  deviceName: "",
  tags: {},
  time: reading.receivedAt,
  deduplicationId: "",
  devAddr: "",
  fCnt: reading.fCnt,
  fPort: reading.fPort,
  dr: reading.radio?.dr ?? 0,
  confirmed: false,
  data: reading.frame,
  ...(reading.radio === undefined ? {} : { radio: reading.radio }),
});

const saidBy = ({ at, measurements, history, fault }: Reading) => ({ at, measurements, history, fault });

/** Today's reading says something else; another version that says the same corrects nothing. */
const differs = (before: Reading, now: Reading): boolean => !isDeepStrictEqual(saidBy(before), saidBy(now));

const changeOf = (seq: number, before: Reading, now: Reading): RedecodeChange => {
  const names = [...new Set([...before.measurements, ...now.measurements].map(({ name }) => name))];
  const of = (reading: Reading, name: string) => {
    const found = reading.measurements.find((each) => each.name === name);
    return found && { value: found.value, unit: found.unit };
  };
  const quantities = names.flatMap((name) => {
    const [was, is] = [of(before, name), of(now, name)];
    if (isDeepStrictEqual(was, is)) return [];
    return [{ name, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
  return {
    seq,
    device: before.device,
    receivedAt: new Date(before.receivedAt).toISOString(),
    ...(before.codec === undefined ? {} : { codecBefore: before.codec }),
    ...(now.codec === undefined ? {} : { codec: now.codec }),
    quantities,
  };
};

const correctionOf = (seq: number, at: number, reading: Reading): Correction => ({
  kind: "correction",
  at,
  reading: seq,
  device: reading.device,
  fCnt: reading.fCnt,
  ...(reading.codec === undefined ? {} : { codec: reading.codec }),
  measuredAt: reading.at,
  measurements: reading.measurements,
  history: reading.history,
  notes: reading.notes,
  ...(reading.fault === undefined ? {} : { fault: reading.fault }),
});

export type Redecode = (request: RedecodeRequest) => Promise<RedecodeReply>;

export const createRedecode = (parts: RedecodeParts): Redecode => {
  const { corrections, journal, registry, foreign, write, now } = parts;
  /** As it is shown now. */
  const shownOf = (seq: number, reading: Reading): Reading => {
    const by = corrections.of(seq, reading);
    return by === undefined ? reading : { ...correctedReading(reading, by), notes: by.notes };
  };

  /** With the device where it hung then. */
  const readAgain = async (model: string, reading: Reading): Promise<Reading> => {
    const event = eventOf(reading);
    const device = registry.device(reading.device);
    const then = device && { ...device };
    if (then !== undefined && reading.asset === undefined) delete then.asset;
    else if (then !== undefined && reading.asset !== undefined) then.asset = reading.asset;
    const answer = foreign.find(model) === undefined ? undefined : await foreign.read(model, event);
    const again = readingOf(event, { ...parts, registry: { ...registry, device: () => then } }, answer);
    return { ...again, notes: [...again.notes, ...reading.notes.filter((note) => OF_INTAKE.has(note))] };
  };

  const isMeant = ({ body }: Entry, { model, since }: RedecodeRequest): boolean =>
    body.kind === "reading" &&
    body.receivedAt >= since &&
    registry.device(body.device)?.model === model &&
    hasPayload(eventOf(body));

  return async (request) => {
    const start = Math.max(request.after, journal.oldestSeq - 1);
    if (start >= journal.lastSeq)
      return { next: start, lastSeq: journal.lastSeq, examined: 0, changed: 0, worse: 0, changes: [] };
    const run = journal.read(journal.knownAt(start), AT_ONCE);
    const found: Correction[] = [];
    const changes: RedecodeChange[] = [];
    let [examined, worse] = [0, 0];
    for (const entry of run.entries) {
      if (entry.seq <= start || entry.body.kind !== "reading" || !isMeant(entry, request)) continue;
      examined += 1;
      const again = await readAgain(request.model, entry.body);
      const shown = shownOf(entry.seq, entry.body);
      if (!differs(shown, again)) continue;
      if (again.fault !== undefined && shown.fault === undefined) {
        worse += 1;
        continue;
      }
      found.push(correctionOf(entry.seq, now(), again));
      if (changes.length < SHOWN_MAX) changes.push(changeOf(entry.seq, shown, again));
    }
    if (request.write && found.length > 0)
      write((append) => {
        for (const correction of found) corrections.put(correction.reading, append(correction));
      });
    const next = Math.max(run.lastSeq, start);
    return { next, lastSeq: journal.lastSeq, examined, changed: found.length, worse, changes };
  };
};
