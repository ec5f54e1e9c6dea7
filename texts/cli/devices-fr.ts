/** `beffroi device …`: labels, lists, the life of a device. */
import { completionFr } from "./completion-fr.ts";
import { deviceFr } from "./device-fr.ts";
import { labelFr } from "./label-fr.ts";
import { listFr } from "./list-fr.ts";

export const devicesFr = Object.assign({}, Object.assign({}, completionFr, labelFr), deviceFr, listFr);
