/** What sets a box up and keeps it well. */
import type { SameKeys } from "../catalogue.ts";
import { careEn } from "./care-en.ts";
import { doctorEn } from "./doctor-en.ts";
import { doctorRedisEn } from "./doctor-redis-en.ts";
import { networkEn } from "./network-en.ts";
import type { operationsFr } from "./operations-fr.ts";

export const operationsEn: SameKeys<typeof operationsFr> = Object.assign(
  {},
  networkEn,
  doctorEn,
  doctorRedisEn,
  careEn,
);
