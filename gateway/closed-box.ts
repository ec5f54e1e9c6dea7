/**
 * A box whose file cannot even be read: it stays up, and whoever asks it anything is told why nothing can be done. It listens to the
 * broker without acknowledging anything, so that also a broker that never saw it keeps what comes.
 */
import type { CLOSED_CODES } from "../api/control.ts";
import { DiskAbsent } from "./box-store.ts";
import type { Connection, ConnectionEvents } from "./chirpstack/connection.ts";
import { Refused } from "./control/problem.ts";
import { startControl } from "./control/server.ts";
import type { Left } from "./flows.ts";
import type { Life } from "./lives.ts";
import type { Log } from "./words.ts";

export interface ClosedBoxParts {
  readonly dataFolder: string;
  readonly connect: (events: ConnectionEvents) => Connection;
  readonly log: Log;
}

/** @param error what opening the file met. */
export const startClosedBox = async (
  { dataFolder, connect, log }: ClosedBoxParts,
  before: Left,
  error: unknown,
): Promise<Life> => {
  const { trouble, since } = before.disk;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof DiskAbsent ? error.code : (`disk-${trouble}` as const);
  const control = await startControl(
    dataFolder,
    () => {
      throw new Refused(503, code satisfies (typeof CLOSED_CODES)[number], message, undefined, since);
    },
    log,
    error instanceof DiskAbsent,
  );
  let { sessionLost } = before;
  let brokerTrouble: string | undefined;
  const connection = connect({
    onAlive: () => undefined,
    onDelivery: () => undefined,
    onConnected({ present }) {
      brokerTrouble = undefined;
      sessionLost ||= !present;
    },
    onDisconnected: () => undefined,
    onError(met) {
      if (met.message !== brokerTrouble) log.warn({ err: met }, "broker not reached; trying again");
      brokerTrouble = met.message;
    },
  });
  connection.deafen();
  return {
    controlSocket: control.socket,
    left: () => ({ ...before, sessionLost }),
    async stop() {
      await Promise.all([connection.stop(), control.stop()]);
    },
  };
};
