/**
 * What the first hop lost. After a gap the box asks ChirpStack's own history and takes in what it finds there, through the same rule
 * for copies as everything else; what was really missing is kept and marked `recovered`. Gaps that can be seen: the broker has
 * forgotten our session, and a device's frame counter that skips numbers while we are connected. Where the history keeps all devices'
 * events in one order the box reads on there every few minutes, and so finds also what left no gap to be seen.
 */
import type { Entry } from "../cloud-sync/protocol/entry.ts";
import type { BoxState } from "./box-state.ts";
import { createLineReading } from "./line-reading.ts";
import type { Append, Delivery, EventHistory, Log, PastEvent, UpEvent } from "./words.ts";

export interface BackFillParts {
  readonly history: EventHistory;
  /** Whom to ask for after the whole line was gone. */
  readonly devices: () => readonly { readonly devEui: string; readonly applicationId?: string }[];
  readonly take: (delivery: Delivery) => void;
  /** Commits what was taken; false when the disk did not take it. */
  readonly flush: () => boolean;
  readonly state: Pick<BoxState, "get" | "set">;
  readonly write: <T>(work: (append: Append) => T) => T;
  /** The history does not reach back over a gap. */
  readonly mayMiss: (gap: { readonly from: number; readonly to: number }) => void;
  readonly now: () => number;
  readonly log: Log;
  /** Calls back once; the returned function forgets it. */
  readonly after?: (ms: number, then: () => void) => () => void;
  /** 0 to 1. */
  readonly random?: () => number;
}

export interface BackFill {
  /** The broker holds no session of ours: something may have passed unheard. */
  lineLost(): void;
  /** Each uplink that was new, as it becomes durable. */
  heard(event: UpEvent): void;
  /** Counters from before the start. */
  remember(entries: readonly Pick<Entry, "body">[]): void;
  /** Resolves when no question is open; for the stop, and for tests. */
  settled(): Promise<void>;
  stop(): void;
}

/** What a later ChirpStack may add has no rule for copies. */
const KINDS: ReadonlySet<string> = new Set(["up", "join", "ack", "txack", "log", "status", "location"]);

/** ChirpStack may still be starting, and what is on its way should come first. */
const FIRST_MS = 3_000;
const RETRY_MS = 60_000;
/** Frames are lost on the air every day, and no history knows them: one question a device in this time. */
const AGAIN_MS = 20_000;
const AT_ONCE = 4;
/** Between two readings of the line; the first one lets the broker's own backlog come first. */
const READ_ON_MS = 300_000;
const JITTER = 0.2;

const WANTED_KEY = "back-fill.wanted";
/** Every device. */
const ALL = "*";
/** The line of all devices, read to its end. */
const LINE = "~";

const systemAfter = (ms: number, then: () => void): (() => void) => {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
};

