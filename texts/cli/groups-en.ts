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
    "Shows the groups and what is known of each lamp: not asked yet, asked, confirmed by the lamp itself, or missing: it was given the keys and confirmed nothing. One that left the group is shown as long as it has the keys. Those missing are told one by one, and the box asks them again by itself, less and less often, five times; “network group make” begins anew.",
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
  "group.state.left": "left, still hears",
  "group.given-up": "missing, asked no more",
  "status.groups": "Groups",
  "status.without-keys":
    "{n} lamp did not take the keys of its group || {n} lamps did not take the keys of their group",
  "status.without-keys.means": "The box gave them again five times, less and less often; they are told one by one.",
  "status.without-keys.todo":
    "“beffroi network group list” names them. Check their power and reception, then run “beffroi network group make” again.",
  "command.network.group.leave": "take lamps out of a multicast group",
  "command.network.group.leave.long":
    "Takes lamps out of a group, on the box and at ChirpStack. A lamp that left keeps the keys it was given: it still hears the group, so that one frame goes only where that lamp is meant as well; the others are told one by one. “network group renew” gives the members other keys, and who left hears nothing any more. A lamp that is retired, replaced or moved leaves by itself.",
  "command.network.group.leave.lamps": "lamps of the group, such as lamp:88383:04* or a list with commas",
  "command.network.group.leave.example.one": "Take one lamp out:",
  "command.network.group.renew": "give a multicast group other keys",
  "command.network.group.renew.long":
    "Draws other keys and another address for a group, makes them known to ChirpStack and gives them to each of its members. Who left hears the group no more. Until a lamp confirmed it is told alone. The cost in the air is told first; “network group make” asks those again that are missing.",
  "command.network.group.renew.example": "After a lamp left:",
  "group.left": "Group {name}: {n} lamp left. || Group {name}: {n} lamps left.",
  "group.still-hear":
    "{n} lamp in service still hears the group without being a proven member: the group is told in one frame only where it is meant too. To mend that: beffroi network group renew {name} || {n} lamps in service still hear the group without being proven members: the group is told in one frame only where they are meant too. To mend that: beffroi network group renew {name}",
  "group.renewed":
    "Group {name}: other keys are drawn, {n} lamp awaits them. || Group {name}: other keys are drawn, {n} lamps await them.",
  "group.refused.not-in-group": "{target}: is not in the group.",
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
  "fault.group-unknown": "The box does not know the group {name}.",
  "fault.group-unknown.means": "No group has this name; nothing was changed.",
  "fault.group-unknown.todo": "“beffroi network group list” shows the groups.",
  "fault.group-not-ours": "The keys of the group {name} are not the box’s.",
  "fault.group-not-ours.means":
    "The group was declared with keys of its own (network group add): the box cannot give its lamps others.",
  "fault.group-not-ours.todo": "Change the keys in the lamps, then declare the group again.",
  "fault.group-left-by-none": "No lamp left the group {name}.",
  "fault.group-left-by-none.means": "None of those named is in it; nothing was changed.",
  "fault.group-left-by-none.todo": "“beffroi network group list” shows the members.",
  "why.not-in-group": "the lamp is in this group no more",
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
