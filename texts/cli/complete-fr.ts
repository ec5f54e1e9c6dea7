/** `beffroi hypervisor compare`, `beffroi completeness`, `beffroi sync outgoing`. */
export const completeFr = {
  "command.hypervisor.compare": "comparer ce que les boîtiers et la région détiennent",
  "command.hypervisor.compare.long":
    "Chaque jour, la région compare ses données au journal de chaque boîtier : combien d’entrées, et leur empreinte, tranche par tranche. Ce qui diffère est redemandé au boîtier et remplacé. Ce que plus personne ne garde est déclaré perdu, et un incident le dit. Sans argument : où en sont les boîtiers. Avec un nom : comparer ce boîtier dès son prochain signe de vie.",
  "command.hypervisor.compare.box": "le boîtier à comparer maintenant",
  "command.hypervisor.compare.example.list": "Où en sont tous les boîtiers :",
  "command.hypervisor.compare.example.ask": "Après une réparation de la base :",
  "command.hypervisor.compare.asked":
    "{box} sera comparé dès son prochain signe de vie, sous une minute s’il est relié.",
  "command.hypervisor.compare.none": "Aucun boîtier n’a encore rien envoyé.",
  "command.hypervisor.compare.next": "Ce qui est perdu, et où : beffroi hypervisor incident list",
  "column.comparison.at": "comparé",
  "column.comparison.healed": "réparées",
  "column.comparison.state": "état",
  "comparison.state.never": "pas encore comparé",
  "comparison.state.same": "identique des deux côtés",
  "comparison.state.again": "une tranche différait, redemandée || {n} tranches différaient, redemandées",
  "comparison.state.lost": "une entrée perdue à la région || {n} entrées perdues à la région",
} as const;
