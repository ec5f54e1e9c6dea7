/** What two histories of one box have in common: entries of one number that say the same, and messages both were sent. */
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { Entry, EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { eventRow } from "./event-rows.ts";
import { foreignText } from "./quarantine.ts";
import { entryText } from "./sorting.ts";

/** By number, what the entry under it told. */
export type ToldByNumber = ReadonlyMap<number, string | undefined>;

const isMove = (body: EntryBody): body is Extract<EntryBody, { kind: "outcome" | "registry" | "correction" }> =>
  body.kind === "outcome" || body.kind === "registry" || body.kind === "correction";

export const DAY_MS = 86_400_000;

/** When the network server received it, ms since 1970. */
export const timeOf = (body: EntryBody): number => (body.kind === "reading" ? body.receivedAt : body.at);

/** Later than this a message has been published to one journal only. A clock that is a day ahead says nothing of that. */
export const mayRepeat = (body: EntryBody, begunAt: number, arrivedAt: number): boolean =>
  timeOf(body) <= begunAt + DAY_MS || timeOf(body) > arrivedAt + DAY_MS;

const inOrder = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/**
 * What makes a message of the network server one and the same, whichever journal it was entered in and under which number: the frame,
 * its counter and the server's time; of another event all it says. Undefined for what a box says of its own.
 */
export const identityOf = (body: EntryBody): string | undefined => {
  if (body.kind === "reading") return toldOf({ body });
  if (body.kind !== "event") return undefined;
  // How it came is no part of it.
  const { recovered: _, ...detail } = body.detail;
  return `${body.device} ${body.event} ${body.at} ${JSON.stringify(detail, inOrder)}`;
};

/** As the database tells it of its rows. Undefined: what takes effect again without harm is never left out. */
export const toldOf = ({ body }: Pick<Entry, "body">): string | undefined => {
  if (body.kind === "reading") {
    const frame = Buffer.from(body.frame).toString("hex");
    return `${body.device} ${body.fCnt} ${frame} ${Math.round(body.receivedAt)}`;
  }
  if (isMove(body)) return undefined;
  return `${body.kind} ${eventRow({ body }).name} ${Math.round(body.at)}`;
};

/** Of what lies in quarantine, by the text it is kept as. */
export const toldAside = (text: string): string => `aside ${text}`;

export const isHeldAlready = (entry: Entry, told: ToldByNumber): boolean => {
  const held = told.get(entry.seq);
  return held !== undefined && (held === toldOf(entry) || held === toldAside(entryText(entry)));
};

/** What of a batch is new. */
export const newOf = (batch: DecodedBatch, told: ToldByNumber): Pick<DecodedBatch, "entries" | "unusable"> => ({
  entries: batch.entries.filter((entry) => !isHeldAlready(entry, told)),
  unusable: batch.unusable.filter((line) => told.get(line.seq) !== toldAside(foreignText(line))),
});
