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
  "command.completeness": "completeness certificate of a day: expected, received, lost",
  "command.completeness.long":
    "For each device and one day (UTC): how many frames were expected, by its habit or its model; how many came; how many were sent and heard by no antenna, by the counter FCnt; how many we lost ourselves, which is always declared. The certificate carries the hash of the journal before and after that day: box and region have the same.",
  "command.completeness.day": "the day, like 2026-03-02 (else yesterday)",
  "command.completeness.device": "one device only",
  "command.completeness.check": "hold this certificate (JSON) to the journal of the box",
  "command.completeness.example.yesterday": "Yesterday, all devices:",
  "command.completeness.example.device": "One device, one day:",
  "command.completeness.example.check": "Check a certificate received from the region:",
  "command.completeness.check.same":
    "The certificate of {box} of {day} is intact, and the region holds the same history as this box.",
  "command.hypervisor.completeness": "completeness certificate of a box: expected, received, lost",
  "command.hypervisor.completeness.long":
    "The same certificate as “beffroi completeness”, counted over what the region has stored. Its JSON can be checked at the box: beffroi completeness --check FILE.",
  "command.hypervisor.completeness.example.json": "The certificate of a day, to keep or to check at the box:",
  "completeness.title": "Completeness of {box} on {day} (UTC)",
  "completeness.none": "No device is placed, and nothing was received that day.",
  "completeness.lost.none": "Lost by us: nothing.",
  "completeness.lost": "Lost by us: an entry, declared. || Lost by us: {n} entries, declared.",
  "completeness.not-over": "This day is not over for this box: the numbers may still change.",
  "completeness.compared": "Box and region compared on {at}: the same.",
  "completeness.not-compared": "Box and region have not been compared for this day yet.",
  "completeness.hash": "Hash of the certificate: {hash}…",
  "column.completeness.device": "DevEUI",
  "column.completeness.asset": "asset",
  "column.completeness.expected": "expected",
  "column.completeness.received": "received",
  "column.completeness.air": "lost on air",
  "column.completeness.ours": "by us",
  "fault.wrong-day": "“{typed}” is not a day.",
  "fault.wrong-day.means": "A day is written year-month-day.",
  "fault.wrong-day.todo": "For example: 2026-03-02.",
  "fault.certificate-unreadable": "This certificate cannot be read: {file} {detail}",
  "fault.certificate-unreadable.means": "A certificate is the JSON of “beffroi hypervisor completeness … --json”.",
  "fault.certificate-unreadable.todo": "Ask the region for it again.",
  "fault.certificate-differs": "The certificate of {box} of {day} does not hold: {detail}",
  "fault.certificate-differs.means":
    "“hash”: the text was changed after it was issued. “entry N”: there the journal of the box says something else, or no longer keeps it.",
  "fault.certificate-differs.todo":
    "Have both sides compared (beffroi hypervisor compare), then ask for a new certificate.",
};
