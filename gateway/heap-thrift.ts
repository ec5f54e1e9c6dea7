/**
 * V8 lets a heap double before it collects what is dead: cheap in the common run, but sending a long past makes so much garbage that
 * the process would be 50 MB larger for it. Collecting sooner costs every uplink a sixth more CPU, so it is done only meanwhile.
 */
import { setFlagsFromString } from "node:v8";

/** So many entries that wait are a long past: a few batches. */
const PAST_ENTRIES = 20_000;
/** V8's own judgement. */
const USUAL = 0;
const SOON = 50;

/** To be told, with every batch, how many entries wait. */
export const createHeapThrift = (setFlag: (flag: string) => void = setFlagsFromString): ((waiting: number) => void) => {
  let percent = USUAL;
  return (waiting) => {
    const wanted = waiting > PAST_ENTRIES ? SOON : USUAL;
    if (wanted === percent) return;
    percent = wanted;
    setFlag(`--heap-growing-percent=${percent}`);
  };
};
