/** How a box's disk is, told apart for the page. */
import type { StorageView } from "../../api/schemas.ts";

export const isWritten = ({ state }: StorageView): boolean =>
  state === "ok" || state === "slow" || state === "shedding";

/** Losses there were, with the text that says them. */
export const lossesOf = ({ lost }: StorageView) =>
  (
    [
      ["storage.lostThinned", lost.thinned],
      ["storage.lostDropped", lost.dropped],
      ["storage.lostDamaged", lost.damaged],
    ] as const
  ).filter(([, n]) => n > 0);
