/** `beffroi codec list`: les modèles et leurs usages. */
export const modelsFr = {
  "column.use": "USAGE",
  "column.class": "CLASSE",
  "column.verified": "VÉRIFIÉ",
  "use.lighting": "éclairage",
  "use.security": "sécurité",
  "use.waste": "déchets",
  "use.mobility": "mobilité",
  "use.energy": "énergie",
  "use.air": "air",
  "use.water": "eau",
  "command.codec.list.text": "seulement les modèles dont le nom, le fabricant ou un autre nom contient ce texte",
  "command.codec.list.example.search": "Un appareil, par ce qui est écrit dessus :",
  "command.codec.list.verified":
    "Vérifié : au moins une trame publiée avec ses valeurs, ou une commande publiée avec ses octets, le prouve ; sinon le codec suit la description.",
  "command.codec.list.aliases": "{model} lit aussi : {aliases}",
  "command.codec.list.none":
    "Aucun modèle ne contient « {text} ». « beffroi codec list » les montre tous ; un codec d’un autre fabricant s’installe par « beffroi codec add ».",
} as const;
