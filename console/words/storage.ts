/** How a box's disk is, told apart for the page. */
import type { BoxView, StorageView } from "../../api/schemas.ts";

/** Losses there were, with the text that says them. */
export const lossesOf = ({ lost }: StorageView) =>
  (
    [
      ["storage.lostThinned", lost.thinned],
      ["storage.lostDropped", lost.dropped],
      ["storage.lostDamaged", lost.damaged],
    ] as const
  ).filter(([, n]) => n > 0);

/** What a disk keeps people from: gravest first. */
export const DISK_TROUBLES = ["unwritten", "shedding", "slow"] as const;
export type DiskTrouble = (typeof DISK_TROUBLES)[number];

const troubleOf = ({ storage }: Pick<BoxView, "storage">): DiskTrouble | undefined => {
  if (storage === undefined || storage.state === "ok") return undefined;
  return storage.state === "slow" || storage.state === "shedding" ? storage.state : "unwritten";
};

/** Boxes of the same trouble stand together: a region of thousands is told it once. */
export const diskTroubles = <Box extends Pick<BoxView, "storage">>(
  boxes: readonly Box[],
): readonly { readonly trouble: DiskTrouble; readonly boxes: readonly [Box, ...Box[]] }[] =>
  DISK_TROUBLES.flatMap((trouble) => {
    const [first, ...more] = boxes.filter((box) => troubleOf(box) === trouble);
    return first === undefined ? [] : [{ trouble, boxes: [first, ...more] as const }];
  });