export const createBackFill = (parts: BackFillParts): BackFill => {
  const { history, state, log, after = systemAfter, random = Math.random } = parts;
  /** Kept on disk: a box that is killed over its questions asks them again. */
  const wanted = new Set<string>((state.get(WANTED_KEY) ?? "").split(" ").filter((each) => each !== ""));
  const counters = new Map<string, { devAddr?: string; fCnt: number }>();
  const askedAt = new Map<string, number>();
  /** Asked about at this moment. */
  let open: readonly string[] = [];
  let running: Promise<void> | undefined;
  let forget: (() => void) | undefined;
  let forgetReadingOn: (() => void) | undefined;
  let isTimeToReadOn = false;
  let stopped = false;
  /** The line does not answer, and every device was asked instead. */
  let instead = false;
  /** What the last failure said: it is logged once. */
  let trouble: string | undefined;

  const jittered = (ms: number): number => ms * (1 + JITTER * (2 * random() - 1));
  const keep = (): void => parts.write(() => state.set(WANTED_KEY, [...new Set([...open, ...wanted])].join(" ")));

  const settle = (): void => {
    if (!parts.flush()) throw new Error("what was found could not be written");
  };
  const give = (past: readonly PastEvent[]): void => {
    if (stopped) throw new Error("the box is stopping");
    const known = new Map<string, string | undefined>();
    for (const { kind, devEui, applicationId, payload } of past) {
      if (!KINDS.has(kind)) continue;
      if (applicationId === undefined && !known.has(devEui))
        known.set(devEui, parts.devices().find((device) => device.devEui === devEui)?.applicationId);
      const topic = `application/${applicationId ?? known.get(devEui) ?? "unknown"}/device/${devEui}/event/${kind}`;
      parts.take({ topic, payload, qos: 1, redelivered: false, arrivedAt: parts.now(), recovered: true });
    }
    settle();
  };

  const line = history.line && createLineReading({ ...parts, line: history.line, give });
  if (line === undefined && wanted.delete(LINE)) wanted.add(ALL);

  /** What is wanted again meanwhile is asked again. */
  const asking = async <T>(what: readonly string[], question: () => Promise<T>): Promise<T> => {
    open = what;
    for (const each of what) wanted.delete(each);
    try {
      return await question();
    } catch (error) {
      for (const each of what) wanted.add(each);
      throw error;
    } finally {
      open = [];
    }
  };

  const askDevices = async (): Promise<void> => {
    const all = wanted.has(ALL);
    const devices = all
      ? [...new Set([...parts.devices().map(({ devEui }) => devEui), ...counters.keys()])]
      : [...wanted].filter((each) => each !== LINE);
    if (devices.length === 0) return void wanted.delete(ALL);
    log.info({ devices: devices.length, all }, "asking ChirpStack's history for what the first hop may have lost");
    const left = [...devices];
    const worker = async (): Promise<void> => {
      for (let devEui = left.shift(); devEui !== undefined && !stopped; devEui = left.shift()) {
        give(await history.of(devEui));
        askedAt.set(devEui, parts.now());
      }
    };
    await asking(all ? [ALL, ...devices] : devices, () => Promise.all(Array.from({ length: AT_ONCE }, worker)));
  };

  const askLine = async (): Promise<void> => {
    if (line === undefined || !wanted.has(LINE)) return;
    log.info({}, "reading ChirpStack's events of all devices for what the first hop may have lost");
    const whole = await asking([LINE], line.readGap);
    if (!whole && !instead) wanted.add(ALL);
    instead = false;
  };

  const readOn = async (): Promise<void> => {
    if (!isTimeToReadOn) return;
    isTimeToReadOn = false;
    forgetReadingOn = after(jittered(READ_ON_MS), timeToReadOn);
    await line?.readOn();
  };

  const ask = async (): Promise<void> => {
    settle();
    const failures: unknown[] = [];
    await askLine().catch((error: unknown) => {
      failures.push(error);
      if (!instead) wanted.add(ALL);
    });
    if (stopped) return;
    await askDevices();
    if (wanted.has(LINE)) instead = true;
    if (stopped) return;
    keep();
    await readOn();
    if (failures.length > 0) throw failures[0];
    trouble = undefined;
  };

  const failed = (error: unknown): void => {
    if (stopped) return;
    const said = error instanceof Error ? error.message : String(error);
    if (said !== trouble) log.warn({ err: error }, "ChirpStack's history does not answer; asked again in a minute");
    trouble = said;
  };

  const schedule = (ms: number): void => {
    if (forget !== undefined || running !== undefined || stopped) return;
    forget = after(ms, () => {
      forget = undefined;
      let next = FIRST_MS;
      running = ask()
        .catch((error: unknown) => {
          next = jittered(RETRY_MS);
          failed(error);
        })
        .finally(() => {
          running = undefined;
          if (wanted.size > 0 || isTimeToReadOn) schedule(next);
        });
    });
  };

  function timeToReadOn(): void {
    isTimeToReadOn = true;
    schedule(0);
  }

  const want = (what: string, ms = FIRST_MS): void => {
    if (wanted.has(what)) return;
    wanted.add(what);
    schedule(ms);
  };

  if (wanted.size > 0) schedule(FIRST_MS);
  if (line !== undefined) forgetReadingOn = after(line.begun ? jittered(READ_ON_MS) : FIRST_MS, timeToReadOn);

  return {
    lineLost() {
      // A box that has heard nothing yet has lost nothing.
      if (counters.size === 0) return;
      instead = false;
      want(line === undefined ? ALL : LINE);
      try {
        keep();
      } catch (error) {
        log.warn({ err: error }, "the question to ChirpStack's history could not be noted down");
      }
    },
    heard({ devEui, devAddr, fCnt }) {
      const before = counters.get(devEui);
      if (before === undefined || before.devAddr !== devAddr) counters.set(devEui, { devAddr, fCnt });
      if (before === undefined || (before.devAddr !== undefined && before.devAddr !== devAddr)) return;
      const next = before.fCnt + 1;
      before.fCnt = fCnt;
      if (fCnt <= next) return;
      const since = parts.now() - (askedAt.get(devEui) ?? Number.NEGATIVE_INFINITY);
      // A clock that was set back makes nobody wait longer than that.
      want(devEui, since >= 0 && since < AGAIN_MS ? AGAIN_MS - since + FIRST_MS : FIRST_MS);
    },
    remember(entries) {
      for (const { body } of entries) if (body.kind === "reading") counters.set(body.device, { fCnt: body.fCnt });
    },
    async settled() {
      await running;
    },
    stop() {
      stopped = true;
      forget?.();
      forgetReadingOn?.();
    },
  };
};
