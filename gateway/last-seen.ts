/** When each device was heard last: kept in memory, found again in the journal's newest entries after a restart. */
import type { Entry } from "../cloud-sync/protocol/entry.ts";

export interface LastSeen {
  take(entries: readonly Pick<Entry, "body">[]): void;
  at(devEui: string): number | undefined;
}

export const createLastSeen = (): LastSeen => {
  const times = new Map<string, number>();
  return {
    take(entries) {
      for (const { body } of entries) {
        if (body.kind !== "reading" && body.kind !== "event") continue;
        const heard = body.kind === "reading" ? body.receivedAt : body.at;
        if (heard > (times.get(body.device) ?? Number.NEGATIVE_INFINITY)) times.set(body.device, heard);
      }
    },
    at: (devEui) => times.get(devEui),
  };
};
