/** `beffroi device …` in English. */
import type { SameKeys } from "../catalogue.ts";
import { completionEn } from "./completion-en.ts";
import { deviceEn } from "./device-en.ts";
import type { devicesFr } from "./devices-fr.ts";
import { labelEn } from "./label-en.ts";
import { listEn } from "./list-en.ts";

export const devicesEn: SameKeys<typeof devicesFr> = Object.assign(
  {},
  Object.assign({}, completionEn, labelEn),
  deviceEn,
  listEn,
);
