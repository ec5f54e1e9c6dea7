/** English texts of the map. */
import type { SameKeys } from "../catalogue.ts";
import type { mapFr } from "./map-fr.ts";

export const mapEn: SameKeys<typeof mapFr> = {
  "map.title": "Map of the assets",
  "map.marks": "Assets on the map. Arrows: from one mark to the next; Enter: open.",
  "map.zoomIn": "Zoom in",
  "map.zoomOut": "Zoom out",
  "map.fit": "See everything",
  "map.loading": "The map is coming…",
  "map.ign": "© IGN",
  "map.noPlan": "Plan out of reach",
  "map.approximate": "Positions are indicative: to be confirmed on site.",
  "map.withoutPosition": "{n} asset without a position || {n} assets without a position",
  "map.nothingPlaced": "No asset has a position yet: the list shows them all.",
  "map.toList": "See the list",
  "map.zoomInHere": "{what}: zoom in here",
  "map.openCommune": "{commune}, {what}: open the commune",
  "map.samePlace": "{n} asset in the same place || {n} assets in the same place",
  "map.legend": "Legend",
  "map.several": "Several assets",
  "map.byCommune": "This region is large: each mark is a commune. Open one to see its assets and their state.",
  "map.noWebgl": "This computer cannot show the map (WebGL is missing or switched off). Here is the list.",
  "map.notLoaded": "The map could not be shown; reload the page to try again. Here is the list.",
};
