/** The certificate of a day as the box states it, counted over its journal; and what of the running hash a certificate can be held to. */
import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import {
  type CompletenessView,
  certificateText,
  type DeviceCompleteness,
  expectedOf,
  type Statement,
} from "../api/completeness.ts";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { Entry, Loss } from "../cloud-sync/protocol/entry.ts";
import { createDayCounter, type DeviceDay, dayOf } from "../device-registry/health/day-count.ts";
import type { Registry } from "../device-registry/store.ts";
import type { Model } from "../device-registry/words.ts";

export interface CompletenessParts {
  readonly box: string;
  readonly journal: Pick<Journal, "entry" | "epoch" | "hashAt" | "knownAt" | "lastSeq" | "oldestSeq" | "read">;
  readonly registry: Pick<Registry, "devices">;
  readonly findModel: (id: string) => Pick<Model, "expectedIntervalSeconds"> | undefined;
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
/** Days before it whose frames tell how often each device speaks, and by which counter the day begins. */
const DAYS_BEFORE = 7;
/** A broker may have held events so long. */
const DAYS_AFTER = 2;
const AT_ONCE = { entries: 2_000, bytes: 1024 * 1024 };
const hex = (hash: Uint8Array | undefined): string | undefined => hash && Buffer.from(hash).toString("hex");

export interface Completeness {
  /** @param day `2026-03-02`; yesterday unless it is named. */
  of(day?: string): Promise<CompletenessView>;
  /** The running hash after an entry; undefined where the journal does not know it (any more). */
  hashAfter(seq: number): string | undefined;
  /** The first kept entry whose clock reads `wall` or later: clocks mostly go forward. */
  firstFrom(wall: number): number;
}

export const createCompleteness = ({ box, journal, registry, findModel, now }: CompletenessParts): Completeness => {
  /** The first kept entry whose clock reads `wall` or later: clocks mostly go forward. */
  const firstFrom = (wall: number): number => {
    let [low, high] = [journal.oldestSeq, journal.lastSeq + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = nextKept(middle, high);
      if (found === undefined) high = middle;
      else if (found.stamp.wall >= wall) high = middle;
      else low = found.seq + 1;
    }
    return low;
  };
  const keptAt = (seq: number): Entry | undefined => {
    try {
      return journal.entry(seq);
    } catch {
      // Damaged: as good as gone; the journal declares it where it reads through.
      return undefined;
    }
  };
  /** Holes are short beside what is kept, and hold no time. */
  const nextKept = (from: number, to: number): Entry | undefined => {
    for (let seq = from; seq < to; seq++) {
      const entry = keptAt(seq);
      if (entry !== undefined) return entry;
    }
    return undefined;
  };

  const scan = async (day: number) => {
    const counter = createDayCounter(new Map());
    const counted: DeviceDay[] = [];
    const losses: Loss[] = [];
    /** Where each day begins in the journal. */
    const begins: { readonly seq: number; readonly day: number }[] = [];
    let bounds: { firstSeq: number; lastSeq: number } | undefined;
    const end = firstFrom((day + 1 + DAYS_AFTER) * DAY_MS);
    const take = ({ seq, body }: Entry): void => {
      if (body.kind === "loss") losses.push(body);
      if (body.kind === "event" && body.event === "join") counter.joined(body.device);
      if (body.kind !== "reading") return;
      const { device, fCnt, receivedAt, notes } = body;
      counter.frame({ device, fCnt, receivedAt, counterRestarted: notes.includes("counter-restart") });
      const of = dayOf(receivedAt);
      if (begins.at(-1)?.day !== of) begins.push({ seq, day: of });
      if (of !== day) return;
      bounds ??= { firstSeq: seq, lastSeq: seq };
      bounds.lastSeq = seq;
    };
    const start = Math.max(journal.oldestSeq, firstFrom((day - DAYS_BEFORE) * DAY_MS));
    for (let after = journal.knownAt(start - 1); after < end - 1; ) {
      const run = journal.read(after, AT_ONCE);
      if (run.lastSeq <= after) break;
      for (const entry of run.entries) if (entry.seq >= start && entry.seq < end) take(entry);
      after = run.lastSeq;
      await turn();
    }
    counted.push(...counter.take());
    return { counted, losses, begins, bounds };
  };

  const statementOf = async (day: number, name: string): Promise<Statement> => {
    const { counted, losses, begins, bounds } = await scan(day);
    /** What was lost before anything that is kept belongs to the first day of which something is. */
    const dayOfLoss = ({ range }: Loss): number | undefined =>
      (begins.findLast(({ seq }) => seq <= (range?.from ?? 0)) ?? begins[0])?.day;
    const ofDay = losses.filter((loss) => dayOfLoss(loss) === day);
    const lostOf = (device: string): number =>
      ofDay.reduce((sum, { devices }) => sum + (devices?.reading?.[device] ?? 0), 0);
    const known = new Map(registry.devices().map((device) => [device.devEui, device]));
    const heard = counted.filter((each) => each.day === day).map(({ device }) => device);
    const placed = [...known.values()].filter(({ asset }) => asset !== undefined).map(({ devEui }) => devEui);
    const devices = [...new Set([...heard, ...placed])].sort().map((device): DeviceCompleteness => {
      const days = counted.filter((each) => each.device === device);
      const { received = 0, missed = 0 } = days.find((each) => each.day === day) ?? {};
      const usual = days.filter((each) => each.day < day).map((each) => each.received + Math.max(0, each.missed));
      const { asset, model } = known.get(device) ?? {};
      const lostByUs = lostOf(device);
      return {
        device,
        ...(asset === undefined ? {} : { asset }),
        ...(model === undefined ? {} : { model }),
        ...expectedOf(usual, model === undefined ? undefined : findModel(model)?.expectedIntervalSeconds),
        received,
        lostOnAir: Math.max(0, missed - lostByUs),
        lostByUs,
      };
    });
    return {
      box,
      day: name,
      by: "box",
      isOver: begins.some((each) => each.day > day),
      lost: ofDay.reduce((sum, { counts }) => sum + Object.values(counts).reduce((all, each) => all + each, 0), 0),
      devices,
      history: bounds === undefined ? [] : [placeOf(bounds)],
    };
  };

  const placeOf = (bounds: { readonly firstSeq: number; readonly lastSeq: number }): Statement["history"][number] => {
    const [before, after] = [hex(journal.hashAt(bounds.firstSeq - 1)), hex(journal.hashAt(bounds.lastSeq))];
    return {
      epoch: journal.epoch,
      ...bounds,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    };
  };

  return {
    async of(day = new Date(now() - DAY_MS).toISOString().slice(0, 10)) {
      const statement = await statementOf(Date.parse(day) / DAY_MS, day);
      return { ...statement, hash: createHash("sha256").update(certificateText(statement)).digest("hex") };
    },
    firstFrom,
    hashAfter: (seq) =>
      !Number.isSafeInteger(seq) || seq > journal.lastSeq || (seq < journal.oldestSeq - 1 && seq !== 0)
        ? undefined
        : hex(journal.hashAt(seq)),
  };
};
