import type { SameKeys } from "../catalogue.ts";
import { incidentEn } from "../incident/en.ts";
import { completeEn } from "./complete-en.ts";
import type { completeFr } from "./complete-fr.ts";
import type { syncFr } from "./sync-fr.ts";

const own: SameKeys<Omit<typeof syncFr, keyof typeof completeFr>> = {
  "command.hypervisor.incident.list.long":
    "A box whose disk was copied or set back to an old image tells another history than the one the region holds. The region refuses the second, keeps its data aside and waits for a decision. This command lists what waits, and boxes that were kept out or replaced and are still knocking an hour after the decision; a day after their last try they are no longer on it.",
  "command.hypervisor.incident.list.all": "decided incidents too",
  "command.hypervisor.incident.list.none": "No incident: every box has one history only.",
  "command.hypervisor.incident.list.next": "To see one and decide: beffroi hypervisor incident show NUMBER",
  "command.hypervisor.incident.list.example.open": "What waits for a decision:",
  "command.hypervisor.incident.list.example.all": "Everything, for a script:",
  "command.hypervisor.incident.show.long":
    "Shows what the region has accepted, what it has refused and kept aside, and the possible decisions.",
  "command.hypervisor.incident.show.example": "Incident 3:",
  "command.hypervisor.incident.number": "number of the incident, from the list",
  "command.hypervisor.incident.decision": "keep, new-epoch (the refused copy goes on), or noted (a loss was read)",
  "command.hypervisor.incident.by": "who decides (else the user of the session)",
  "command.hypervisor.incident.decide.long":
    "“keep”: the box is the one whose data the region holds; the other copy stays refused. “new-epoch”: the box is the refused copy; it goes on in a new epoch, and what it has new follows, nothing lost, nothing twice. Only “keep” can be followed by another decision: “new-epoch”, where the refused copy is the box after all.",
  "command.hypervisor.incident.decide.example.keep": "The refused copy is a mistake:",
  "command.hypervisor.incident.decide.example.new": "The box was put back into service from an old image:",
  "column.incident": "no.",
  "column.incident.box": "box",
  "column.incident.heard": "heard",
  "column.incident.state": "state",
  "incident.sign.undecided": "to decide for {n} days",
  "incident.sign.keep": "kept out, still knocking",
  "incident.sign.new-epoch": "replaced, still knocking",
  ...incidentEn,
  "incident.knocks.new-epoch":
    "The box that was replaced is still knocking (last {at}, from {address}): it runs somewhere, and nothing its sensors say arrives here. Stop it.",
  "incident.open": "to decide",
  "incident.decided.keep": "decided: keep",
  "incident.decided.new-epoch": "decided: new epoch",
  "incident.decided.noted": "loss noted",
  "incident.means.not-recoverable":
    "Entries of {box} are no longer in the region’s database, and the box no longer keeps them: they are lost. The certificates of those days say so.",
  "incident.means.uncounted":
    "Entries of {box} may no longer be in the region’s database: the box no longer keeps them, and nobody can count them.",
  "incident.means.still-different":
    "Entries of {box} were sent again by the box, and the region’s database still says something else. Nothing is lost on the box; look for what changes the database.",
  "incident.lost": "  Lost        {n} entries, between {first} and {last}",
  "incident.between": "  Entries     {first} to {last}",
  "incident.choose.noted":
    "There is nothing to decide. To note that you have read it: “beffroi hypervisor incident decide {id} noted”.",
  "incident.done.noted": "Incident {id}: the loss of {box} is noted.",
  "incident.title": "Incident {id} · box {box} · {state}",
  "incident.means.fork":
    "Two boxes come under the name {box}, or its disk was copied: from some moment on they no longer tell the same history.",
  "incident.means.disputed":
    "The box {box} no longer remembers what it has sent already: it was probably set back to an old image, or the region holds what a copy of it sent.",
  "incident.means.later-epoch":
    "The box {box} says that it goes on by a decision the region knows nothing of: the region was probably put back from an older backup. Decide again.",
  "incident.confirmed": "  Confirmed   at most {accepted} to the accepted, {refused} to the refused",
  "incident.keepsFrom": "  Still kept  by the refused one, from entry {oldest} on",
  "incident.opened": "  Found       {at}",
  "incident.last": "  Came again  {at}, {n} times in all",
  "incident.accepted": "  Accepted    up to entry {seq}, of the first history",
  "incident.refused": "  Refused     entries {first} to {last} of the other; none of them is lost",
  "incident.refusedInPart": "  Refused     entries {first} to {last} of the other, which no longer keeps all",
  "incident.kept":
    "  Aside       {n} batch; the rest waits on the refused box ||   Aside       {n} batches; the rest waits on the refused box",
  "incident.repeats":
    "  Came twice  {n} message of this box, recognised: it stands once ||   Came twice  {n} messages of this box, recognised: each stands once",
  "incident.decision": "  Decision    {state}, {at}, by {by}",
  "incident.heardFrom": "  Came from   {address}",
  "incident.common": "  In common   up to entry {common}",
  "incident.common.at": "  In common   up to entry {common}, of {at}",
  "incident.common.none": "  In common   nobody knows up to where",
  "incident.parted.exact": "  Parted      at entry {parted}, exactly",
  "incident.parted.between": "  Parted      somewhere from entry {from} to entry {parted}",
  "incident.parted.none": "  Parted      nowhere: the refused one ends there, the other goes on",
  "incident.parted.unknown": "  Parted      nobody knows where, after that",
  "incident.side.accepted": "Accepted",
  "incident.side.refused": "Refused",
  "incident.unnamed":
    "The refused box is of a version that is not told apart from a copy of its disk: “new-epoch” is for the first of that version that comes again. If there may be two, update the right one first; it will have an incident of its own.",
  "incident.choose.each":
    "Each refused copy has its own incident, and one of {box} at most is the box; “beffroi status”, run on a box, names the number of its incident.",
  "incident.choose.later":
    "If the refused one is the box after all, or nothing comes of it any more: “beffroi hypervisor incident decide {id} new-epoch”.",
  "incident.choose": "What to do?",
  "incident.choose.keep":
    "The right box is the one accepted already: stop the copy, then “beffroi hypervisor incident decide {id} keep”.",
  "incident.choose.new-epoch":
    "The right box is the refused one: stop the other, then “beffroi hypervisor incident decide {id} new-epoch”.",
  "incident.done.keep": "Incident {id}: {box} stays the one the region knows. The other copy stays refused.",
  "incident.done.new-epoch":
    "Incident {id}: the refused copy is {box} from now on. It goes on with its next try, within about a minute.",
  "command.sync.export.long":
    "Writes into a folder, a USB key for one, the batches the region has not confirmed yet, as they would go over the line. The region takes them in with “beffroi hypervisor import”. Nothing is taken off the box: when the line is back the region says itself what it has, and nothing counts twice.",
  "command.sync.export.folder": "folder to write to, made if it is missing",
  "command.sync.export.all": "all that the box keeps, confirmed or not",
  "command.sync.export.example.key": "A commune cut off for weeks:",
  "command.sync.export.example.all": "The whole journal, after a regional database was lost:",
  "command.sync.export.progress": "{n} entries written",
  "command.sync.export.none": "Nothing to carry: the region has confirmed everything.",
  "command.sync.export.done": "{n} entry in {folder} (files: {files}). || {n} entries in {folder} (files: {files}).",
  "command.sync.export.next": "At the hypervisor: beffroi hypervisor import FOLDER",
  "command.hypervisor.import.long":
    "Reads the batches written by “beffroi sync export” and treats them as if they had come over the line: once, in order, checked. Taken in twice they change nothing.",
  "command.hypervisor.import.folder": "folder that holds the batches",
  "command.hypervisor.import.example": "The key of a commune that is cut off:",
  "command.hypervisor.import.progress": "{n} of {of} batches",
  "command.hypervisor.import.done":
    "{n} batch taken in. {box} is up to date to entry {seq}. || {n} batches taken in. {box} is up to date to entry {seq}.",
  "command.hypervisor.import.quarantined": "{n} entry put into quarantine. || {n} entries put into quarantine.",
  "fault.no-batches": "{folder} holds no batches.",
  "fault.no-batches.means": "Batches have names like remiremont-7-000000000001-000000005000.batch.",
  "fault.no-batch-file": "{file} is no batch: no regular file, or larger than {max} bytes.",
  "fault.no-batch-file.means":
    "The folder holds something that “beffroi sync export” did not write. Nothing was taken from it.",
  "fault.no-batch-file.todo": "Take it out of the folder and import again; ask who had the key in their hands.",
  "fault.no-batches.todo": "Give the folder “beffroi sync export” has written to.",
  "fault.import-stopped": "Taking in stops at {file}: {detail}",
  "fault.import-stopped.means": "The batches before it are taken in and count. This one and those after it are not.",
  "fault.import-stopped.todo":
    "If entries are missing, bring the batches before it too, or export again with --all. For an incident: beffroi hypervisor incident list.",
  "command.hypervisor.quarantine.list.long":
    "An entry the region cannot read or must not follow is kept aside with its reason; the rest of its batch counts. This command shows them.",
  "command.hypervisor.quarantine.list.example": "What waits for Remiremont:",
  "command.hypervisor.quarantine.list.none": "Nothing in quarantine for {box}.",
  "command.hypervisor.quarantine.list.next": "To try them again: beffroi hypervisor quarantine replay {box}",
  "command.hypervisor.quarantine.replay.long":
    "After an update of the hypervisor, tries again what it could not use. What passes counts once; the rest stays in quarantine. Changes of the registry are not replayed: newer ones have overtaken them.",
  "command.hypervisor.quarantine.replay.example": "After an update:",
  "command.hypervisor.quarantine.replay.done": "{box}: {n} entries taken in, {left} still in quarantine.",
  "column.quarantine.seq": "entry",
  "column.quarantine.why": "reason",
  "column.quarantine.entry": "content",
  "fault.hypervisor-not-running": "No hypervisor runs on {folder}.",
  "fault.hypervisor-not-running.means": "It is asked over a socket in that folder, and nobody answers.",
  "fault.hypervisor-not-running.todo":
    "Start it (beffroi hypervisor --data FOLDER), or give the right folder with --data.",
  "fault.wrong-incident": "“{typed}” is not the number of an incident.",
  "fault.wrong-incident.means": "An incident is named by its number, like 3.",
  "fault.wrong-incident.todo": "The list: beffroi hypervisor incident list --all.",

  "command.hypervisor.change.long":
    "The registry belongs to the commune’s box: the region asks it for a change, and the box makes it or refuses and says why. What was changed on the spot since then wins. A box that is cut off gets it when it is back. LoRaWAN keys are entered on the box only.",
  "command.hypervisor.change.action": "what is asked: {actions}",
  "command.hypervisor.change.what": "DevEUI, asset (asset, replace) or id of a change (undo)",
  "command.hypervisor.change.model": "model of the device",
  "command.hypervisor.change.joineui": "JoinEUI of the device",
  "command.hypervisor.change.firmware": "firmware version of the device",
  "command.hypervisor.change.reason": "why; kept with the change",
  "command.hypervisor.change.box": "box, where several serve the commune",
  "command.hypervisor.change.example.name": "Give a lamp a name:",
  "command.hypervisor.change.example.replace": "A device takes the place of another:",
  "command.hypervisor.change.example.undo": "Take a change back:",
  "command.hypervisor.change.done": "Done: the box’s registry stands as asked for {target}.",
  "command.hypervisor.change.unchanged": "Nothing to change: the box’s registry says that of {target} already.",
  "command.hypervisor.change.waits": "Asked for {target}. The box has not answered yet; it may do it until {until}.",
  "command.hypervisor.change.id": "Change {id}",
  "command.hypervisor.change.undo-with": "To undo it: beffroi hypervisor change undo {id}",
  "waiting.box-of-region": "answer of the commune’s box",
  "device.by-region": "{by} (region)",
  "problem.changed-on-box": "The registry was changed on the spot since the region read it: that counts.",
  "problem.changed-on-box.remedy": "Look at what changed; if your change still holds, ask for it again.",
  "problem.change-unreadable": "The box does not know this kind of change.",
  "problem.change-unreadable.remedy": "Update it, or do it on the spot with 'beffroi device'.",
};

export const syncEn: SameKeys<typeof syncFr> = Object.assign({}, own, completeEn);
