/** Provisioning as the control socket tells it: lines of progress, then one with the result. */
import { z } from "zod";

export const NetworkStep = z.object({
  verb: z.enum(["create", "update", "remove", "learn"]),
  kind: z.string(),
  /** Name, DevEUI or gateway id; a member is `group DevEUI`. */
  id: z.string(),
  /** Fields that differ; never of a key. */
  changes: z
    .array(
      z.object({
        field: z.string(),
        from: z.union([z.string(), z.number(), z.boolean()]),
        to: z.union([z.string(), z.number(), z.boolean()]),
      }),
    )
    .readonly(),
});

export const NetworkPlan = z.object({
  tenant: z.string(),
  devices: z.object({
    declared: z.number().int(),
    /** Of the declared ones, those at the network server. */
    standing: z.number().int(),
    /** Of those, the ones it has heard. */
    heard: z.number().int(),
  }),
  plan: z.object({
    steps: z.array(NetworkStep).readonly(),
    /** What is left to people. */
    remarks: z.array(z.object({ code: z.string(), id: z.string(), detail: z.string().optional() })).readonly(),
    unchanged: z.number().int(),
  }),
});

export const NetworkApplied = NetworkPlan.extend({
  applied: z.object({
    done: z.number().int(),
    failures: z.array(z.object({ step: NetworkStep, code: z.string(), message: z.string() })).readonly(),
    /** Why it stopped before its end. */
    stopped: z.object({ code: z.string(), message: z.string() }).optional(),
    left: z.number().int(),
  }),
});

const NetworkProgress = z.object({
  progress: z.object({ phase: z.enum(["survey", "apply"]), done: z.number().int(), all: z.number().int() }),
});
const NetworkProblem = z.object({
  problem: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
});

export const NetworkLine = z.union([
  NetworkProgress,
  NetworkProblem,
  z.object({ applied: NetworkApplied }),
  z.object({ planned: NetworkPlan }),
]);

const LORA_KEY = z.string().regex(/^[0-9a-fA-F]{32}$/);

/** A LoRa gateway the box answers for: it is made at the network server, and made again should that be lost. */
export const AddGateway = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  name: z.string().min(1).max(100),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
});

/** A class C multicast group, whose address and keys its members have already. */
export const AddGroup = z.strictObject({
  name: z.string().min(1).max(100),
  /** The use whose application holds it. */
  application: z.string().min(1).max(100),
  mcAddr: z.string().regex(/^[0-9a-f]{8}$/),
  frequencyHz: z.number().int().min(863_000_000).max(870_000_000).default(869_525_000),
  dataRate: z.number().int().min(0).max(13).default(0),
  members: z.array(z.string().regex(/^[0-9a-f]{16}$/)).max(10_000),
  mcAppSKey: LORA_KEY,
  mcNwkSKey: LORA_KEY,
});

export type AddGateway = z.infer<typeof AddGateway>;
export type AddGroup = z.infer<typeof AddGroup>;
export type NetworkStep = z.infer<typeof NetworkStep>;
export type NetworkPlan = z.infer<typeof NetworkPlan>;
export type NetworkApplied = z.infer<typeof NetworkApplied>;
export type NetworkLine = z.infer<typeof NetworkLine>;
