/** Doors, smoke, intrusion. */
import type { Model } from "../words.ts";

export const security: readonly Model[] = [];
