/** `beffroi device …`: labels, lists, the life of a device. */
import { labelFr } from "./label-fr.ts";

export const devicesFr = labelFr;
