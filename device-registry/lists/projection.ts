/** Lambert-93 (EPSG:2154), the projection of French public maps, to WGS 84 and back. */
import proj4 from "proj4";

const LAMBERT_93 =
  "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs";

interface Projection {
  forward(xy: [number, number]): number[];
  inverse(lonLat: [number, number]): number[];
}

let projection: Projection | undefined;
const lambert = (): Projection => {
  projection ??= proj4(LAMBERT_93, "WGS84") as Projection;
  return projection;
};

/** To a ten-millionth of a degree, a centimetre on the ground. */
const rounded = (degrees: number): number => Math.round(degrees * 1e7) / 1e7;

/** Metres east and north → degrees. */
export const fromLambert93 = (x: number, y: number): { readonly latitude: number; readonly longitude: number } => {
  const [longitude, latitude] = lambert().forward([x, y]);
  return { latitude: rounded(latitude!), longitude: rounded(longitude!) };
};

/** Degrees → metres, to the centimetre. */
export const toLambert93 = (latitude: number, longitude: number): { readonly x: number; readonly y: number } => {
  const [x, y] = lambert().inverse([longitude, latitude]);
  return { x: Math.round(x! * 100) / 100, y: Math.round(y! * 100) / 100 };
};
