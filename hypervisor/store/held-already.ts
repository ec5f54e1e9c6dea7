/** What two histories of one box have in common: entries of one number that say the same. */
import type { DecodedBatch } from "../../cloud-sync/protocol/batch.ts";
import type { Entry, EntryBody } from "../../cloud-sync/protocol/entry.ts";
import { eventRow } from "./event-rows.ts";
import { foreignText } from "./quarantine.ts";
import { entryText } from "./sorting.ts";

/** By number, what the entry under it told. */
export type ToldByNumber = ReadonlyMap<number, string | undefined>;

const isMove = (body: EntryBody): body is Extract<EntryBody, { kind: "outcome" | "registry" | "correction" }> =>
  body.kind === "outcome" || body.kind === "registry" || body.kind === "correction";

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
