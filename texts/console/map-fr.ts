/** The texts of the map, part of the page's. */
export const mapFr = {
  "map.title": "Carte des équipements",
  "map.marks": "Équipements sur la carte. Flèches : d’un repère à l’autre ; Entrée : ouvrir.",
  "map.zoomIn": "Agrandir",
  "map.zoomOut": "Réduire",
  "map.fit": "Tout voir",
  "map.loading": "La carte arrive…",
  "map.ign": "© IGN",
  "map.noPlan": "Fond de plan hors d’atteinte",
  "map.approximate": "Positions indicatives : à confirmer sur place.",
  "map.withoutPosition": "{n} équipement sans position || {n} équipements sans position",
  "map.nothingPlaced": "Aucun équipement n’a encore de position : la liste les montre tous.",
  "map.toList": "Voir la liste",
  "map.zoomInHere": "{what} : agrandir ici",
  "map.openCommune": "{commune}, {what} : ouvrir la commune",
  "map.samePlace": "{n} équipement au même endroit || {n} équipements au même endroit",
  "map.legend": "Légende",
  "map.several": "Plusieurs équipements",
  "map.byCommune":
    "La région est grande : chaque repère est une commune. Ouvrez-en une pour voir ses équipements et leur état.",
  "map.noWebgl": "Ce poste ne peut pas afficher la carte (WebGL y manque ou y est coupé). Voici la liste.",
  "map.notLoaded": "La carte n’a pas pu s’afficher ; rechargez la page pour réessayer. Voici la liste.",
} as const;
