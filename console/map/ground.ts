/**
 * The ground of the map: the only file that knows MapLibre, loaded when a map is first opened. It moves, zooms, and lays the plan
 * under the marks; the marks themselves are the page's own elements, so that they can be read, reached by keyboard and followed as
 * links.
 */
import { GPUInitializationError, Map as MapLibre, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import "maplibre-gl/dist/maplibre-gl.css";
import { PLAN_TILES, PLAN_ZOOM_MAX } from "../data/plan.ts";
import type { Bounds } from "./spots.ts";
import { ZOOM_MAX, ZOOM_MIN } from "./view.ts";

setWorkerUrl(workerUrl);

export interface GroundOptions {
  readonly bounds: Bounds;
  /** No closer than this when `bounds` are small. */
  readonly zoomMax: number;
  readonly onImage: (came: boolean) => void;
  /** The map can show nothing any more. */
  readonly onBroken: () => void;
}

export interface Pixels {
  readonly x: number;
  readonly y: number;
}

export interface Ground {
  /** The marks belong in here: gestures that begin on them still move the map. */
  readonly layer: HTMLElement;
  readonly zoom: () => number;
  readonly size: () => { readonly width: number; readonly height: number };
  /** Pixels from the top left corner. */
  readonly pixels: (longitude: number, latitude: number) => Pixels;
  readonly bounds: () => Bounds;
  readonly onMove: (listener: () => void) => () => void;
  readonly onResize: (listener: () => void) => () => void;
  /** Once, when the movement under way has ended. */
  readonly whenAtRest: (work: () => void) => void;
  readonly fit: (bounds: Bounds, zoomMax: number) => void;
  readonly goTo: (longitude: number, latitude: number, zoomMin: number) => void;
  readonly zoomBy: (steps: number) => void;
  readonly describe: (title: string) => void;
  readonly paint: (colour: string, dark: boolean) => void;
  readonly showPlan: (shown: boolean) => void;
  readonly close: () => void;
}

/** Room for half a mark, for two lines of name below it, for the buttons at the right. */
const MARGIN = { top: 48, right: 86, bottom: 88, left: 52 };
const FADE_MS = 250;

/** @throws GPUInitializationError where the browser has no WebGL 2 */
export function createGround(container: HTMLElement, { bounds, zoomMax, onImage, onBroken }: GroundOptions): Ground {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = new MapLibre({
    container,
    style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background" }] },
    bounds: [...bounds],
    fitBoundsOptions: { padding: MARGIN, maxZoom: zoomMax },
    minZoom: ZOOM_MIN,
    maxZoom: ZOOM_MAX,
    renderWorldCopies: false,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    reduceMotion: calm,
    // Images are fetched then, never loaded as elements: the page's policy opens the plan's host for fetching only.
    refreshExpiredTiles: true,
    canvasContextAttributes: { failIfMajorPerformanceCaveat: false },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new ScaleControl({ maxWidth: 96, unit: "metric" }), "bottom-left");
  const layer = document.createElement("div");
  layer.className = "map-layer";
  map.getCanvasContainer().append(layer);

  let styled = false;
  map.once("style.load", () => {
    styled = true;
  });
  const whenStyled = (work: () => void): void => {
    if (styled) work();
    else map.once("style.load", work);
  };
  let planShown = false;
  let inTheDark = false;
  const dimPlan = (): void => {
    if (map.getLayer(PLAN) === undefined) return;
    map.setPaintProperty(PLAN, "raster-brightness-max", inTheDark ? 0.5 : 1);
    map.setPaintProperty(PLAN, "raster-saturation", inTheDark ? -0.45 : -0.2);
  };

  map.on("error", ({ error, ...event }) => {
    if ("sourceId" in event && event.sourceId === PLAN) {
      // Beyond its borders the plan has no image: that is no failure.
      if (!("status" in error) || error.status !== 404) onImage(false);
    } else onBroken();
  });
  map.on("data", (event) => {
    if ("sourceId" in event && event.sourceId === PLAN && "tile" in event && event.tile !== undefined) onImage(true);
  });

  return {
    layer,
    zoom: () => map.getZoom(),
    size: () => ({ width: container.clientWidth, height: container.clientHeight }),
    pixels: (longitude, latitude) => map.project([longitude, latitude]),
    bounds: () => {
      const seen = map.getBounds();
      return [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()];
    },
    onMove: (listener) => {
      map.on("move", listener);
      map.on("resize", listener);
      return () => {
        map.off("move", listener);
        map.off("resize", listener);
      };
    },
    onResize: (listener) => {
      map.on("resize", listener);
      return () => void map.off("resize", listener);
    },
    whenAtRest: (work) => {
      if (map.isMoving()) map.once("moveend", work);
      else work();
    },
    fit: (to, closest) => void map.fitBounds([...to], { padding: MARGIN, maxZoom: closest, duration: calm ? 0 : 500 }),
    goTo: (longitude, latitude, zoomMin) =>
      void map.easeTo({
        center: [longitude, latitude],
        zoom: Math.max(zoomMin, map.getZoom()),
        duration: calm ? 0 : 400,
      }),
    zoomBy: (steps) => void map.zoomTo(map.getZoom() + steps, { duration: calm ? 0 : 250 }),
    describe: (title) => map.getCanvas().setAttribute("aria-label", title),
    paint: (colour, dark) => {
      inTheDark = dark;
      whenStyled(() => {
        map.setPaintProperty("ground", "background-color", colour);
        dimPlan();
      });
    },
    showPlan: (shown) => {
      planShown = shown;
      whenStyled(() => {
        // The wish may have changed while the style was loading.
        if ((map.getSource(PLAN) !== undefined) === planShown) return;
        if (planShown) {
          map.addSource(PLAN, { type: "raster", tiles: [PLAN_TILES], tileSize: 256, maxzoom: PLAN_ZOOM_MAX });
          map.addLayer({
            id: PLAN,
            type: "raster",
            source: PLAN,
            paint: { "raster-fade-duration": calm ? 0 : FADE_MS },
          });
          dimPlan();
        } else {
          map.removeLayer(PLAN);
          map.removeSource(PLAN);
        }
      });
    },
    close: () => map.remove(),
  };
}

const PLAN = "plan";

/** Whether it is for want of WebGL that a ground could not be made. */
export const isForWantOfGpu = (error: unknown): boolean => error instanceof GPUInitializationError;
