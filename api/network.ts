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

export type NetworkStep = z.infer<typeof NetworkStep>;
export type NetworkPlan = z.infer<typeof NetworkPlan>;
export type NetworkApplied = z.infer<typeof NetworkApplied>;
export type NetworkLine = z.infer<typeof NetworkLine>;
