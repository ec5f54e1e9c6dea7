import type { SameKeys } from "../catalogue.ts";
import type { manyFr } from "./many-fr.ts";

export const manyEn: SameKeys<typeof manyFr> = {
  "many.open": "Command these {n} lamps",
  "many.title": "Command {n} lamps",
  "many.close": "Close",
  "many.reason": "Reason, where lamps are held by somebody",
  "many.ask": "What it costs is told first; nothing is sent before you confirm.",
  "many.costing": "Working out what it costs…",
  "many.what": "{what}, {n} lamp. || {what}, {n} lamps.",
  "many.group": "{n} lamp by group: {seconds} s on air. || {n} lamps by group: {seconds} s on air in all.",
  "many.alone": "One by one: {n} frame, {minutes} min. || One by one: {n} frames, {minutes} min.",
  "many.questions":
    "{n} lamp will be asked to confirm, {minutes} min at most. || {n} lamps will be asked one by one to confirm, {minutes} min at most.",
  "many.compare": "Without a group: {sf12} min at the slowest rate, {sf9} min at SF9.",
  "many.not-in-group": "Some lamps are in no group: they are told one by one.",
  "many.group-not-whole": "A group is not meant as a whole: its lamps are told one by one.",
  "many.no-gateway": "No antenna is on line.",
  "many.refused": "{n} lamp cannot be told: || {n} lamps cannot be told:",
  "many.sure": "Yes, command {n} lamps",
  "many.consent": "The commune must agree as well: the order will wait for it.",
  "many.send": "Send the order",
  "many.back": "Send nothing",
  "many.sending": "Sending…",
  "many.uncertain": "No answer: the order may have been sent. Look at the lamps before you give it again.",
  "many.progress": "{done} of {n} have an outcome",
  "many.over": "Over: {good} of {n} obeyed",
  "many.state": "{n}: {state}",
  "many.named": "Did not obey",
  "many.again": "Give another order",
};
