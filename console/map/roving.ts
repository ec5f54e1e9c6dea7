/** Many marks, one stop of the tab key: arrows lead from the focused mark to the nearest in their direction. */
import { useEffect } from "react";
import type { Ground } from "./ground.ts";

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What lies aside counts more than what lies ahead, so that a straight way stays straight. */
const ASIDE_WEIGHT = 2;

export interface Middle {
  readonly x: number;
  readonly y: number;
}

/** Index of the nearest of `others` seen from `from` within a right angle around `way`; undefined when nothing lies there. Pure. */
export function nearestTowards(
  from: Middle,
  others: readonly Middle[],
  [wayX, wayY]: readonly [number, number],
): number | undefined {
  let best: { index: number; cost: number } | undefined;
  for (const [index, { x, y }] of others.entries()) {
    const [dx, dy] = [x - from.x, y - from.y];
    const ahead = dx * wayX + dy * wayY;
    const aside = Math.abs(dx * wayY) + Math.abs(dy * wayX);
    if (ahead <= 0 || aside > ahead) continue;
    const cost = ahead + ASIDE_WEIGHT * aside;
    if (best === undefined || cost < best.cost) best = { index, cost };
  }
  return best?.index;
}

const middleOf = (element: Element): Middle => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
};

export const targetsIn = (layer: HTMLElement): HTMLElement[] => [
  ...layer.querySelectorAll<HTMLElement>(".pin, .bunch"),
];

/** Listens on the layer itself: further out MapLibre would take the arrows for itself and move the map. */
export function useRoving(ground: Ground): void {
  useEffect(() => {
    const { layer } = ground;
    const onKey = (event: KeyboardEvent): void => {
      const way = WAYS[event.key];
      const here = document.activeElement;
      if (way === undefined || here === null || event.altKey || event.ctrlKey || event.metaKey) return;
      const others = targetsIn(layer).filter((one) => one !== here);
      event.preventDefault();
      event.stopPropagation();
      const next = nearestTowards(middleOf(here), others.map(middleOf), way);
      if (next !== undefined) others[next]!.focus({ preventScroll: true });
    };
    layer.addEventListener("keydown", onKey);
    return () => layer.removeEventListener("keydown", onKey);
  }, [ground]);
}
