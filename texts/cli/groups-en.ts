import type { SameKeys } from "../catalogue.ts";
import type { groupsFr } from "./groups-fr.ts";

export const groupsEn: SameKeys<typeof groupsFr> = {
  "network.kind.group-gateway": "gateway of a group",
  "command.network.group.make.long":
    "Makes a group of lamps whose model can be in one: the box draws its keys at random and keeps them sealed, makes it at ChirpStack with its gateways, then gives the keys to each lamp. A lamp is a member only once it confirmed that itself; until then it is told alone. The cost in the air is told first; the same command again goes on where it stopped.",
  "command.network.group.make.name": "name of the group, a street for example",
  "command.network.group.make.lamps": "lamps, such as lamp:88383:* or a list with commas",
  "command.network.group.make.use": "use whose application holds it",
  "command.network.group.make.within": "time within which the keys may be given (24h)",
  "command.network.group.make.yes": "give the keys to many lamps without asking again",
  "command.network.group.make.example.street": "All lamps of a commune; the cost is told first:",
  "command.network.group.list.long":
    "Shows the groups and what is known of each lamp: not asked yet, asked, confirmed by the lamp itself, or missing: it was given the keys and confirmed nothing. Those missing are told one by one; “network group make” asks them again.",
  "command.network.group.list.example": "Who is in what:",
  "group.declared": "Group {name}: {n} lamp declared. || Group {name}: {n} lamps declared.",
  "group.none-left": "All lamps of the group {name} have confirmed.",
  "group.refused.no-device": "{target}: no device serves it.",
  "group.refused.joins-no-group": "{target}: its model cannot be in a group.",
  "group.refused.not-ours":
    "The group {target} was declared with keys of its own (network group add): the box gives them to nobody.",
  "group.none": "No group.",
  "group.line": "{name}: {confirmed} of {n} confirmed",
  "group.given": "{name}: {n} members, who had the keys already",
  "group.state.waits": "not asked yet",
  "group.state.asked": "asked",
  "group.state.confirmed": "confirmed",
  "group.state.missing": "missing",
  "group.column.asset": "lamp",
  "group.column.state": "state",
  "group.column.since": "since",
  "command.cancel.long":
    "Takes back an order, or all those of an order to many, as long as they wait on the box. What ChirpStack has cannot be taken back: it says so.",
  "command.cancel.order": "number of the order, or of the order to many",
  "command.cancel.example": "Take an order out of the queue:",
  "cancel.done": "Taken back: {n} order. || Taken back: {n} orders.",
  "cancel.too-late": "{n} order had gone or was over. || {n} orders had gone or were over.",
  "fault.group-empty": "The group {name} has no lamp to give its keys to.",
  "fault.group-empty.means": "None of the lamps named can be in a group, or the group has keys of its own.",
  "fault.group-empty.todo":
    "The detail is above; “beffroi device list” shows the models, “beffroi network group list” the groups.",
  "fault.too-late": "The order {order} cannot be taken back any more.",
  "fault.too-late.means": "The box does not know it, ChirpStack has it, which gives nothing back, or it is over.",
  "fault.too-late.todo": "“beffroi queue” shows what still waits; an opposite order replaces the one that has gone.",
  "command.hypervisor.send.long":
    "Gives an order to the assets of several communes: what it costs in the air is told first, from what the region knows of the groups; many assets ask for a confirmation. Each box gets its part, and may still ask its commune to agree. The hand of a person on the spot outranks it.",
  "command.hypervisor.send.assets": "assets, such as lamp:88383:* or a list with commas",
  "command.hypervisor.send.example.commune": "All lamps of a commune, for two hours:",
  "command.hypervisor.send.example.several": "Two communes, without asking again:",
  "command.hypervisor.mass.long":
    "Tells how many assets are in which state, and names those that did not obey, with the reason. The exit code tells whether all did.",
  "command.hypervisor.mass.order": "number of the order to many",
  "command.hypervisor.mass.watch": "follow until all have an outcome",
  "command.hypervisor.mass.example": "Follow an order to its end:",
  "command.hypervisor.cancel.long":
    "Takes back an order, or an order to many: what no box has received is cancelled at once; for the rest the boxes are asked to take it back, and the outcome of each order tells whether they could.",
  "command.hypervisor.cancel.reason": "reason, kept in the audit log",
  "command.hypervisor.cancel.example": "Stop an order to many:",
  "command.hypervisor.audit.long":
    "Computes the chain of the audit log anew: who wished what, when and why. A line that was changed, taken out or put in shows. Shows the last lines.",
  "command.hypervisor.audit.example": "Is the chain whole?",
  "send.many.questions":
    "Confirmation: {frames} lamps would not report in time by themselves and are asked one by one, {minutes} min at most.",
  "audit.column.at": "when",
  "audit.column.who": "who",
  "audit.column.what": "what",
  "audit.column.about": "about",
  "mass.progress": "{size} assets: {states}",
  "mass.column.why": "reason",
  "cancel.asked":
    "{n} order is with its box, which is asked to take it back. || {n} orders are with their boxes, which are asked to take them back.",
  "cancel.over": "{n} order was over. || {n} orders were over.",
  "why.too-late": "too late",
  "fault.order-unknown": "No model knows the order “{name}”.{suggestion}",
  "fault.order-unknown.means": "Orders that are known: {orders}.",
  "fault.order-unknown.todo": "“beffroi codec list” shows the models, “beffroi codec show MODEL” the orders of each.",
  "fault.mass-not-whole": "{n} of {all} assets did not obey.",
  "fault.mass-not-whole.means": "The order is over; they are named above, with the reason.",
  "fault.mass-not-whole.todo": "Look at these assets, then give them the order again.",
  "why.unknown-group": "the box does not know this group",
  "why.keys-unusable": "the box's sealed keys cannot be opened",
};
