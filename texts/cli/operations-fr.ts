/** Ce qui met une box en route et la garde en état. */
import { careFr } from "./care-fr.ts";
import { doctorFr } from "./doctor-fr.ts";
import { doctorRedisFr } from "./doctor-redis-fr.ts";
import { networkFr } from "./network-fr.ts";

export const operationsFr = Object.assign({}, networkFr, Object.assign({}, doctorFr, doctorRedisFr), careFr);
