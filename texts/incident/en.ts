import type { SameKeys } from "../catalogue.ts";
import type { incidentFr } from "./fr.ts";

export const incidentEn: SameKeys<typeof incidentFr> = {
  "incident.knocks.keep":
    "The box that was kept out is still knocking: it runs somewhere, and nothing its sensors say arrives here. Stop it.",
  "incident.bothConfirmed":
    "If the region was put back from a backup: of what both were confirmed (up to entry {both}) it holds one history only; what the other has taken off since is lost.",
  "incident.alone": "{n} entry that the other has not || {n} entries that the other has not",
  "incident.alone.none": "no entry that the other has not",
  "incident.alone.between": "between {least} and {most} entries that the other has not",
  "incident.alone.span": "dated from {from} to {to}",
  "incident.alone.sure": "those that are sure: {from} to {to}",
  "incident.alone.arrived": "arrived from {from} to {to}",
  "incident.side.address": "came from {address}",
  "incident.side.serial": "certificate {serial}",
  "incident.side.version": "version {version}",
  "incident.serial.same":
    "Both showed the same certificate: who copies a disk copies its key too. Nothing they send says which is the true one; the address, the times and the machine in the cupboard do.",
  "incident.serial.other":
    "They showed different certificates: one of them has renewed its own since they were two. That does not say which is the true one.",
};
