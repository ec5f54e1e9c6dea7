/** The configuration of the regional process, read once into a complete form; all its faults are told together. */
import { z } from "zod";
import { HypervisorFault } from "./faults.ts";
import { TerritoriesShape } from "./territories.ts";

const Port = z.number().int().min(0).max(65_535);
const HostName = z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/);

export const HypervisorConfigShape = z.strictObject({
  /** Certificate authority, embedded database, control socket. */
  dataFolder: z.string().min(1),
  /** `postgres://…`; absent: the embedded database in the data folder. */
  databaseUrl: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, "postgres://…")
    .exactOptional(),
  /** 0: any free port. */
  pagePort: Port.default(8400),
  boxPort: Port.default(8443),
  /** Address the boxes' door listens on. */
  boxAddress: z.string().min(1).default("0.0.0.0"),
  /** Names and addresses boxes reach it by, besides localhost; they go into its certificate. */
  hostNames: z.array(HostName).default([]),
  /** From so many assets on a wish must be confirmed. */
  confirmFrom: z.number().int().min(2).default(20),
  /** The built page. */
  consoleFolder: z.string().min(1).exactOptional(),
  /** A JSON file, or what it would hold; absent: those already stored. */
  territories: z.union([z.string().min(1), TerritoriesShape]).exactOptional(),
});

/** As given. */
export type HypervisorConfig = z.input<typeof HypervisorConfigShape>;
/** As used. */
export type CompleteConfig = z.output<typeof HypervisorConfigShape>;

/** @throws HypervisorFault `config-invalid`, naming every fault */
export const completeConfig = (given: unknown): CompleteConfig => {
  const parsed = HypervisorConfigShape.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  throw new HypervisorFault("config-invalid", { faults });
};
