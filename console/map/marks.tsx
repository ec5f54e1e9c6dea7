import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import type { TerritoriesReply } from "../../api/schemas.ts";
import { useWords } from "../language.tsx";
import type { Route } from "../route.ts";
import { type Bunch, cluster, positionOf } from "./cluster.ts";
import type { Ground } from "./ground.ts";
import { BunchMark, CommuneMark, Pin } from "./mark.tsx";
import { type PlaceName, placeNames } from "./names.ts";
import { targetsIn, useRoving } from "./roving.ts";
import { boundsOf, type Spot } from "./spots.ts";
import { isWithin, useMapView, worldPx, ZOOM_MAX } from "./view.ts";

interface MarksProps {
  readonly ground: Ground;
  readonly spots: readonly Spot[];
  readonly tree: TerritoriesReply;
  readonly route: Route;
  readonly planShown: boolean;
  /** Marks that no zoom can part. */
  readonly onTogether: (spots: readonly Spot[]) => void;
}

/** As far apart as two things for fingers must be: 44 px and a breath. */
const APART_PX = 50;

/** The page's own elements over the canvas: links to assets, buttons for what lies together, names of communes. */
export function Marks({ ground, spots, tree, route, planShown, onTogether }: MarksProps) {
  const { say } = useWords();
  const view = useMapView(ground);
  const scale = worldPx(view.level);
  const bunches = useMemo(() => {
    // The open asset stands for itself, wherever its neighbours are.
    const open = spots.filter(({ key }) => key === route.asset);
    const others = spots.filter(({ key }) => key !== route.asset);
    return [
      ...cluster(others, APART_PX / scale),
      ...open.map((spot): Bunch<Spot> => ({ x: spot.x, y: spot.y, members: [spot] })),
    ];
  }, [spots, route.asset, scale]);
  const shown = useMemo(
    () =>
      bunches.filter((bunch) => {
        const { longitude, latitude } = positionOf(bunch);
        return isWithin(view.around, longitude, latitude);
      }),
    [bunches, view],
  );
  const names = useMemo(
    () => (route.commune === undefined ? placeNames(bunches, tree, scale, !planShown) : []),
    [bunches, tree, scale, planShown, route.commune],
  );
  const marks = useRef<HTMLUListElement>(null);
  const labels = useRef<HTMLDivElement>(null);
  usePlaces(ground, marks, shown);
  usePlaces(ground, labels, names);
  useRoving(ground);
  const [stop, setStop] = useState<string>();
  const stopHere = shown.some((bunch) => keyOf(bunch) === stop) ? stop : shown[0] && keyOf(shown[0]);
  const part = usePart(ground, onTogether);
  return createPortal(
    <>
      <div ref={labels} className="map-names" aria-hidden="true">
        {names.map(({ text, side }) => (
          <span key={text} className={`map-name map-name-${side}`}>
            <span>{text}</span>
          </span>
        ))}
      </div>
      <ul ref={marks} className="map-marks" aria-label={say("map.marks")}>
        {shown.map((bunch) => {
          const common = {
            tabIndex: keyOf(bunch) === stopHere ? 0 : -1,
            onFocus: (element: HTMLElement) => {
              setStop(keyOf(bunch));
              bringIntoView(ground, element, bunch);
            },
          };
          const [only] = bunch.members;
          if (bunch.members.length > 1)
            return (
              <BunchMark
                key={keyOf(bunch)}
                {...common}
                bunch={bunch}
                tree={tree}
                onOpen={(byKeyboard) => part(bunch, byKeyboard)}
              />
            );
          if (only!.asset === undefined)
            return <CommuneMark key={keyOf(bunch)} {...common} spot={only!} tree={tree} route={route} />;
          return <Pin key={keyOf(bunch)} {...common} spot={only!} asset={only!.asset} route={route} />;
        })}
      </ul>
    </>,
    ground.layer,
  );
}

const keyOf = ({ members }: Bunch<Spot>): string =>
  members.length === 1 ? members[0]!.key : `${members[0]!.key}+${members.length}`;

/** Half of what a tip may take beside its mark, and what it takes above. */
const TIP_ASIDE_PX = 130;
const TIP_ABOVE_PX = 92;

/** Each child of the list stands where its place is, and follows the ground without React being asked. */
function usePlaces(
  ground: Ground,
  list: RefObject<HTMLElement | null>,
  places: readonly (Bunch<Spot> | PlaceName)[],
): void {
  useLayoutEffect(() => {
    const positions = places.map(positionOf);
    const follow = (): void => {
      const { width } = ground.size();
      for (const [index, element] of [...(list.current?.children ?? [])].entries()) {
        const position = positions[index];
        if (position === undefined || !(element instanceof HTMLElement)) continue;
        const { x, y } = ground.pixels(position.longitude, position.latitude);
        element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
        element.dataset.tip = `${y < TIP_ABOVE_PX ? "below" : "above"}-${
          x < TIP_ASIDE_PX ? "left" : x > width - TIP_ASIDE_PX ? "right" : "middle"
        }`;
      }
    };
    follow();
    return ground.onMove(follow);
  }, [ground, list, places]);
}

/** What the keyboard reaches may lie just outside. */
function bringIntoView(ground: Ground, element: HTMLElement, bunch: Bunch<Spot>): void {
  const { width, height } = ground.size();
  const { longitude, latitude } = positionOf(bunch);
  const { x, y } = ground.pixels(longitude, latitude);
  if (element.matches(":focus-visible") && (x < 0 || y < 0 || x > width || y > height))
    ground.goTo(longitude, latitude, 0);
}

/** Zooms until the members part, or tells that none will do. By keyboard the focus goes on to what came out. */
function usePart(ground: Ground, onTogether: (spots: readonly Spot[]) => void) {
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
    };
  }, []);
  return ({ x, y, members }: Bunch<Spot>, byKeyboard: boolean): void => {
    if (cluster(members, APART_PX / worldPx(ZOOM_MAX)).length === 1) {
      onTogether(members);
      return;
    }
    ground.fit(boundsOf(members)!, ZOOM_MAX);
    if (!byKeyboard) return;
    ground.whenAtRest(() =>
      // After the marks have been counted anew.
      requestAnimationFrame(() => {
        if (left.current) return;
        const { latitude, longitude } = positionOf({ x, y });
        const middle = ground.pixels(longitude, latitude);
        const { left: edge, top } = ground.layer.getBoundingClientRect();
        const distance = (one: HTMLElement): number => {
          const box = one.getBoundingClientRect();
          return Math.hypot(box.left + box.width / 2 - edge - middle.x, box.top + box.height / 2 - top - middle.y);
        };
        targetsIn(ground.layer)
          .toSorted((a, b) => distance(a) - distance(b))[0]
          ?.focus({ preventScroll: true });
      }),
    );
  };
}
