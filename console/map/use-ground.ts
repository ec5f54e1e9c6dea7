/** Opens the ground in an element once there is something to show, loading MapLibre then and not before; closes it with the element. */
import { type RefObject, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useData } from "../data/use.ts";
import { useMedia } from "../media.ts";
import type { Ground } from "./ground.ts";
import type { Bounds } from "./spots.ts";

export type GroundState =
  | { readonly kind: "opening" }
  | { readonly kind: "open"; readonly ground: Ground }
  | { readonly kind: "none"; readonly why: "noWebgl" | "notLoaded" };

/** @param first where to look at first; undefined while nothing has a position */
export function useGround(
  host: RefObject<HTMLElement | null>,
  first: Bounds | undefined,
  zoomMax: number,
): GroundState {
  const [state, setState] = useState<GroundState>({ kind: "opening" });
  const { plan } = useData();
  const start = useRef({ first, zoomMax });
  start.current = { first, zoomMax };
  const ready = first !== undefined;
  useEffect(() => {
    if (!ready) return;
    let ground: Ground | undefined;
    let left = false;
    const fail = (why: "noWebgl" | "notLoaded"): void => {
      if (!left) setState({ kind: "none", why });
    };
    const open = async (): Promise<void> => {
      const { createGround, isForWantOfGpu } = await import("./ground.ts");
      const container = host.current;
      if (left || container === null) return;
      try {
        ground = createGround(container, {
          bounds: start.current.first!,
          zoomMax: start.current.zoomMax,
          onImage: plan.noteImage,
          onBroken: () => fail("notLoaded"),
        });
        setState({ kind: "open", ground });
      } catch (error) {
        fail(isForWantOfGpu(error) ? "noWebgl" : "notLoaded");
      }
    };
    open().catch(() => fail("notLoaded"));
    return () => {
      left = true;
      ground?.close();
      setState({ kind: "opening" });
    };
  }, [ready, host, plan]);
  return state;
}

/** Colours by the page's light or dark, the plan as soon as it can be had, a name for the canvas. Gives whether the plan is shown. */
export function useAppearance(state: GroundState, title: string): boolean | undefined {
  const ground = state.kind === "open" ? state.ground : undefined;
  const dark = useMedia("(prefers-color-scheme: dark)");
  const { plan } = useData();
  const known = useSyncExternalStore(plan.subscribe, plan.state);
  useEffect(() => (ground === undefined ? undefined : plan.start()), [ground, plan]);
  useEffect(() => ground?.showPlan(known === "there"), [ground, known]);
  useEffect(() => {
    ground?.paint(getComputedStyle(document.documentElement).getPropertyValue("--map-ground").trim(), dark);
  }, [ground, dark]);
  useEffect(() => ground?.describe(title), [ground, title]);
  return known === "unknown" ? undefined : known === "there";
}
