import { useCallback, useMemo, useRef } from "react";
import type { BoxView, TerritoriesReply } from "../../api/schemas.ts";
import { ASSETS_MAX, type Assets } from "../data/assets.ts";
import { useData, useNow, useResource } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { go, type Route, VIEWS, type View } from "../route.ts";
import { boxesOf, namesOfCommunes } from "../words/box.ts";
import { assetTitle, type Condition, conditionOf } from "../words/condition.ts";
import { AssetsInScope } from "./asset-list.tsx";
import { AssetDetails, Panel, underTitle } from "./asset-panel.tsx";
import { BoxBanners } from "./banners.tsx";
import { Boxes } from "./boxes.tsx";
import { Exchanges } from "./exchanges.tsx";
import { Link } from "./link.tsx";
import { Await, Empty, Failed } from "./notices.tsx";
import { type CommuneState, Places, PlacesDrawer } from "./places.tsx";
import { Queue } from "./queue.tsx";

interface ScopeProps {
  readonly tree: TerritoriesReply;
  readonly route: Route;
  readonly narrow: boolean;
  readonly drawer: boolean;
  readonly onDrawerClose: () => void;
}

/** A commune or the whole region: tree, heading, banners, the chosen view, and the open asset beside it. */
export function Scope({ tree, route, narrow, drawer, onDrawerClose }: ScopeProps) {
  const data = useData();
  const names = useMemo(() => namesOfCommunes(tree), [tree]);
  const assets = useResource(data.assets(loadedScope(tree, route.commune)));
  const boxes = useResource(data.boxes);
  const known = boxes.data?.boxes ?? NO_BOXES;
  const conditions = useConditions(assets.data, known);
  const states = useStates(assets.data, known, conditions);
  const opened = useRef(route.asset);
  const close = useCallback(() => {
    const { asset, ...rest } = route;
    go(rest, "replace");
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-ref="${CSS.escape(asset ?? "")}"] a`)?.focus({ preventScroll: true }),
    );
  }, [route]);
  const { say } = useWords();
  return (
    <div className={`shell ${route.asset === undefined ? "" : "shell-with-panel"}`}>
      {narrow ? (
        <PlacesDrawer tree={tree} states={states} route={route} open={drawer} onClose={onDrawerClose} />
      ) : (
        <nav className="places" aria-label={say("tree.title")}>
          <Places tree={tree} states={states} route={route} />
        </nav>
      )}
      <main id="content" className={`content content-${route.view}`} inert={narrow && route.asset !== undefined}>
        <Heading tree={tree} route={route} names={names} />
        <BoxBanners boxes={boxesOf(known, route.commune)} names={names} commune={route.commune} view={route.view} />
        <Views route={route} />
        {route.view === "queue" ? (
          <Queue commune={route.commune} />
        ) : route.view === "exchanges" ? (
          <Await of={boxes}>{(reply) => <Exchanges boxes={boxesOf(reply.boxes, route.commune)} names={names} />}</Await>
        ) : route.view === "boxes" ? (
          <Await of={boxes}>{(reply) => <Boxes boxes={boxesOf(reply.boxes, route.commune)} names={names} />}</Await>
        ) : (
          <>
            {assets.data !== undefined && assets.failure?.kind === "malformed" ? (
              <Failed failure={assets.failure} />
            ) : null}
            <Await of={assets}>
              {(list) => (
                <AssetsInScope tree={tree} assets={list} conditions={conditions} route={route} placeNames={names} />
              )}
            </Await>
          </>
        )}
      </main>
      {route.asset === undefined ? null : (
        <OpenAsset
          reference={route.asset}
          assets={assets}
          boxes={known}
          names={names}
          takesFocus={opened.current !== route.asset}
          onClose={close}
        />
      )}
    </div>
  );
}

const NO_BOXES: readonly BoxView[] = [];

/** A small region is loaded whole and each commune is there at once; a large one by commune. */
function loadedScope(tree: TerritoriesReply, commune: string | undefined): string | undefined {
  const total = tree.territories.flatMap(({ communes }) => communes).reduce((sum, { assets }) => sum + assets, 0);
  return total > ASSETS_MAX ? commune : undefined;
}

function useConditions(assets: Assets | undefined, boxes: readonly BoxView[]): ReadonlyMap<string, Condition> {
  const now = useNow();
  return useMemo(() => {
    const silent = new Set(boxes.filter(({ alive }) => !alive).map(({ box }) => box));
    return new Map((assets?.list ?? []).map((asset) => [asset.ref, conditionOf(asset, now, !silent.has(asset.box))]));
  }, [assets, boxes, now]);
}

function useStates(
  assets: Assets | undefined,
  boxes: readonly BoxView[],
  conditions: ReadonlyMap<string, Condition>,
): ReadonlyMap<string, CommuneState> {
  return useMemo(() => {
    const states = new Map<string, CommuneState>();
    for (const { alive, communes } of boxes)
      if (!alive) for (const insee of communes) states.set(insee, { attention: 0, silent: true });
    for (const { ref, commune } of assets?.list ?? []) {
      if (!conditions.get(ref)?.attention) continue;
      const before = states.get(commune) ?? { attention: 0, silent: false };
      states.set(commune, { ...before, attention: before.attention + 1 });
    }
    return states;
  }, [assets, boxes, conditions]);
}

function Heading({ tree, route, names }: Pick<ScopeProps, "tree" | "route"> & { names: ReadonlyMap<string, string> }) {
  const { say } = useWords();
  const territory = tree.territories.find(({ communes }) => communes.some(({ insee }) => insee === route.commune));
  return (
    <div className="heading">
      <h1>{route.commune === undefined ? tree.region : (names.get(route.commune) ?? route.commune)}</h1>
      <p className="quiet">
        {territory === undefined
          ? route.commune === undefined
            ? `${say("commune.territories", { n: tree.territories.length })}, ${say("commune.communes", { n: names.size })}`
            : null
          : territory.name}
      </p>
    </div>
  );
}

const isOfAssets = (view: View): boolean => view === "assets" || view === "map";

function Views({ route }: { route: Route }) {
  const { say } = useWords();
  const text = (view: View): string =>
    view === "boxes" ? say(route.commune === undefined ? "view.boxesAll" : "view.boxes") : say(`view.${view}`);
  const scope = route.commune === undefined ? {} : { commune: route.commune };
  // List and map are two ways to see the same assets: filter and open asset stay.
  return (
    <nav className="views" aria-label={say("view.switch")}>
      {VIEWS.map((view) => (
        <Link
          key={view}
          to={isOfAssets(view) && isOfAssets(route.view) ? { ...route, view } : { view, ...scope }}
          current={view === route.view}
        >
          {text(view)}
        </Link>
      ))}
    </nav>
  );
}

interface OpenAssetProps {
  readonly reference: string;
  readonly assets: ReturnType<typeof useResource<Assets>>;
  readonly boxes: readonly BoxView[];
  readonly names: ReadonlyMap<string, string>;
  readonly takesFocus: boolean;
  readonly onClose: () => void;
}

function OpenAsset({ reference, assets, boxes, names, takesFocus, onClose }: OpenAssetProps) {
  const words = useWords();
  const asset = assets.data?.list.find(({ ref }) => ref === reference);
  const common = { about: reference, takesFocus, onClose };
  if (asset === undefined)
    return (
      <Panel {...common} title={reference} under="">
        <Await of={assets}>
          {() => <Empty title={words.say("asset.missing")} help={words.say("asset.missingHelp")} />}
        </Await>
      </Panel>
    );
  const place = names.get(asset.commune) ?? asset.commune;
  return (
    <Panel {...common} title={asset.name ?? assetTitle(asset, words)} under={underTitle(asset, place, words)}>
      <AssetDetails asset={asset} box={boxes.find(({ box }) => box === asset.box)} />
    </Panel>
  );
}
