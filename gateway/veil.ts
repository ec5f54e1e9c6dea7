/**
 * Frames that carry keys are masked before anything is made or kept of them: journal, log, control socket, page and region see
 * zeros in their place. Which frames those are, the device's model says.
 */
import type { Registry } from "../device-registry/store.ts";
import type { Model } from "../device-registry/words.ts";
import { modelOf } from "./readings.ts";
import type { UpEvent } from "./words.ts";

export interface VeilParts {
  readonly registry: Pick<Registry, "device">;
  readonly findModel: (id: string) => Model | undefined;
}

/** The very same event where nothing is to be hidden. */
export const veiled = (event: UpEvent, { registry, findModel }: VeilParts): UpEvent => {
  const model = modelOf(event, registry);
  const hides = model === undefined ? undefined : findModel(model)?.hides;
  const hidden = hides?.find(({ port, first }) => port === event.fPort && first === event.data[0]);
  if (hidden === undefined || event.data.length <= hidden.from) return event;
  const data = new Uint8Array(event.data);
  return { ...event, data: data.fill(0, hidden.from) };
};
