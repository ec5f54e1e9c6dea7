/** What an incident says of two boxes under one name, on the page and in the terminal alike. */
export const incidentFr = {
  "incident.knocks.keep":
    "Le boîtier écarté frappe encore : il tourne quelque part, et rien de ce que disent ses capteurs n’arrive ici. Arrêtez-le.",
  "incident.bothConfirmed":
    "Si la région a été remise d’après une sauvegarde : de ce que les deux se sont vu confirmer (jusqu’à l’entrée {both}), elle ne tient plus qu’une histoire ; ce que l’autre a effacé depuis est perdu.",
  "incident.alone": "{n} entrée que l’autre n’a pas || {n} entrées que l’autre n’a pas",
  "incident.alone.none": "aucune entrée que l’autre n’ait aussi",
  "incident.alone.between": "entre {least} et {most} entrées que l’autre n’a pas",
  "incident.alone.span": "datées du {from} au {to}",
  "incident.alone.sure": "celles dont on est sûr : du {from} au {to}",
  "incident.alone.arrived": "arrivées du {from} au {to}",
  "incident.side.address": "venu de {address}",
  "incident.side.serial": "certificat {serial}",
  "incident.side.version": "version {version}",
  "incident.serial.same":
    "Les deux ont montré le même certificat : qui copie un disque copie aussi sa clé. Rien de ce qu’ils envoient ne dit lequel est le vrai ; l’adresse, les heures et l’appareil dans l’armoire le disent.",
  "incident.serial.other":
    "Les deux ont montré des certificats différents : l’un d’eux a renouvelé le sien depuis qu’ils sont deux. Cela ne dit pas lequel est le vrai.",
} as const;
