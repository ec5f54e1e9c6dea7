/** `beffroi hypervisor incident …`, `hypervisor change`, `beffroi sync …`. */
import { incidentFr } from "../incident/fr.ts";
import { completeFr } from "./complete-fr.ts";

const own = {
  "command.hypervisor.incident.list.long":
    "Un boîtier dont le disque a été copié ou remis d’une ancienne image raconte une autre histoire que celle que la région détient. La région refuse la seconde, met ses données de côté et attend une décision. Cette commande liste ce qui attend, et les boîtiers écartés ou remplacés qui frappent encore une heure après la décision ; un jour après leur dernier essai, ils n’y sont plus.",
  "command.hypervisor.incident.list.all": "aussi les incidents tranchés",
  "command.hypervisor.incident.list.none": "Aucun incident : chaque boîtier n’a qu’une histoire.",
  "command.hypervisor.incident.list.next": "Pour en voir un et décider : beffroi hypervisor incident show NUMÉRO",
  "command.hypervisor.incident.list.example.open": "Ce qui attend une décision :",
  "command.hypervisor.incident.list.example.all": "Tout, pour un script :",
  "command.hypervisor.incident.show.long":
    "Montre ce que la région a accepté, ce qu’elle a refusé et mis de côté, et les décisions possibles.",
  "command.hypervisor.incident.show.example": "L’incident 3 :",
  "command.hypervisor.incident.number": "numéro de l’incident, d’après la liste",
  "command.hypervisor.incident.decision": "keep (garder), new-epoch (reprendre la copie refusée), ou noted (perte lue)",
  "command.hypervisor.incident.by": "qui décide (sinon l’utilisateur de la session)",
  "command.hypervisor.incident.decide.long":
    "« keep » : le boîtier est celui dont la région détient les données ; l’autre copie reste refusée. « new-epoch » : le boîtier est la copie refusée ; elle continue dans une nouvelle époque, et ses données nouvelles suivent, sans perte ni doublon. Seul « keep » peut être suivi d’une autre décision : « new-epoch », si la copie refusée était bien le boîtier.",
  "command.hypervisor.incident.decide.example.keep": "La copie refusée est une erreur :",
  "command.hypervisor.incident.decide.example.new": "Le boîtier a été remis en service d’après une ancienne image :",
  "column.incident": "n°",
  "column.incident.box": "boîtier",
  "column.incident.heard": "entendu",
  "column.incident.state": "état",
  "incident.sign.undecided": "à trancher depuis {n} jours",
  "incident.sign.keep": "écarté, frappe encore",
  "incident.sign.new-epoch": "remplacé, frappe encore",
  ...incidentFr,
  "incident.knocks.new-epoch":
    "Le boîtier remplacé frappe encore (la dernière fois {at}, venu de {address}) : il tourne quelque part, et rien de ce que disent ses capteurs n’arrive ici. Arrêtez-le.",
  "incident.open": "à trancher",
  "incident.decided.keep": "tranché : garder",
  "incident.decided.new-epoch": "tranché : nouvelle époque",
  "incident.decided.noted": "perte notée",
  "incident.means.not-recoverable":
    "Des entrées de {box} ne sont plus dans la base de la région, et le boîtier ne les garde plus : elles sont perdues. Les certificats des jours concernés le disent.",
  "incident.means.uncounted":
    "Des entrées de {box} ne sont peut-être plus dans la base de la région : le boîtier ne les garde plus, et personne ne peut les compter.",
  "incident.means.still-different":
    "Des entrées de {box} ont été renvoyées par le boîtier, et la base de la région dit toujours autre chose que lui. Rien n’est perdu sur le boîtier ; cherchez ce qui change la base.",
  "incident.lost": "  Perdu       {n} entrées, entre {first} et {last}",
  "incident.between": "  Entrées     {first} à {last}",
  "incident.choose.noted":
    "Il n’y a rien à trancher. Pour noter que vous l’avez lu : « beffroi hypervisor incident decide {id} noted ».",
  "incident.done.noted": "Incident {id} : la perte de {box} est notée.",
  "incident.title": "Incident {id} · boîtier {box} · {state}",
  "incident.means.fork":
    "Deux boîtiers se présentent sous le nom {box}, ou son disque a été copié : à partir d’un moment, ils ne racontent plus la même histoire.",
  "incident.means.disputed":
    "Le boîtier {box} ne se souvient plus de ce qu’il a déjà envoyé : il a sans doute été remis d’après une ancienne image, ou la région détient ce qu’une copie a envoyé.",
  "incident.means.later-epoch":
    "Le boîtier {box} dit continuer d’après une décision que la région ne connaît pas : elle a sans doute été remise d’après une sauvegarde plus ancienne. Décidez à nouveau.",
  "incident.confirmed": "  Confirmé    au plus haut {accepted} pour l’accepté, {refused} pour le refusé",
  "incident.keepsFrom": "  Encore là   sur le refusé, à partir de l’entrée {oldest}",
  "incident.opened": "  Découvert   {at}",
  "incident.last": "  Revenu      {at}, {n} fois en tout",
  "incident.accepted": "  Accepté     jusqu’à l’entrée {seq}, de la première histoire",
  "incident.refused": "  Refusé      entrées {first} à {last} de l’autre ; rien n’en est perdu",
  "incident.refusedInPart": "  Refusé      entrées {first} à {last} de l’autre, qui ne les garde plus toutes",
  "incident.kept":
    "  De côté     {n} lot ; le reste attend sur le boîtier refusé ||   De côté     {n} lots ; le reste attend sur le boîtier refusé",
  "incident.repeats":
    "  Revenus     {n} message de ce boîtier, reconnu : il compte une fois ||   Revenus     {n} messages de ce boîtier, reconnus : chacun compte une fois",
  "incident.decision": "  Décision    {state}, {at}, par {by}",
  "incident.heardFrom": "  Venu de     {address}",
  "incident.common": "  Commun      jusqu’à l’entrée {common}",
  "incident.common.at": "  Commun      jusqu’à l’entrée {common}, du {at}",
  "incident.common.none": "  Commun      on ne sait pas jusqu’où",
  "incident.parted.exact": "  Séparés     à l’entrée {parted}, exactement",
  "incident.parted.between": "  Séparés     quelque part de l’entrée {from} à l’entrée {parted}",
  "incident.parted.none": "  Séparés     nulle part : le refusé s’arrête là, l’autre continue",
  "incident.parted.unknown": "  Séparés     on ne sait pas où, après cela",
  "incident.side.accepted": "L’accepté",
  "incident.side.refused": "Le refusé",
  "incident.unnamed":
    "Le boîtier refusé est d’une version qui ne se distingue pas d’une copie de son disque : « new-epoch » vaut pour le premier de cette version qui revient. S’il peut y en avoir deux, mettez d’abord à jour le bon ; il aura son propre incident.",
  "incident.choose.each":
    "Chaque copie refusée a son propre incident, et une seule de {box} au plus est le boîtier ; « beffroi status », lancé sur un boîtier, donne le numéro du sien.",
  "incident.choose.later":
    "Si le refusé est tout de même le boîtier, ou si plus rien n’en arrive : « beffroi hypervisor incident decide {id} new-epoch ».",
  "incident.choose": "Que faire ?",
  "incident.choose.keep":
    "Le bon boîtier est celui déjà accepté : arrêtez la copie, puis « beffroi hypervisor incident decide {id} keep ».",
  "incident.choose.new-epoch":
    "Le bon boîtier est celui qui est refusé : arrêtez l’autre, puis « beffroi hypervisor incident decide {id} new-epoch ».",
  "incident.done.keep": "Incident {id} : {box} reste celui que la région connaît. L’autre copie reste refusée.",
  "incident.done.new-epoch":
    "Incident {id} : la copie refusée est désormais {box}. Elle reprend à son prochain essai, en une minute environ.",
  "command.sync.export.long":
    "Écrit dans un dossier, une clé USB par exemple, les lots que la région n’a pas encore confirmés, tels qu’ils partiraient par la ligne. La région les reprend avec « beffroi hypervisor import ». Rien n’est retiré du boîtier : quand la ligne revient, la région dit elle-même ce qu’elle a, et rien ne compte deux fois.",
  "command.sync.export.folder": "dossier où écrire, créé s’il manque",
  "command.sync.export.all": "tout ce que le boîtier garde, confirmé ou non",
  "command.sync.export.example.key": "Une commune coupée depuis des semaines :",
  "command.sync.export.example.all": "Tout le journal, après la perte d’une base régionale :",
  "command.sync.export.progress": "{n} entrées écrites",
  "command.sync.export.none": "Rien à emporter : la région a tout confirmé.",
  "command.sync.export.done":
    "{n} entrée dans {folder} (fichiers : {files}). || {n} entrées dans {folder} (fichiers : {files}).",
  "command.sync.export.next": "À l’hyperviseur : beffroi hypervisor import DOSSIER",
  "command.hypervisor.import.long":
    "Lit les lots écrits par « beffroi sync export » et les traite comme s’ils étaient venus par la ligne : une seule fois, dans l’ordre, contrôlés. Repris deux fois, ils ne changent rien.",
  "command.hypervisor.import.folder": "dossier qui contient les lots",
  "command.hypervisor.import.example": "La clé d’une commune coupée :",
  "command.hypervisor.import.progress": "{n} lots sur {of}",
  "command.hypervisor.import.done":
    "{n} lot repris. {box} est à jour jusqu’à l’entrée {seq}. || {n} lots repris. {box} est à jour jusqu’à l’entrée {seq}.",
  "command.hypervisor.import.quarantined": "{n} entrée mise en quarantaine. || {n} entrées mises en quarantaine.",
  "fault.no-batches": "{folder} ne contient aucun lot.",
  "fault.no-batches.means": "Les lots portent des noms comme remiremont-7-000000000001-000000005000.batch.",
  "fault.no-batch-file": "{file} n’est pas un lot : ce n’est pas un fichier ordinaire, ou il dépasse {max} octets.",
  "fault.no-batch-file.means":
    "Le dossier contient autre chose que ce que « beffroi sync export » y a écrit. Rien n’en a été pris.",
  "fault.no-batch-file.todo": "Retirez-le du dossier et recommencez ; demandez qui a eu la clé en main.",
  "fault.no-batches.todo": "Donnez le dossier où « beffroi sync export » a écrit.",
  "fault.import-stopped": "La reprise s’arrête à {file} : {detail}",
  "fault.import-stopped.means": "Les lots d’avant sont repris et comptent. Celui-ci et les suivants ne le sont pas.",
  "fault.import-stopped.todo":
    "S’il manque des entrées, apportez aussi les lots d’avant, ou reprenez l’export avec --all. Pour un incident : beffroi hypervisor incident list.",
  "command.hypervisor.quarantine.list.long":
    "Une entrée que la région ne sait pas lire ou n’a pas le droit de suivre est gardée de côté, avec sa raison ; le reste du lot compte. Cette commande les montre.",
  "command.hypervisor.quarantine.list.example": "Ce qui attend pour Remiremont :",
  "command.hypervisor.quarantine.list.none": "Rien en quarantaine pour {box}.",
  "command.hypervisor.quarantine.list.next": "Pour les essayer de nouveau : beffroi hypervisor quarantine replay {box}",
  "command.hypervisor.quarantine.replay.long":
    "Après une mise à jour de l’hyperviseur, essaie de nouveau ce qu’il ne savait pas utiliser. Ce qui passe compte une fois ; le reste reste en quarantaine. Les changements du registre ne sont pas rejoués : de plus récents les ont dépassés.",
  "command.hypervisor.quarantine.replay.example": "Après une mise à jour :",
  "command.hypervisor.quarantine.replay.done": "{box} : {n} entrées reprises, {left} encore en quarantaine.",
  "column.quarantine.seq": "entrée",
  "column.quarantine.why": "raison",
  "column.quarantine.entry": "contenu",
  "fault.hypervisor-not-running": "Aucun hyperviseur ne tourne sur {folder}.",
  "fault.hypervisor-not-running.means": "La question lui est posée par une prise de ce dossier, et personne ne répond.",
  "fault.hypervisor-not-running.todo":
    "Démarrez-le (beffroi hypervisor --data DOSSIER), ou donnez le bon dossier avec --data.",
  "fault.wrong-incident": "« {typed} » n’est pas le numéro d’un incident.",
  "fault.wrong-incident.means": "Un incident se désigne par son numéro, comme 3.",
  "fault.wrong-incident.todo": "La liste : beffroi hypervisor incident list --all.",

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

export const syncFr = Object.assign({}, own, completeFr);
