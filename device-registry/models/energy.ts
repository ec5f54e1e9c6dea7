/** Electricity, gas and heat. */
import type { Model } from "../words.ts";

export const energy: readonly Model[] = [];
