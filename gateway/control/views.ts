/** Journal entries as the control socket shows them. */
import type { WatchLine } from "../../api/control.ts";
import type { ReadingView } from "../../api/schemas.ts";
import { correctedReading } from "../../cloud-sync/protocol/correction.ts";
import type { Correction, Entry, EntryBody, Measurement, Reading } from "../../cloud-sync/protocol/entry.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

const byName = (measurements: readonly Measurement[]) =>
  Object.fromEntries(measurements.map(({ name, value, unit }) => [name, { value, unit }]));

const timeOf = (body: EntryBody): number => body.at;

const textOf = (body: EntryBody): string | undefined => {
  switch (body.kind) {
    case "reading":
      return body.fault && `${body.fault.code}: ${body.fault.message}`;
    case "event":
      return `${body.event} ${JSON.stringify(body.detail)}`;
    case "outcome":
      return `${body.command} ${body.state}${body.reason === undefined ? "" : ` (${body.reason})`}`;
    case "alarm":
      return `${body.alarm} ${body.raised ? "raised" : "cleared"}`;
    case "registry":
      return String(body.change.op);
    case "loss":
      return `${body.reason} ${JSON.stringify(body.counts)}`;
    case "clock":
      return `boot ${body.boot} by ${body.source}`;
  }
};

export const watchLine = ({ seq, body }: Pick<Entry, "seq" | "body">): WatchLine => {
  const text = textOf(body);
  const device = body.kind === "reading" || body.kind === "event" ? body.device : undefined;
  const asset = body.kind === "reading" || body.kind === "outcome" ? body.asset : undefined;
  return {
    seq,
    at: iso(timeOf(body)),
    kind: body.kind,
    ...(device === undefined ? {} : { device }),
    ...(asset === undefined ? {} : { asset }),
    ...(body.kind === "reading" && body.measurements.length > 0 ? { measurements: byName(body.measurements) } : {}),
    ...(text === undefined ? {} : { text }),
    notes: body.kind === "reading" ? [...body.notes] : [],
  };
};

/** `again`: its frame was read again since. */
export const readingView = (
  box: string,
  epoch: number,
  seq: number,
  sent: Reading,
  again?: Correction,
): ReadingView => ({
  ...viewOf(box, epoch, seq, again === undefined ? sent : correctedReading(sent, again)),
  ...(again === undefined
    ? {}
    : { corrected: { at: iso(again.at), ...(sent.codec === undefined ? {} : { codecBefore: sent.codec }) } }),
});

const viewOf = (box: string, epoch: number, seq: number, reading: Reading): ReadingView => ({
  box,
  epoch,
  seq,
  device: reading.device,
  ...(reading.asset === undefined ? {} : { asset: reading.asset }),
  ...(reading.commune === undefined ? {} : { commune: reading.commune }),
  ...(reading.codec === undefined ? {} : { codec: reading.codec }),
  at: iso(reading.at),
  receivedAt: iso(reading.receivedAt),
  fCnt: reading.fCnt,
  fPort: reading.fPort,
  frame: Buffer.from(reading.frame).toString("hex"),
  ...(reading.radio === undefined ? {} : { radio: { ...reading.radio } }),
  measurements: byName(reading.measurements),
  history: reading.history.map((old) => ({ at: iso(old.at), measurements: byName(old.measurements) })),
  notes: [...reading.notes],
  ...(reading.fault === undefined ? {} : { fault: { ...reading.fault } }),
});
