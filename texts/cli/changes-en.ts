import type { SameKeys } from "../catalogue.ts";
import type { changesFr } from "./changes-fr.ts";

export const changesEn: SameKeys<typeof changesFr> = {
  "command.hypervisor.change": "ask a box for a change of its registry",
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
