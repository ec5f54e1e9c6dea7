/** What leaves this box, told to its people: counted over today's entries of the journal. */
import { setImmediate as turn } from "node:timers/promises";
import { type OutgoingView, type ProtectionOf, sumUp } from "../api/outgoing.ts";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { Registry } from "../device-registry/store.ts";
import type { DestinationStatus } from "./destinations.ts";
import { REGION } from "./health.ts";
import type { Region } from "./region.ts";

export interface OutgoingParts {
  readonly box: string;
  readonly journal: Pick<Journal, "cursor" | "knownAt" | "lastSeq" | "read">;
  readonly registry: Pick<Registry, "devices">;
  readonly protectionOf: ProtectionOf;
  /** Where the region is, and how the line stands; absent: the box works alone. */
  readonly region: () => { readonly url: string; readonly status: ReturnType<Region["status"]> } | undefined;
  readonly destinations: () => readonly DestinationStatus[];
  /** The first entry of a day. */
  readonly firstFrom: (wall: number) => number;
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const AT_ONCE = { entries: 2_000, bytes: 1024 * 1024 };
const iso = (ms: number): string => new Date(ms).toISOString();

export const createOutgoing =
  ({ box, journal, registry, protectionOf, region, destinations, firstFrom, now }: OutgoingParts) =>
  async (): Promise<OutgoingView> => {
    const midnight = Math.floor(now() / DAY_MS) * DAY_MS;
    const kinds = new Map<string, number>();
    const readings = new Map<string, number>();
    const add = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
    const start = firstFrom(midnight);
    for (let after = journal.knownAt(start - 1); after < journal.lastSeq; ) {
      const run = journal.read(after, AT_ONCE);
      if (run.lastSeq <= after) break;
      for (const { seq, body } of run.entries) {
        if (seq < start) continue;
        add(kinds, body.kind);
        if (body.kind === "reading") add(readings, body.device);
      }
      after = run.lastSeq;
      await turn();
    }
    const models = new Map(registry.devices().map(({ devEui, model }) => [devEui, model]));
    const main = region();
    return {
      box,
      by: "box",
      since: iso(midnight),
      destinations: [
        ...(main === undefined
          ? []
          : [
              {
                name: REGION,
                url: main.url,
                connected: main.status.connected,
                ...(main.status.lastReplyAt === undefined ? {} : { lastAt: iso(main.status.lastReplyAt) }),
                ...(main.status.lastError === undefined ? {} : { lastError: main.status.lastError }),
                waiting: journal.lastSeq - journal.cursor(REGION).seq,
                bytes: main.status.sent.bytes,
              },
            ]),
        ...destinations().map(({ name, url, connected, lastReplyAt, lastError, waiting, missed }) => ({
          name,
          url,
          connected,
          ...(lastReplyAt === undefined ? {} : { lastAt: iso(lastReplyAt) }),
          ...(lastError === undefined ? {} : { lastError }),
          waiting,
          missed,
        })),
      ],
      ...sumUp({ kinds, readings, models }, protectionOf),
    };
  };
