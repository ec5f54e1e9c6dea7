import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { AssetView, TerritoriesReply } from "../../api/schemas.ts";
import { useWords } from "../language.tsx";
import { Icon } from "../parts/icon.tsx";
import { Link } from "../parts/link.tsx";
import { Empty, Loading } from "../parts/notices.tsx";
import type { Route } from "../route.ts";
import type { Condition } from "../words/condition.ts";
import type { Ground } from "./ground.ts";
import { Legend } from "./legend.tsx";
import { Marks } from "./marks.tsx";
import { type Bounds, boundsOf, type Spot, spotsOfAssets, spotsOfCommunes } from "./spots.ts";
import { Together } from "./together.tsx";
import { useAppearance, useGround } from "./use-ground.ts";

interface AssetMapProps {
  readonly tree: TerritoriesReply;
  /** All of the commune or region: what the map opens on. */
  readonly inScope: readonly AssetView[];
  /** What the filter leaves of it: what the map shows. */
  readonly shown: readonly AssetView[];
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly route: Route;
  /** The region has more assets than are loaded: communes stand for theirs. */
  readonly capped: boolean;
  /** The list, where no map can be. */
  readonly children: ReactNode;
}

/** Closer than this a few assets in one street would fill the screen. */
const FIT_ZOOM_MAX = 17;

export function AssetMap({ tree, inScope, shown, conditions, route, capped, children }: AssetMapProps) {
  const { say } = useWords();
  const spots = useMemo(
    () => (capped ? spotsOfCommunes(tree) : spotsOfAssets(shown, conditions)),
    [capped, tree, shown, conditions],
  );
  const home = useHome(tree, inScope, route.commune, capped);
  const open = spots.find(({ key }) => key === route.asset);
  const host = useRef<HTMLDivElement>(null);
  const state = useGround(host, open === undefined ? home : boundsOf([open]), FIT_ZOOM_MAX);
  const planShown = useAppearance(state, say("map.title"));
  const [together, setTogether] = useState<readonly Spot[]>();
  const ground = state.kind === "open" ? state.ground : undefined;
  useCamera(ground, home, route.commune, open);
  if (home === undefined)
    return (
      <Empty title={say("map.nothingPlaced")}>
        <ToList route={route} className="button" />
      </Empty>
    );
  if (state.kind === "none")
    return (
      <>
        <p className="aside" role="status">
          <Icon name="map" />
          <span>{say(`map.${state.why}`)}</span>
        </p>
        {children}
      </>
    );
  const missing = capped ? 0 : shown.length - spots.length;
  return (
    <div className="map">
      <div className="map-frame">
        <div className="map-ground" ref={host} />
        {ground === undefined ? (
          <Loading />
        ) : (
          <>
            <Marks
              ground={ground}
              spots={spots}
              tree={tree}
              route={route}
              planShown={planShown === true}
              onTogether={setTogether}
            />
            <Controls ground={ground} home={home} />
            {planShown === undefined ? null : <p className="map-source">{say(planShown ? "map.ign" : "map.noPlan")}</p>}
          </>
        )}
        {together === undefined ? null : (
          <Together spots={together} route={route} onClose={() => setTogether(undefined)} />
        )}
      </div>
      <div className="map-foot">
        <Legend spots={spots} />
        <p className="quiet small">
          {capped ? say("map.byCommune") : say("map.approximate")}{" "}
          {shown.length === 0 ? `${say("list.noMatch")}. ` : null}
          {missing === 0 ? null : `${say("map.withoutPosition", { n: missing })}. `}
          <ToList route={route} />
        </p>
      </div>
    </div>
  );
}

function ToList({ route, className }: { route: Route; className?: string }) {
  const { say } = useWords();
  return (
    <Link to={{ ...route, view: "assets" }} {...(className === undefined ? {} : { className })}>
      {say("map.toList")}
    </Link>
  );
}

/** Around all of the scope; a commune without a placed asset is at least where the region says. */
function useHome(
  tree: TerritoriesReply,
  inScope: readonly AssetView[],
  commune: string | undefined,
  capped: boolean,
): Bounds | undefined {
  const [west, south, east, north] = useMemo((): readonly (number | undefined)[] => {
    const spots = capped ? spotsOfCommunes(tree) : spotsOfAssets(inScope, new Map());
    const places = spotsOfCommunes(tree).filter(({ key }) => commune === undefined || key === commune);
    return boundsOf(spots.length > 0 ? spots : places) ?? [];
  }, [tree, inScope, commune, capped]);
  // The same figures are the same bounds: a new reading must not move the map.
  return useMemo(
    () =>
      west === undefined || south === undefined || east === undefined || north === undefined
        ? undefined
        : [west, south, east, north],
    [west, south, east, north],
  );
}

/** Looks elsewhere when another commune is chosen, and keeps the open asset in sight. */
function useCamera(
  ground: Ground | undefined,
  home: Bounds | undefined,
  commune: string | undefined,
  open: Spot | undefined,
): void {
  const lookedAt = useRef(commune);
  useEffect(() => {
    if (ground === undefined || home === undefined || lookedAt.current === commune) return;
    lookedAt.current = commune;
    ground.fit(home, FIT_ZOOM_MAX);
  }, [ground, home, commune]);
  const [longitude, latitude] = [open?.longitude, open?.latitude];
  useEffect(() => {
    if (ground === undefined || longitude === undefined || latitude === undefined) return;
    const keepInSight = (): void => {
      const { width, height } = ground.size();
      const { x, y } = ground.pixels(longitude, latitude);
      const inside = x > EDGE_PX && y > EDGE_PX && x < width - EDGE_PX && y < height - EDGE_PX;
      if (!inside && width > 0) ground.goTo(longitude, latitude, 0);
    };
    keepInSight();
    // The panel beside it makes the map narrower a moment later.
    return ground.onResize(keepInSight);
  }, [ground, longitude, latitude]);
}

const EDGE_PX = 32;

function Controls({ ground, home }: { ground: Ground; home: Bounds }) {
  const { say } = useWords();
  const buttons = [
    { name: "plus", text: say("map.zoomIn"), work: () => ground.zoomBy(1) },
    { name: "minus", text: say("map.zoomOut"), work: () => ground.zoomBy(-1) },
    { name: "fit", text: say("map.fit"), work: () => ground.fit(home, FIT_ZOOM_MAX) },
  ] as const;
  return (
    <div className="map-controls">
      {buttons.map(({ name, text, work }) => (
        <button key={name} type="button" className="button" aria-label={text} title={text} onClick={work}>
          <Icon name={name} />
        </button>
      ))}
    </div>
  );
}
