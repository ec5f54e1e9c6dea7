/**
 * What leaves a box: to whom, which kinds of entries with which fields, how much today, what waits, and what never leaves. `GET
 * /outgoing` on the box's control socket, as it goes out; `GET /api/v1/boxes/{box}/outgoing` at the region, as it came in.
 */
import { z } from "zod";

const Count = z.number().int().min(0);

export const DATA_CLASSES = ["things", "counts", "presence", "dwelling"] as const;

/** The fields of each kind of entry, as they go over the wire; with each goes its number and the box's clocks. */
export const FIELDS = {
  reading: [
    ...["device", "asset", "commune", "codec", "at", "receivedAt", "fCnt", "fPort", "frame"],
    ...["radio", "measurements", "history", "notes", "fault"],
  ],
  event: ["event", "device", "at", "detail"],
  outcome: ["command", "asset", "state", "at", "reason", "request"],
  alarm: ["alarm", "raised", "at", "detail"],
  registry: ["at", "change"],
  loss: ["at", "reason", "counts", "range", "devices"],
  clock: ["at", "boot", "lead", "source"],
} as const;
export const OUTGOING_KINDS = ["reading", "event", "outcome", "alarm", "registry", "loss", "clock"] as const;

/** What never leaves a box by this line. */
export const NEVER = ["lorawan-keys", "private-keys", "passwords", "configuration", "codec-sources", "log"] as const;

export const OutgoingView = z.object({
  box: z.string(),
  by: z.enum(["box", "region"]),
  /** Midnight, UTC. */
  since: z.iso.datetime(),
  destinations: z.array(
    z.object({
      name: z.string(),
      url: z.string().optional(),
      connected: z.boolean(),
      /** When it last answered. */
      lastAt: z.iso.datetime().optional(),
      lastError: z.string().optional(),
      /** Entries held back until it answers. */
      waiting: Count,
      /** Entries it will never have: it was away for too long. */
      missed: Count.optional(),
      /** Bytes sent since the box started, repetitions included. */
      bytes: Count.optional(),
    }),
  ),
  kinds: z.array(z.object({ kind: z.enum(OUTGOING_KINDS), entries: Count, fields: z.array(z.string()) })),
  /** Whom readings can concern, by the devices' models. */
  classes: z.array(z.object({ name: z.enum(DATA_CLASSES), personal: z.boolean(), devices: Count, readings: Count })),
  never: z.array(z.enum(NEVER)),
});

export type OutgoingView = z.infer<typeof OutgoingView>;
export type DataClass = (typeof DATA_CLASSES)[number];

/** Whom the readings of a model can concern. */
export type ProtectionOf = (model: string) => { readonly name: DataClass; readonly personal: boolean } | undefined;

interface Counted {
  readonly kinds: ReadonlyMap<string, number>;
  /** Readings by device. */
  readonly readings: ReadonlyMap<string, number>;
  /** Model by device; a device that is not registered has none. */
  readonly models: ReadonlyMap<string, string>;
}

/** Unregistered devices are strangers: the strictest class, for nobody knows what they tell. */
export const sumUp = (
  { kinds, readings, models }: Counted,
  protectionOf: ProtectionOf,
): Pick<OutgoingView, "kinds" | "classes" | "never"> => {
  const strictest = { name: "dwelling", personal: true } as const;
  const classes = new Map<DataClass, { name: DataClass; personal: boolean; devices: number; readings: number }>();
  for (const device of new Set([...models.keys(), ...readings.keys()])) {
    const model = models.get(device);
    const { name, personal } = (model === undefined ? undefined : protectionOf(model)) ?? strictest;
    const sum = classes.get(name) ?? { name, personal, devices: 0, readings: 0 };
    classes.set(name, sum);
    sum.devices += 1;
    sum.readings += readings.get(device) ?? 0;
  }
  return {
    kinds: OUTGOING_KINDS.map((kind) => ({ kind, entries: kinds.get(kind) ?? 0, fields: [...FIELDS[kind]] })),
    classes: DATA_CLASSES.flatMap((name) => classes.get(name) ?? []),
    never: [...NEVER],
  };
};
