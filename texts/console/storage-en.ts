import type { SameKeys } from "../catalogue.ts";
import type { storageFr } from "./storage-fr.ts";

export const storageEn: SameKeys<typeof storageFr> = {
  "storage.title": "The box's disk",
  "storage.ok": "Everything is written",
  "storage.shedding": "Short of space: readings go before their time",
  "storage.slow": "Slow: each write takes over a second",
  "storage.full": "Full: nothing can be written",
  "storage.read-only": "Read-only: nothing can be written",
  "storage.failing": "Failing: nothing can be written",
  "storage.banner": "{commune}: the box's disk cannot be written since {time}",
  "storage.bannerShedding": "{commune}: the box is short of space",
  "storage.bannerSlow": "{commune}: the box's disk has become slow",
  "storage.bannerMany":
    "The disk of {n} box cannot be written: {communes} || The disks of {n} boxes cannot be written: {communes}",
  "storage.bannerSheddingMany": "{n} box is short of space: {communes} || {n} boxes are short of space: {communes}",
  "storage.bannerSlowMany":
    "The disk of {n} box has become slow: {communes} || The disks of {n} boxes have become slow: {communes}",
  "storage.means":
    "Readings that arrive stay with the MQTT broker and are taken in later; commands to lamps still go out, their outcomes will show afterwards.",
  "storage.meansShedding":
    "It takes off first what the region has; then of each hour it keeps the first, last, smallest and largest reading, then takes off the oldest; alarms and outcomes of commands stay. Every loss is counted.",
  "storage.meansSlow": "Nothing is lost. A memory card that slows down is often near its end: replace it.",
  "storage.todo": "Free space on the box's disk, or replace it; it goes on by itself.",
  "storage.lost": "Lost for want of space or by damage",
  "storage.lostNone": "Nothing",
  "storage.lostThinned": "{n} reading thinned || {n} readings thinned",
  "storage.lostDropped": "{n} dropped || {n} dropped",
  "storage.lostDamaged": "{n} unreadable || {n} unreadable",
};
