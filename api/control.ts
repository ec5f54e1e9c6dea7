/**
 * The box's control API: HTTP over the Unix socket `control.sock` in its data folder (mode 0600), spoken by the CLI.
 *
 * | request | reply |
 * |---|---|
 * | GET /status | BoxStatus |
 * | GET /watch?device=&asset= | NDJSON, one WatchLine per journal entry from now on |
 * | GET /devices | DevicesReply |
 * | POST /devices (AddDevice) | AddDeviceReply |
 * | POST /commands (CommandRequest of schemas.ts) | CommandView |
 * | GET /commands/{id} | CommandView |
 * | GET /commands/{id}/watch | NDJSON of CommandView at each step, ends with the terminal one |
 * | GET /export?from=&to=&device= | NDJSON of ReadingView, in the order of the journal |
 *
 * A refusal is a `Problem` (schemas.ts) with status 4xx.
 */
import { z } from "zod";

export const BoxStatus = z.object({
  box: z.string(),
  version: z.string(),
  startedAt: z.iso.datetime(),
  communes: z.array(z.string()),
  broker: z.object({ url: z.string(), connected: z.boolean(), since: z.iso.datetime().optional() }),
  firstHop: z.object({ lossless: z.boolean(), reasons: z.array(z.string()), remedy: z.array(z.string()) }),
  hypervisor: z
    .object({
      url: z.string(),
      connected: z.boolean(),
      lastReplyAt: z.iso.datetime().optional(),
      lastError: z.string().optional(),
    })
    .optional(),
  journal: z.object({
    epoch: z.number().int(),
    lastSeq: z.number().int(),
    durableSeq: z.number().int(),
    waiting: z.number().int(),
    bytes: z.number().int(),
    freeBytes: z.number().int(),
    daysLeft: z.number().optional(),
  }),
  counts: z.object({
    devices: z.number().int(),
    unregistered: z.number().int(),
    readings: z.number().int(),
    undecoded: z.number().int(),
    duplicates: z.number().int(),
    /** How often the region asked again for what it had acknowledged. */
    rewinds: z.number().int(),
  }),
  clock: z.enum(["unknown", "confirmed"]),
  openCommands: z.number().int(),
});

export const AddDevice = z.strictObject({
  devEui: z.string().regex(/^[0-9a-f]{16}$/),
  model: z.string().min(1),
  asset: z.string().optional(),
  name: z.string().max(200).optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
  depthMm: z.number().int().min(100).max(20_000).optional(),
  ratedWatts: z.number().min(1).max(5_000).optional(),
});

export const DeviceView = z.object({
  devEui: z.string(),
  model: z.string(),
  asset: z.string().optional(),
  commune: z.string().optional(),
  lastSeenAt: z.iso.datetime().optional(),
});

export const AddDeviceReply = z.object({ device: DeviceView, change: z.enum(["added", "changed", "unchanged"]) });
export const DevicesReply = z.object({ devices: z.array(DeviceView) });

export const WatchLine = z.object({
  seq: z.number().int(),
  at: z.iso.datetime(),
  kind: z.string(),
  device: z.string().optional(),
  asset: z.string().optional(),
  measurements: z
    .record(z.string(), z.object({ value: z.union([z.number(), z.boolean(), z.string()]), unit: z.string() }))
    .optional(),
  /** One line for people when there are no measurements: an event, a command's state, a fault. */
  text: z.string().optional(),
  notes: z.array(z.string()),
});

export type BoxStatus = z.infer<typeof BoxStatus>;
export type AddDevice = z.infer<typeof AddDevice>;
export type AddDeviceReply = z.infer<typeof AddDeviceReply>;
export type DeviceView = z.infer<typeof DeviceView>;
export type DevicesReply = z.infer<typeof DevicesReply>;
export type WatchLine = z.infer<typeof WatchLine>;
