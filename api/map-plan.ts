/**
 * The only host outside its own that the page may ask: the State's map service (Géoplateforme, run by the IGN), free and without a
 * key, for the plan under the map. It gives images and receives nothing of ours but which part of France is looked at. Without it the
 * map stands on a blank ground. The page's policy opens it for `connect-src` alone: the map fetches its images.
 */
export const PLAN_ORIGIN = "https://data.geopf.fr";
