/** How a device is heard: told by its box to its own people, and by the journal to the region. */
import { z } from "zod";

/** What the radio and the clock tell of a device; absent until it was heard. */
export const DeviceHealthView = z.object({
  /** `on-time`, `late`, `silent`, `lost`; `unknown` until its period is known. */
  silence: z.enum(["unknown", "on-time", "late", "silent", "lost"]),
  lastSeenAt: z.iso.datetime().optional(),
  /** Between two uplinks, seconds: learnt from it, else its model's. */
  periodSeconds: z.number().positive(),
  periodLearnt: z.boolean(),
  /** Of the frames it counted in the last days, the share that arrived, 0 to 1. */
  completeness: z.number().min(0).max(1).optional(),
  /** Frames it counted that never arrived. */
  missed: z.number().int().optional(),
  radio: z
    .object({
      /** Of the best gateway: median of the last frames, dBm and dB. */
      rssi: z.number(),
      snr: z.number(),
      dr: z.number().int(),
      /** dB above the weakest frame ever heard at this data rate here: the real margin is at least this. */
      marginDb: z.number().optional(),
      /** As the device told it of the last downlink it was asked about, dB. */
      downlinkMarginDb: z.number().optional(),
      /** Median number of gateways that hear it; those that heard it best, most often first. */
      gateways: z.number(),
      best: z.array(z.string()),
      /** Change of the SNR, dB a week. */
      trendDbPerWeek: z.number().optional(),
    })
    .optional(),
  battery: z
    .object({
      percent: z.number(),
      /** When it will be at the end as it falls now; absent while it does not tell. */
      emptyAt: z.iso.datetime().optional(),
    })
    .optional(),
  verdict: z.enum(["good", "fair", "poor", "unknown"]),
  /** Why it is not good: `losses`, `weak`, `one-gateway`, `getting-weaker`, `battery-low`, `battery-ends`. */
  reasons: z.array(z.string()),
});

/** As the region has it: what the box said last, and when. */
export const ToldHealthView = DeviceHealthView.extend({ at: z.iso.datetime() });

export type DeviceHealthView = z.infer<typeof DeviceHealthView>;
export type ToldHealthView = z.infer<typeof ToldHealthView>;
