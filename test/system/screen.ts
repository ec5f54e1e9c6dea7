/** A screen's link as a program: the page's own client over an EventSource, telling its parent what it lives through. */
import { createConnection } from "../../console/data/connection.ts";

const counts = { opened: 0, lost: 0, heard: 0 };
const tell = (what: keyof typeof counts) => (): void => {
  counts[what]++;
  process.send?.(counts);
};

createConnection({
  url: process.argv[2]!,
  now: Date.now,
  onEvent: tell("heard"),
  onOpen: tell("opened"),
  onLost: tell("lost"),
});
process.on("disconnect", () => process.exit());
