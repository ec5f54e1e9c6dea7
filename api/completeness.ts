/**
 * The certificate of one day of a box: by device what was expected, what came, what was lost on air, what we lost. `GET
 * /api/v1/boxes/{box}/completeness?day=2026-03-02&device=` of the page's door, the same on the hypervisor's control socket, and
 * `GET /completeness?day=` on the box's. Days are those of UTC, by the time of reception.
 */
import { z } from "zod";

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.number().int().min(0);

export const DeviceCompleteness = z.object({
  device: z.string(),
  asset: z.string().optional(),
  model: z.string().optional(),
  /** Frames of a day: by the device's own habit, else by its model; absent while neither is known. */
  expected: Count.optional(),
  expectedBy: z.enum(["habit", "model"]).optional(),
  received: Count,
  /** By the frame counter, sent and heard by no gateway. Of a device that is silent it is known once it speaks again. */
  lostOnAir: Count,
  /** Heard and lost by box or region: declared. */
  lostByUs: Count,
});

export const CompletenessView = z.object({
  box: z.string(),
  /** `2026-03-02` */
  day: z.iso.date(),
  /** Who states it. */
  by: z.enum(["box", "region"]),
  /** The day is over, and the box has told of a later one: numbers may still change when late frames come. */
  isOver: z.boolean(),
  /** Entries of any kind that box or region lost. */
  lost: Count,
  devices: z.array(DeviceCompleteness),
  /** Between which entries the day's readings lie, and the running hash before the first and after the last: both sides have it. */
  history: z.array(
    z.object({
      epoch: z.number().int(),
      firstSeq: z.number().int(),
      lastSeq: z.number().int(),
      before: Hash.optional(),
      after: Hash.optional(),
    }),
  ),
  /** When box and region were last found to hold the same of that day. */
  comparedAt: z.iso.datetime().optional(),
  /** SHA-256 of `certificateText`. */
  hash: Hash,
});

export type DeviceCompleteness = z.infer<typeof DeviceCompleteness>;
export type CompletenessView = z.infer<typeof CompletenessView>;
export type Statement = Omit<CompletenessView, "hash">;

export const DayQuery = z.object({ day: z.iso.date().optional(), device: z.string().optional() });

/** What the hash of a certificate is over: its fields in this order, as JSON without spaces. */
export const certificateText = ({ box, day, by, isOver, lost, devices, history, comparedAt }: Statement): string =>
  JSON.stringify({
    box,
    day,
    by,
    isOver,
    lost,
    devices: devices.map(({ device, asset, model, expected, expectedBy, received, lostOnAir, lostByUs }) => ({
      device,
      asset,
      model,
      expected,
      expectedBy,
      received,
      lostOnAir,
      lostByUs,
    })),
    history: history.map(({ epoch, firstSeq, lastSeq, before, after }) => ({
      epoch,
      firstSeq,
      lastSeq,
      before,
      after,
    })),
    comparedAt,
  });

const DAY_SECONDS = 86_400;
/** Fewer days are no habit. */
const USUAL_MIN = 3;

/** @param usual frames sent on days before; `intervalSeconds`: of its model. */
export const expectedOf = (
  usual: readonly number[],
  intervalSeconds: number | undefined,
): Pick<DeviceCompleteness, "expected" | "expectedBy"> => {
  if (usual.length >= USUAL_MIN) {
    const sorted = [...usual].sort((a, b) => a - b);
    return { expected: Math.round(sorted[Math.floor(sorted.length / 2)]!), expectedBy: "habit" };
  }
  if (intervalSeconds === undefined || intervalSeconds <= 0) return {};
  return { expected: Math.round(DAY_SECONDS / intervalSeconds), expectedBy: "model" };
};
