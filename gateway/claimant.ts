/** Who this box is among copies of its disk: on the disk from the first refusal by the region until it takes something again. */
import { randomInt } from "node:crypto";
import type { Claimant } from "../cloud-sync/push-words.ts";
import type { BoxState } from "./box-state.ts";

const KEY = "claimant";
const NUMBER_MAX = 2 ** 47;

export interface ClaimantParts {
  readonly state: Pick<BoxState, "get" | "set">;
  /** In a transaction of its own. */
  readonly write: (work: () => void) => void;
  /** A number that no other process draws. */
  readonly draw?: () => number;
}

const drawn = (): number => randomInt(1, NUMBER_MAX);

export const createClaimant = ({ state, write, draw = drawn }: ClaimantParts): Claimant => {
  const kept = Number(state.get(KEY) ?? 0);
  let isKept = kept > 0;
  let number = isKept ? kept : draw();
  return {
    get number() {
      return number;
    },
    keep() {
      if (isKept) return;
      write(() => state.set(KEY, `${number}`));
      isKept = true;
    },
    forget() {
      if (!isKept) return;
      write(() => state.set(KEY, "0"));
      isKept = false;
      number = draw();
    },
  };
};
