import { LINE_FAULTS } from "./network.ts";

/** Every fault a schedule can reach, by the name it is counted under. A test asks that all are reached, and none is unnamed. */
export const FAULTS: readonly string[] = [
  // The box, its machine and its disk.
  "box ended just before a commit",
  "box ended just after a commit",
  "box killed",
  "box restarted in order",
  "power cut",
  "clock jumped",
  "commit refused: disk full",
  "commit refused: I/O error",
  "disk without free space",
  "entries shed by a full disk, and told",
  "box of the version before",
  "box of the next version",
  // Its broker and its sources.
  "broker away",
  "broker's line cut",
  "acknowledgement lost on its way to the broker",
  "message redelivered by the broker",
  "message left with the broker by a box that cannot write",
  "event published twice",
  // The fibre.
  ...LINE_FAULTS,
  "fibre cut",
  "fibre half open",
  "request into a half-open line",
  "reply into a half-open line",
  "request on a slow line",
  "certificate run out: request refused in the handshake",
  // The region.
  "region killed",
  "region ended just before a commit",
  "region ended just after a commit",
  "region's store failed",
  "region of the version before",
  "region restored from a backup",
  "region forgot what the box had taken off, and was told",
  "region asked again for what it had acknowledged",
  "all boxes come back at once",
  "latest state sent ahead",
  // Two histories of one box.
  "copy of a disk speaks",
  "copy of a disk refused and named",
  "copy of a disk, and the region restored",
  "old image of the disk put back",
  "old image of a disk refused and named",
  "old image put back, and the region restored",
  "old image put back, and no room on the disk",
  "person keeps the first history",
  "person chooses the refused history",
  "messages wait for a person in their box's journal",
  "messages went with a disk before the region had them",
  "messages went with a disk, and the region forgot them",
  "old image took in again what the region had",
];

/** Met by few schedules in ten thousand. */
export const RARE_FAULTS: readonly string[] = [
  "box refused that could not show what it had shed",
  "person lets one in that was kept out",
  "nobody could count what a chosen history had lost",
];
