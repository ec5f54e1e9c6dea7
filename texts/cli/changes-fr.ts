/** `beffroi hypervisor change`: what the region asks of a box's registry. */
export const changesFr = {
  "command.hypervisor.change": "demander à un boîtier une modification de son registre",
  "command.hypervisor.change.long":
    "Le registre appartient au boîtier de la commune : la région lui demande une modification, le boîtier la fait ou la refuse en disant pourquoi. Ce qui a été changé sur place depuis l’emporte. Un boîtier coupé du réseau la recevra à son retour. Les clés LoRaWAN ne se donnent que sur le boîtier.",
  "command.hypervisor.change.action": "ce qui est demandé : {actions}",
  "command.hypervisor.change.what": "DevEUI, équipement (asset, replace) ou identifiant d’une modification (undo)",
  "command.hypervisor.change.model": "modèle de l’appareil",
  "command.hypervisor.change.joineui": "JoinEUI de l’appareil",
  "command.hypervisor.change.firmware": "version du micrologiciel de l’appareil",
  "command.hypervisor.change.reason": "pourquoi ; gardé avec la modification",
  "command.hypervisor.change.box": "boîtier, quand plusieurs servent la commune",
  "command.hypervisor.change.example.name": "Donner un nom à une lampe :",
  "command.hypervisor.change.example.replace": "Un appareil en remplace un autre :",
  "command.hypervisor.change.example.undo": "Annuler une modification :",
  "command.hypervisor.change.done": "Fait : le registre du boîtier est à jour pour {target}.",
  "command.hypervisor.change.unchanged": "Rien à changer : le registre du boîtier dit déjà cela de {target}.",
  "command.hypervisor.change.waits":
    "Demandé pour {target}. Le boîtier n’a pas encore répondu ; il peut le faire jusqu’au {until}.",
  "command.hypervisor.change.id": "Modification {id}",
  "command.hypervisor.change.undo-with": "Pour annuler : beffroi hypervisor change undo {id}",
  "waiting.box-of-region": "réponse du boîtier de la commune",
  "device.by-region": "{by} (région)",
  "problem.changed-on-box": "Le registre a été modifié sur place depuis que la région l’a lu : c’est ce qui compte.",
  "problem.changed-on-box.remedy": "Regardez ce qui a changé ; si votre modification vaut toujours, redemandez-la.",
  "problem.change-unreadable": "Le boîtier ne connaît pas cette sorte de modification.",
  "problem.change-unreadable.remedy": "Mettez-le à jour, ou faites-la sur place avec « beffroi device ».",
} as const;
