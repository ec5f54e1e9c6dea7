/** What of the map is looked at, as seldom changed as marks allow: they are counted anew only where a zoom or the edge asks for it. */
import { useEffect, useState } from "react";
import type { Ground } from "./ground.ts";
import type { Bounds } from "./spots.ts";

export interface MapView {
  /** Zoom, downwards to the next half: between two halves marks only move apart. */
  readonly level: number;
  /** Half a view more on every side. */
  readonly around: Bounds;
}

/** As far out as a country and as close as a doorstep. */
export const ZOOM_MIN = 4;
export const ZOOM_MAX = 19;

/** Pixels of the whole square at a zoom. */
export const worldPx = (level: number): number => 512 * 2 ** level;

const levelOf = (zoom: number): number => Math.floor(zoom * 2 + 1e-6) / 2;

function viewOf(ground: Ground): MapView {
  const [west, south, east, north] = ground.bounds();
  const [aside, up] = [(east - west) / 2, (north - south) / 2];
  return { level: levelOf(ground.zoom()), around: [west - aside, south - up, east + aside, north + up] };
}

export const isWithin = ([west, south, east, north]: Bounds, longitude: number, latitude: number): boolean =>
  longitude >= west && longitude <= east && latitude >= south && latitude <= north;

const stillHolds = ({ level, around }: MapView, ground: Ground): boolean => {
  const [west, south, east, north] = ground.bounds();
  return level === levelOf(ground.zoom()) && isWithin(around, west, south) && isWithin(around, east, north);
};

export function useMapView(ground: Ground): MapView {
  const [view, setView] = useState(() => viewOf(ground));
  useEffect(() => {
    const look = (): void => setView((before) => (stillHolds(before, ground) ? before : viewOf(ground)));
    look();
    return ground.onMove(look);
  }, [ground]);
  return view;
}
