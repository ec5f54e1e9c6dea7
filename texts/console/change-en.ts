import type { SameKeys } from "../catalogue.ts";
import type { changeFr } from "./change-fr.ts";

export const changeEn: SameKeys<typeof changeFr> = {
  "command.registry.device": "Enter or correct the device",
  "command.registry.asset": "Correct the asset",
  "command.registry.accept": "Accept the installation",
  "command.registry.in-service": "Put into service",
  "command.registry.faulty": "Declare faulty",
  "command.registry.retire": "Retire the device",
  "command.registry.move": "Move the device",
  "command.registry.replace": "Replace the device",
  "command.registry.undo": "Undo a change",
  "reason.applied": "The box’s registry stands as asked.",
  "reason.waits-for-clock": "The box waits until it knows the time.",
  "reason.changed-since": "The registry was changed on the spot meanwhile: that counts.",
  "reason.asset-taken": "Another device already serves this asset.",
  "reason.wrong-state": "The device is not at that point.",
  "reason.unknown-device": "The box does not know this device.",
  "reason.unknown-model": "The box does not know this model.",
  "reason.model-missing": "The device’s model is missing.",
  "reason.asset-kind-differs": "This model does not serve that kind of asset.",
  "reason.already-undone": "It was undone already.",
  "reason.nothing-to-undo": "Nothing had been done.",
};
