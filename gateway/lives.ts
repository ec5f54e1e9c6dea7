/**
 * The lives of a box in one process. One ends, and the next begins, where its file has to be built anew. And where the disk cannot
 * be written at the start, the box lives without it: it reads its file as it stands, steers its lamps, tells its people and its
 * region, and takes nothing in; where not even that can be read, it only says so. Writing is tried again until it works; then it
 * begins as at any start, with what it held in memory meanwhile. Where the disk is not mounted it begins nothing in its place; one that
 * is mounted over the data folder while the box runs is gone over to.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BoxInUse, DiskAbsent, hasBox, isDamage, refuseUnmounted } from "./box-store.ts";
import type { BoxClock } from "./clock.ts";
import { type ClosedBoxParts, startClosedBox } from "./closed-box.ts";
import { metAtStart, openingTroubleOf, type Trouble } from "./disk.ts";
import type { Left } from "./flows.ts";
import { placeOf } from "./mounts.ts";
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
  readonly trouble: Trouble | "absent" | undefined;
  /** Rejects once a life has ended and the next cannot begin: nothing of the box runs then. */
  readonly failed: Promise<never>;
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
/** How often is looked whether the data folder is still the one that was opened. */
const LOOK_MS = 5_000;
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
  let look: NodeJS.Timeout | undefined;
  const failure = Promise.withResolvers<never>();
  // Nobody may be waiting for it.
  failure.promise.catch(() => undefined);
  /** A journal was open in this process: none is begun in its place. */
  let hasLived = false;
  /** Of the data folder, when it was opened. */
  let place: string | undefined;

  const refuseAbsent = (): void => {
    refuseUnmounted(dataFolder);
    if (hasLived && !hasBox(dataFolder)) throw new DiskAbsent("the journal of this box is not in it any more");
  };
  const isAbsent = (): boolean => {
    try {
      refuseAbsent();
      return false;
    } catch (error) {
      return error instanceof DiskAbsent;
    }
  };

  /** The file is built anew between two lives of the box; the broker keeps what comes meanwhile. */
  const onDamaged = (mark: () => void): void => {
    if (stopped || clock.mono() - builtAt < REBUILD_MS) return;
    builtAt = clock.mono();
    mark();
    next();
  };

  const open = (): Pick<Opened, "store" | "stores"> => {
    try {
      refuseAbsent();
      return openBox(dataFolder, clock, log);
    } catch (error) {
      if (openingTroubleOf(error) !== "full") throw error;
      giveBackSetAside(dataFolder);
      return openBox(dataFolder, clock, log);
    } finally {
      place = placeOf(dataFolder);
    }
  };

  const live = async (opened: Pick<Opened, "store" | "stores" | "readsOnly">): Promise<Life> => {
    const { store } = opened;
    hasLived = true;
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
      if (isAbsent() || !takesWrites(dataFolder)) retryLater();
      else next();
    }, pauseMs);
    // Whether it is mounted can be asked often: that writes nothing.
    if (!isAbsent()) pauseMs = Math.min(2 * pauseMs, RETRY_MS_MAX);
  };

  const next = (moved?: Error): void => {
    clearTimeout(retry);
    const before = running;
    running = before.then(async (life) => {
      await life.stop();
      left = life.left() ?? left;
      if (moved !== undefined) {
        const disk = metAtStart("failing", moved, clock.now(), left?.disk);
        // What the broker was told is kept is not on the disk that is there now: ChirpStack may know it.
        left = { ledger: left?.ledger, sessionLost: true, disk };
      }
      return begin();
    });
    running.catch((error: unknown) => {
      log.error({ err: error }, "the box could not be started again");
      clearInterval(look);
      failure.reject(error);
    });
  };

  running = begin();
  const { controlSocket } = await running;
  look = setInterval(() => {
    const now = placeOf(dataFolder);
    if (now === undefined || place === undefined || now === place) return;
    place = now;
    const moved = new Error(
      "the data folder is on another disk now; what was written since the start is on the one before",
    );
    log.error({ err: moved, folder: dataFolder }, "the box goes over to the disk that is there now");
    next(moved);
  }, LOOK_MS);
  return {
    controlSocket,
    trouble: isAbsent() ? "absent" : left?.disk.trouble,
    failed: failure.promise,
    async stop() {
      stopped = true;
      clearInterval(look);
      clearTimeout(retry);
      await (await running).stop();
      clearTimeout(retry);
    },
  };
};
