import type { SameKeys } from "../catalogue.ts";
import type { queueFr } from "./queue-fr.ts";

export const queueEn: SameKeys<typeof queueFr> = {
  "view.queue": "Commands",
  "queue.empty": "No command is waiting.",
  "queue.emptyHelp": "What was asked for and is not over yet is seen here, with what it waits for.",
  "queue.total":
    "{n} command is not over. The strongest goes first, then the oldest. || {n} commands are not over. The strongest go first, then the oldest.",
  "queue.capped": "Only the first {n} are shown.",
  "queue.many": "{n} asset of {all}: || {n} assets of {all}:",
  "queue.takeBack": "Take back",
  "queue.cancelled": "{n} command taken back. || {n} commands taken back.",
  "queue.asked":
    "{n} is with its box, which is asked to take it back: its state will tell. || {n} are with their boxes, which are asked to take them back: their states will tell.",
  "queue.over": "{n} was over. || {n} were over.",
  "queue.precedence.safety": "safety",
  "queue.precedence.operator": "by hand",
  "queue.precedence.override": "override",
  "queue.precedence.schedule": "calendar",
  "queue.precedence.configuration": "setting",
};
