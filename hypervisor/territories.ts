/** The territories file: which communes there are, where they lie, which territory they belong to. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { HypervisorFault } from "./faults.ts";
import type { Territories } from "./store/words.ts";

const Insee = z.string().regex(/^(?:\d{2}|2[AB])\d{3}$/, "INSEE code");

export const TerritoriesShape = z.object({
  region: z.string().min(1),
  territories: z.array(
    z.object({
      id: z.string().min(1),
      name: z.string().min(1),
      communes: z.array(
        z.object({
          insee: Insee,
          name: z.string().min(1),
          latitude: z.number().min(-90).max(90).exactOptional(),
          longitude: z.number().min(-180).max(180).exactOptional(),
        }),
      ),
    }),
  ),
});

/** @throws HypervisorFault `territories-invalid`, with all faults */
export const readTerritories = (file: string): Territories => {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HypervisorFault("territories-invalid", { faults: `${file}: ${reason}` }, { cause: error });
  }
  return checkTerritories(content);
};

/** @throws HypervisorFault `territories-invalid`, with all faults; a commune named twice is one. */
export const checkTerritories = (content: unknown): Territories => {
  const parsed = TerritoriesShape.safeParse(content);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    throw new HypervisorFault("territories-invalid", { faults });
  }
  const codes = parsed.data.territories.flatMap(({ communes }) => communes.map(({ insee }) => insee));
  const twice = codes.filter((code, place) => codes.indexOf(code) !== place);
  if (twice.length > 0)
    throw new HypervisorFault("territories-invalid", { faults: `${[...new Set(twice)].join(", ")} ×2` });
  return parsed.data;
};
