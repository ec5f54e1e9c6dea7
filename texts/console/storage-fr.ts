/** How a box's disk is, and what was lost for want of space. */
export const storageFr = {
  "storage.title": "Disque du boîtier",
  "storage.ok": "Tout s’écrit",
  "storage.shedding": "Peu de place : les relevés partent avant l’heure",
  "storage.slow": "Lent : chaque écriture prend plus d’une seconde",
  "storage.full": "Plein : plus rien ne s’écrit",
  "storage.read-only": "En lecture seule : plus rien ne s’écrit",
  "storage.failing": "En panne : plus rien ne s’écrit",
  "storage.banner": "{commune} : le disque du boîtier ne peut plus être écrit depuis {time}",
  "storage.bannerShedding": "{commune} : le boîtier manque de place",
  "storage.bannerSlow": "{commune} : le disque du boîtier est devenu lent",
  "storage.bannerMany":
    "Le disque de {n} boîtier ne peut plus être écrit : {communes} || Le disque de {n} boîtiers ne peut plus être écrit : {communes}",
  "storage.bannerSheddingMany":
    "{n} boîtier manque de place : {communes} || {n} boîtiers manquent de place : {communes}",
  "storage.bannerSlowMany":
    "Le disque de {n} boîtier est devenu lent : {communes} || Le disque de {n} boîtiers est devenu lent : {communes}",
  "storage.means":
    "Les relevés qui arrivent restent chez le courtier MQTT et seront repris ensuite ; les ordres aux lampes partent toujours, leurs résultats s’afficheront après.",
  "storage.meansShedding":
    "Il retire d’abord ce que la région a déjà ; ensuite il garde de chaque heure le premier, le dernier, le plus petit et le plus grand relevé, puis retire les plus anciens ; les alarmes et les résultats des ordres restent. Chaque perte est comptée.",
  "storage.meansSlow": "Rien n’est perdu. Une carte mémoire qui ralentit est souvent en fin de vie : la remplacer.",
  "storage.todo": "Libérer de la place sur le disque du boîtier ou le remplacer ; la reprise est automatique.",
  "storage.lost": "Perdus par manque de place ou panne",
  "storage.lostNone": "Rien",
  "storage.lostThinned": "{n} relevé allégé || {n} relevés allégés",
  "storage.lostDropped": "{n} retiré || {n} retirés",
  "storage.lostDamaged": "{n} illisible || {n} illisibles",
} as const;
