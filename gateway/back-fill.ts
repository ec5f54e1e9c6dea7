/**
 * What the first hop lost. After a gap the box asks ChirpStack's own history and takes in what it finds there, through the same rule
 * for copies as everything else; what was really missing is kept and marked `recovered`. Gaps that can be seen: the broker has
 * forgotten our session, and a device's frame counter that skips numbers while we are connected.
 */
import type { Entry } from "../cloud-sync/protocol/entry.ts";
import type { BoxState } from "./box-state.ts";
import type { Append, Delivery, EventHistory, Log, UpEvent } from "./words.ts";

export interface BackFillParts {
  readonly history: EventHistory;
  /** Whom to ask for after the whole line was gone. */
  readonly devices: () => readonly { readonly devEui: string; readonly applicationId?: string }[];
  readonly take: (delivery: Delivery) => void;
  /** Commits what was taken. */
  readonly flush: () => void;
  readonly state: Pick<BoxState, "get" | "set">;
  readonly write: <T>(work: (append: Append) => T) => T;
  readonly now: () => number;
  readonly log: Log;
  /** Calls back once; the returned function forgets it. */
  readonly after?: (ms: number, then: () => void) => () => void;
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

/**
 * Events whose identity does not depend on how they are written. A log is known by its very bytes, which may differ between MQTT
 * and this history: it would come twice.
 */
const KINDS: ReadonlySet<string> = new Set(["up", "join", "ack", "txack", "status", "location"]);

/** ChirpStack may still be starting, and what is on its way should come first. */
const FIRST_MS = 3_000;
const RETRY_MS = 60_000;
/** Frames are lost on the air every day, and no history knows them: one question a device in this time. */
const AGAIN_MS = 20_000;
const AT_ONCE = 4;

const WANTED_KEY = "back-fill.wanted";
const ALL = "*";

const systemAfter = (ms: number, then: () => void): (() => void) => {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
};

export const createBackFill = (parts: BackFillParts): BackFill => {
  const { history, state, log, after = systemAfter } = parts;
  /** `*` is every device. Kept on disk: a box that is killed over its questions asks them again. */
  const wanted = new Set<string>((state.get(WANTED_KEY) ?? "").split(" ").filter((each) => each !== ""));
  const counters = new Map<string, { readonly devAddr?: string; readonly fCnt: number }>();
  const askedAt = new Map<string, number>();
  let running: Promise<void> | undefined;
  let forget: (() => void) | undefined;
  let stopped = false;

  const keep = (): void => parts.write(() => state.set(WANTED_KEY, [...wanted].join(" ")));

  const askOne = async (devEui: string): Promise<void> => {
    const past = await history.of(devEui);
    if (stopped) return;
    const applicationId = parts.devices().find((device) => device.devEui === devEui)?.applicationId ?? "unknown";
    for (const { kind, payload } of past) {
      if (!KINDS.has(kind)) continue;
      const topic = `application/${applicationOf(payload) ?? applicationId}/device/${devEui}/event/${kind}`;
      parts.take({ topic, payload, qos: 1, redelivered: false, arrivedAt: parts.now(), recovered: true });
    }
  };

  const ask = async (): Promise<void> => {
    const all = wanted.has(ALL);
    const devices = all
      ? [...new Set([...parts.devices().map(({ devEui }) => devEui), ...counters.keys()])]
      : [...wanted];
    log.info({ devices: devices.length, all }, "asking ChirpStack's history for what the first hop may have lost");
    const left = [...devices];
    const worker = async (): Promise<void> => {
      for (let devEui = left.shift(); devEui !== undefined && !stopped; devEui = left.shift()) {
        await askOne(devEui);
        askedAt.set(devEui, parts.now());
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (stopped) return;
    parts.flush();
    for (const devEui of devices) wanted.delete(devEui);
    if (all) wanted.delete(ALL);
    keep();
  };

  const schedule = (ms: number): void => {
    if (forget !== undefined || running !== undefined || stopped) return;
    forget = after(ms, () => {
      forget = undefined;
      let next = FIRST_MS;
      running = ask()
        .catch((error: unknown) => {
          next = RETRY_MS;
          log.warn({ err: error }, "ChirpStack's history does not answer; asked again in a minute");
        })
        .finally(() => {
          running = undefined;
          if (wanted.size > 0) schedule(next);
        });
    });
  };

  const want = (what: string, ms = FIRST_MS): void => {
    if (wanted.has(what)) return;
    wanted.add(what);
    schedule(ms);
  };

  if (wanted.size > 0) schedule(FIRST_MS);

  return {
    lineLost() {
      // A box that has heard nothing yet has lost nothing.
      if (counters.size === 0) return;
      want(ALL);
      try {
        keep();
      } catch (error) {
        log.warn({ err: error }, "the question to ChirpStack's history could not be noted down");
      }
    },
    heard({ devEui, devAddr, fCnt }) {
      const before = counters.get(devEui);
      counters.set(devEui, { devAddr, fCnt });
      if (before === undefined || (before.devAddr !== undefined && before.devAddr !== devAddr)) return;
      if (fCnt <= before.fCnt + 1) return;
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
    },
  };
};

/** An event of the history says itself to which application its device belongs. */
const applicationOf = (payload: Uint8Array): string | undefined =>
  /"applicationId":"([0-9a-f-]{36})"/.exec(Buffer.from(payload).toString("utf8"))?.[1];
