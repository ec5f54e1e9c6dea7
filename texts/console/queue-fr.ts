/** The queue of commands, on the page. */
export const queueFr = {
  "view.queue": "Commandes",
  "queue.empty": "Aucune commande en attente.",
  "queue.emptyHelp": "Ce qui est demandé et n’est pas terminé se voit ici, avec ce qui est attendu.",
  "queue.total":
    "{n} commande n’est pas terminée. La plus forte part d’abord, puis la plus ancienne. || {n} commandes ne sont pas terminées. Les plus fortes partent d’abord, puis les plus anciennes.",
  "queue.capped": "Seules les {n} premières sont montrées.",
  "queue.many": "{n} équipement sur {all} : || {n} équipements sur {all} :",
  "queue.takeBack": "Retirer",
  "queue.cancelled": "{n} commande retirée. || {n} commandes retirées.",
  "queue.asked":
    "{n} est chez son boîtier, prié de la reprendre : son état le dira. || {n} sont chez leurs boîtiers, priés de les reprendre : leur état le dira.",
  "queue.over": "{n} était déjà terminée. || {n} étaient déjà terminées.",
  "queue.precedence.safety": "sécurité",
  "queue.precedence.operator": "à la main",
  "queue.precedence.override": "dérogation",
  "queue.precedence.schedule": "calendrier",
  "queue.precedence.configuration": "réglage",
} as const;
