/** The door of the room that judges silence and radio. */
export * from "./assess.ts";
export { type Floors, learnFloor } from "./floor.ts";
export {
  type HealthMemory,
  type HeardFrame,
  newMemory,
  observeFrame,
  observeJoin,
  observeStatus,
  readMemory,
} from "./memory.ts";
export { type Silence, silenceNow, type Told } from "./silence.ts";
