import type { SameKeys } from "../catalogue.ts";
import type { completeFr } from "./complete-fr.ts";

export const completeEn: SameKeys<typeof completeFr> = {
  "command.hypervisor.compare": "compare what boxes and region hold",
  "command.hypervisor.compare.long":
    "Every day the region compares its data with the journal of each box: how many entries, and their hash, range by range. What differs is asked for again and replaced. What nobody keeps any more is declared lost, and an incident says so. Without an argument: how the boxes stand. With a name: compare that box with its next sign of life.",
  "command.hypervisor.compare.box": "the box to compare now",
  "command.hypervisor.compare.example.list": "How all boxes stand:",
  "command.hypervisor.compare.example.ask": "After a repair of the database:",
  "command.hypervisor.compare.asked":
    "{box} is compared with its next sign of life, within a minute if it is connected.",
  "command.hypervisor.compare.none": "No box has sent anything yet.",
  "command.hypervisor.compare.next": "What is lost, and where: beffroi hypervisor incident list",
  "column.comparison.at": "compared",
  "column.comparison.healed": "healed",
  "column.comparison.state": "state",
  "comparison.state.never": "not compared yet",
  "comparison.state.same": "the same on both sides",
  "comparison.state.again": "a range differed, asked for again || {n} ranges differed, asked for again",
  "comparison.state.lost": "an entry lost at the region || {n} entries lost at the region",
};
