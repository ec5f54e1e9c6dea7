/** Queries and bodies of requests, read by schema; what does not fit is told with its place. */
import type { z } from "zod";
import { HypervisorFault } from "../faults.ts";

/** @throws HypervisorFault `request-invalid` */
export const readBy = <Shape extends z.ZodType>(shape: Shape, value: unknown): z.infer<Shape> => {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`).join("; ");
  throw new HypervisorFault("request-invalid", { reason });
};
