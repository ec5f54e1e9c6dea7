/** `beffroi hypervisor incident …`, `beffroi sync …`. */
export const syncFr = {
  "command.hypervisor.incident": "boîtiers qui se présentent avec deux histoires",
  "command.hypervisor.incident.list": "les incidents à trancher",
  "command.hypervisor.incident.list.long":
    "Un boîtier dont le disque a été copié ou remis d’une ancienne image raconte une autre histoire que celle que la région détient. La région refuse la seconde, met ses données de côté et attend une décision. Cette commande liste ce qui attend.",
  "command.hypervisor.incident.list.all": "aussi les incidents tranchés",
  "command.hypervisor.incident.list.none": "Aucun incident : chaque boîtier n’a qu’une histoire.",
  "command.hypervisor.incident.list.next": "Pour en voir un et décider : beffroi hypervisor incident show NUMÉRO",
  "command.hypervisor.incident.list.example.open": "Ce qui attend une décision :",
  "command.hypervisor.incident.list.example.all": "Tout, pour un script :",
  "command.hypervisor.incident.show": "un incident, ce qu’il veut dire et ce qu’on peut décider",
  "command.hypervisor.incident.show.long":
    "Montre ce que la région a accepté, ce qu’elle a refusé et mis de côté, et les décisions possibles.",
  "command.hypervisor.incident.show.example": "L’incident 3 :",
  "command.hypervisor.incident.number": "numéro de l’incident, d’après la liste",
  "command.hypervisor.incident.decision": "keep (garder) ou new-epoch (reprendre la copie refusée)",
  "command.hypervisor.incident.by": "qui décide (sinon l’utilisateur de la session)",
  "command.hypervisor.incident.decide": "trancher entre deux histoires d’un boîtier",
  "command.hypervisor.incident.decide.long":
    "« keep » : le boîtier est celui dont la région détient les données ; l’autre copie reste refusée. « new-epoch » : le boîtier est la copie refusée ; elle continue dans une nouvelle époque, et ses données nouvelles suivent, sans perte ni doublon. Une décision ne se reprend pas.",
  "command.hypervisor.incident.decide.example.keep": "La copie refusée est une erreur :",
  "command.hypervisor.incident.decide.example.new": "Le boîtier a été remis en service d’après une ancienne image :",
  "column.incident": "n°",
  "column.incident.box": "boîtier",
  "column.incident.since": "découvert",
  "column.incident.state": "état",
  "incident.open": "à trancher",
  "incident.decided.keep": "tranché : garder",
  "incident.decided.new-epoch": "tranché : nouvelle époque",
  "incident.title": "Incident {id} · boîtier {box} · {state}",
  "incident.means.fork":
    "Deux boîtiers se présentent sous le nom {box}, ou son disque a été copié : à partir d’un moment, ils ne racontent plus la même histoire.",
  "incident.means.disputed":
    "Le boîtier {box} ne se souvient plus de ce qu’il a déjà envoyé : il a sans doute été remis d’après une ancienne image.",
  "incident.opened": "  Découvert   {at}",
  "incident.last": "  Revenu      {at}, {n} fois en tout",
  "incident.accepted": "  Accepté     jusqu’à l’entrée {seq}, de la première histoire",
  "incident.refused": "  Refusé      entrées {first} à {last} de l’autre ; rien n’en est perdu",
  "incident.kept": "  De côté     {n} lots ; le reste attend sur le boîtier refusé",
  "incident.decision": "  Décision    {state}, {at}, par {by}",
  "incident.choose": "Que faire ?",
  "incident.choose.keep":
    "Le bon boîtier est celui déjà accepté : arrêtez la copie, puis « beffroi hypervisor incident decide {id} keep ».",
  "incident.choose.new-epoch":
    "Le bon boîtier est celui qui est refusé : arrêtez l’autre, puis « beffroi hypervisor incident decide {id} new-epoch ».",
  "incident.done.keep": "Incident {id} : {box} reste celui que la région connaît. L’autre copie reste refusée.",
  "incident.done.new-epoch":
    "Incident {id} : la copie refusée est désormais {box}. Elle reprend à son prochain essai, en une minute environ.",
  "fault.hypervisor-not-running": "Aucun hyperviseur ne tourne sur {folder}.",
  "fault.hypervisor-not-running.means": "La question lui est posée par une prise de ce dossier, et personne ne répond.",
  "fault.hypervisor-not-running.todo":
    "Démarrez-le (beffroi hypervisor --data DOSSIER), ou donnez le bon dossier avec --data.",
  "fault.wrong-incident": "« {typed} » n’est pas le numéro d’un incident.",
  "fault.wrong-incident.means": "Un incident se désigne par son numéro, comme 3.",
  "fault.wrong-incident.todo": "La liste : beffroi hypervisor incident list --all.",
} as const;
