/** Keeps the network desk's memory fresh while the box runs: now and then, and never in step with other boxes. */
import type { NetworkDesk } from "./network-desk.ts";
import type { Log } from "./words.ts";

const EVERY_MS = 3_600_000;
const FIRST_MS = 60_000;

/** Asks at once a minute after the start, then hourly. What cannot be asked is asked the next time. */
export const startNetworkKeeper = (
  desk: Pick<NetworkDesk, "keepCounters">,
  log: Pick<Log, "warn">,
  random: () => number = Math.random,
): { stop(): void } => {
  let timer: NodeJS.Timeout;
  let trouble: string | undefined;
  const ask = async (): Promise<void> => {
    try {
      await desk.keepCounters();
      trouble = undefined;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // Once per kind of trouble: the questions go on.
      if (message !== trouble)
        log.warn({ err: error }, "how far fixed sessions have counted could not be kept; asked again in an hour");
      trouble = message;
    }
    later(EVERY_MS);
  };
  const later = (ms: number): void => {
    timer = setTimeout(() => void ask(), ms * (0.5 + random()));
    timer.unref();
  };
  later(FIRST_MS);
  return { stop: () => clearTimeout(timer) };
};
