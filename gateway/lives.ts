/**
 * The lives of a box in one process. One ends, and the next begins, where its file has to be built anew. And where the disk cannot
 * be written at the start, the box lives without it: it reads its file as it stands, steers its lamps, tells its people and its
 * region, and takes nothing in; where not even that can be read, it only says so. Writing is tried again until it works; then it
 * begins as at any start, with what it held in memory meanwhile.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BoxInUse, isDamage } from "./box-store.ts";
import type { BoxClock } from "./clock.ts";
import { type ClosedBoxParts, startClosedBox } from "./closed-box.ts";
import { metAtStart, openingTroubleOf, type Trouble } from "./disk.ts";
import type { Left } from "./flows.ts";
import { freeBytesOf, giveBackSetAside, ROOM_BYTES_MIN } from "./space.ts";
import { openBox, openBoxToRead } from "./stores.ts";

export interface Life {
  readonly controlSocket: string;
  /** What it could not write; undefined where it wrote all. To be asked once it has stopped. */
  left(): Left | undefined;
  /** Takes nothing more in, commits and acknowledges what was taken, closes. */
  stop(): Promise<void>;
}

export type Opened = ReturnType<typeof openBox> & {
  readonly readsOnly: boolean;
  readonly before?: Left;
  /** The file is damaged: it has to be built anew, and is once `mark` was called. */
  readonly onDamaged: (mark: () => void) => void;
};

export interface Lives {
  readonly controlSocket: string;
  /** Why it began without its disk; undefined where it did not. */
  readonly trouble: Trouble | undefined;
  stop(): Promise<void>;
}

export interface LivesParts extends ClosedBoxParts {
  readonly clock: BoxClock;
  readonly run: (opened: Opened) => Promise<Life>;
}

/** A disk that dies is not to be worn out by building its file anew again and again. */
const REBUILD_MS = 600_000;
/** Pauses between two tries to write; they double. Each may write a little. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;
/** What is written to try: more than the last block of a full disk. */
const TRIAL_FILE = "box.trial";
const TRIAL_BYTES = 65_536;

/** Whether the data folder takes writes, and has room for more than a few. */
const takesWrites = (folder: string): boolean => {
  const file = join(folder, TRIAL_FILE);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    giveBackSetAside(folder);
    const handle = openSync(file, "w", 0o600);
    try {
      writeSync(handle, Buffer.alloc(TRIAL_BYTES, 0x42));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
      rmSync(file, { force: true });
    }
    return freeBytesOf(folder) >= ROOM_BYTES_MIN;
  } catch {
    return false;
  }
};

/** Begins the first one. Throws `BoxInUse` and the stores' coded errors, but for those of a disk that cannot be written. */
export const startLives = async (parts: LivesParts): Promise<Lives> => {
  const { dataFolder, clock, log, run } = parts;
  let builtAt = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let left: Left | undefined;
  let retry: NodeJS.Timeout | undefined;
  let pauseMs = RETRY_MS;
  let running: Promise<Life>;

  /** The file is built anew between two lives of the box; the broker keeps what comes meanwhile. */
  const onDamaged = (mark: () => void): void => {
    if (stopped || clock.mono() - builtAt < REBUILD_MS) return;
    builtAt = clock.mono();
    mark();
    next();
  };

  const open = (): Pick<Opened, "store" | "stores"> => {
    try {
      return openBox(dataFolder, clock, log);
    } catch (error) {
      if (openingTroubleOf(error) !== "full") throw error;
      giveBackSetAside(dataFolder);
      return openBox(dataFolder, clock, log);
    }
  };

  const live = async (opened: Pick<Opened, "store" | "stores" | "readsOnly">): Promise<Life> => {
    const { store } = opened;
    try {
      return await run({ ...opened, onDamaged, ...(left === undefined ? {} : { before: left }) });
    } catch (error) {
      // Met outside the journal, whatever was begun: the next start builds the file anew.
      if (isDamage(error)) store.markDamaged();
      store.close();
      throw error;
    }
  };

  const begin = async (): Promise<Life> => {
    let opened: Pick<Opened, "store" | "stores">;
    try {
      opened = open();
    } catch (error) {
      // Somebody may work on the box at rest, for the moment between two lives.
      const trouble = error instanceof BoxInUse ? left?.disk.trouble : openingTroubleOf(error);
      if (trouble === undefined) throw error;
      return standBy(trouble, error);
    }
    let life: Life;
    try {
      life = await live({ ...opened, readsOnly: false });
    } catch (error) {
      // Beside the box's file: who it is to its region.
      const trouble = openingTroubleOf(error);
      if (trouble === undefined) throw error;
      return standBy(trouble, error);
    }
    left = undefined;
    pauseMs = RETRY_MS;
    return life;
  };

  /** Until the disk can be written. */
  const standBy = async (trouble: Trouble, error: unknown): Promise<Life> => {
    if (left?.disk.trouble !== trouble)
      log.error({ err: error, disk: trouble }, "the disk cannot be written at the start; it is tried again");
    const disk = metAtStart(trouble, error, clock.now(), left?.disk);
    left = { ledger: left?.ledger, sessionLost: left?.sessionLost ?? false, disk };
    const life = (await liveReading()) ?? (await startClosedBox(parts, left, error));
    retryLater();
    return life;
  };

  const liveReading = async (): Promise<Life | undefined> => {
    const readable = openBoxToRead(dataFolder, clock);
    try {
      return readable && (await live({ ...readable, readsOnly: true }));
    } catch (error) {
      if (isDamage(error) || openingTroubleOf(error) !== undefined) return undefined;
      throw error;
    }
  };

  const retryLater = (): void => {
    if (stopped) return;
    retry = setTimeout(() => {
      if (!takesWrites(dataFolder)) retryLater();
      else next();
    }, pauseMs);
    pauseMs = Math.min(2 * pauseMs, RETRY_MS_MAX);
  };

  const next = (): void => {
    clearTimeout(retry);
    const before = running;
    running = before.then(async (life) => {
      await life.stop();
      left = life.left() ?? left;
      return begin();
    });
    running.catch((error: unknown) => log.error({ err: error }, "the box could not be started again"));
  };

  running = begin();
  const { controlSocket } = await running;
  return {
    controlSocket,
    trouble: left?.disk.trouble,
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await (await running).stop();
      clearTimeout(retry);
    },
  };
};
