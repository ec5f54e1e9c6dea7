/** The LoRa gateways a box hears its devices by; people call them antennas. */
export const antennaFr = {
  "antenna.title": "Antennes LoRa",
  "antenna.none": "Aucune n’est inscrite dans ChirpStack",
  "antenna.working": "{n} en service || {n} en service",
  "antenna.silent": "{n} sur {all} ne répond plus || {n} sur {all} ne répondent plus",
  "antenna.waited": "{n} sur {all} n’a encore jamais répondu || {n} sur {all} n’ont encore jamais répondu",
  "antenna.unclear": "{n} sur {all} dans un état inconnu || {n} sur {all} dans un état inconnu",
  "antenna.offline": "L’antenne {name} ne répond plus depuis {time} ({age}).",
  "antenna.offlineNever": "L’antenne {name} ne répond plus.",
  "antenna.offlineMeans":
    "C’est la cause la plus fréquente du silence des appareils : ceux qu’elle seule entend se taisent avec elle. Vérifier son alimentation et sa liaison au réseau.",
  "antenna.neverSeen": "L’antenne {name} n’a encore jamais répondu.",
  "antenna.neverSeenMeans":
    "Elle n’est pas encore en marche, ou l’identifiant inscrit dans ChirpStack n’est pas le sien.",
  "antenna.stale": "État des antennes à {time} : depuis, ChirpStack ne le dit plus.",
  "antenna.untold": "ChirpStack n’a pas encore dit l’état des antennes.",
  "antenna.fault.key-file": "Le boîtier ne peut pas lire le fichier de sa clé d’API (chirpstack.api_key_file).",
  "antenna.fault.key-refused":
    "ChirpStack refuse la clé d’API du boîtier : en créer une (chirpstack -c DOSSIER create-api-key --name beffroi) et l’écrire dans son fichier.",
  "antenna.fault.unreachable": "L’API de ChirpStack ne répond pas : ChirpStack est arrêté, ou chirpstack.api est faux.",
  "antenna.fault.no-answer": "L’API de ChirpStack met trop longtemps à répondre.",
  "antenna.fault.failed": "L’API de ChirpStack répond par une erreur : voir le journal de ChirpStack.",
} as const;
