/** The life of a long-running command: until a signal, or until the process that started it is gone. */

const LINGER_MS_MAX = 5_000;

/** Resolves at SIGINT, SIGTERM, or when a parent that opened a channel to us closes it. A second Ctrl-C ends at once. */
function askedToStop(host: NodeJS.Process): Promise<void> {
  return new Promise((resolve) => {
    host.once("SIGTERM", () => resolve());
    host.once("SIGINT", () => {
      host.once("SIGINT", () => host.exit(130));
      resolve();
    });
    if (host.connected) host.once("disconnect", () => resolve());
  });
}

const passed = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref());

interface Running {
  /** Rejects when it has ended by itself. */
  readonly failed?: Promise<never>;
  stop(): Promise<void>;
}

/** Starts, says so, waits, stops. Signals that come during the start are obeyed after it. Where it fails, at the start or later, the process ends. */
export async function runUntilStopped<Part extends Running>(steps: {
  start(): Promise<Part>;
  ready(part: Part): void;
  /** Stops by itself after so long, ms from `ready`. */
  readonly forMs?: number;
  stopping(): void;
  stopped(): void;
}): Promise<void> {
  const asked = askedToStop(process);
  try {
    const part = await steps.start();
    steps.ready(part);
    const ends: Promise<void>[] = [asked];
    if (part.failed !== undefined) ends.push(part.failed);
    if (steps.forMs !== undefined) ends.push(passed(steps.forMs));
    await Promise.race(ends);
    steps.stopping();
    await part.stop();
    steps.stopped();
  } finally {
    // Whoever listens for the end of the channel holds the process by it.
    if (process.connected) process.disconnect();
    // Whatever else holds it after a clean stop, or a start that failed, has nothing left to save.
    setTimeout(() => process.exit(), LINGER_MS_MAX).unref();
  }
}
