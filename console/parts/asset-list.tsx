import { useMemo } from "react";
import type { AssetView, TerritoriesReply } from "../../api/schemas.ts";
import type { Assets } from "../data/assets.ts";
import { useWords } from "../language.tsx";
import { AssetMap } from "../map/asset-map.tsx";
import { go, type Route } from "../route.ts";
import { assetTitle, type Condition } from "../words/condition.ts";
import { finds } from "../words/search.ts";
import { isUse, USES } from "../words/uses.ts";
import type { Words } from "../words/words.ts";
import { AssetRow } from "./asset-row.tsx";
import { Filter, withFilter } from "./filter.tsx";
import { Icon } from "./icon.tsx";
import { ManyLamps } from "./many-lamps.tsx";
import { Empty } from "./notices.tsx";

interface AssetsProps {
  readonly tree: TerritoriesReply;
  readonly assets: Assets;
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly route: Route;
  readonly placeNames: ReadonlyMap<string, string>;
}

/** What the filter leaves of a commune or the region, as a list or on the map. */
export function AssetsInScope({ tree, assets, conditions, route, placeNames }: AssetsProps) {
  const words = useWords();
  const { say } = words;
  const inScope = useMemo(
    () => assets.list.filter(({ commune }) => route.commune === undefined || commune === route.commune),
    [assets, route.commune],
  );
  const found = useMemo(
    () => select(inScope, route.search ?? "", placeNames, words),
    [inScope, route.search, placeNames, words],
  );
  const shown = useMemo(
    () => (route.use === undefined ? found : found.filter(({ use }) => use === route.use)),
    [found, route.use],
  );
  if (inScope.length === 0) return <Empty title={say("list.empty")} help={say("list.emptyHelp")} />;
  const capped = assets.capped && route.commune === undefined;
  const list = <AssetList assets={shown} conditions={conditions} route={route} placeNames={placeNames} />;
  return (
    <>
      <Filter assets={found} all={inScope} conditions={conditions} route={route} />
      {capped && route.view !== "map" ? (
        <p className="quiet capped">{say("list.capped", { n: assets.list.length })}</p>
      ) : null}
      <ManyLamps assets={shown} />
      {route.view === "map" ? (
        <AssetMap tree={tree} inScope={inScope} shown={shown} conditions={conditions} route={route} capped={capped}>
          {list}
        </AssetMap>
      ) : (
        list
      )}
    </>
  );
}

type AssetListProps = Omit<AssetsProps, "tree" | "assets"> & { readonly assets: readonly AssetView[] };

/** What needs somebody first. */
function AssetList({ assets, conditions, route, placeNames }: AssetListProps) {
  const { say } = useWords();
  if (assets.length === 0)
    return (
      <Empty title={say("list.noMatch")} help={say("list.noMatchHelp")}>
        <button type="button" className="button" onClick={() => go(withFilter(route, {}), "replace")}>
          {say("list.reset")}
        </button>
      </Empty>
    );
  const attention = assets.filter(({ ref }) => conditions.get(ref)?.attention);
  const others = assets.filter(({ ref }) => !conditions.get(ref)?.attention);
  const section = { conditions, route, placeNames: route.commune === undefined ? placeNames : undefined };
  return (
    <>
      <Section {...section} title={say("list.attention")} assets={attention} urgent />
      <Section {...section} title={attention.length === 0 ? say("list.allWell") : say("list.others")} assets={others} />
    </>
  );
}

function select(
  assets: readonly AssetView[],
  wanted: string,
  placeNames: ReadonlyMap<string, string>,
  words: Words,
): readonly AssetView[] {
  const matching =
    wanted.trim() === ""
      ? assets
      : assets.filter((asset) =>
          finds(
            [asset.name, assetTitle(asset, words), asset.ref, placeNames.get(asset.commune), asset.device?.devEui].join(
              " ",
            ),
            wanted,
          ),
        );
  const rank = (use: string): number => (isUse(use) ? USES.indexOf(use) : USES.length);
  const places = new Map([...placeNames.keys()].map((insee, index) => [insee, index]));
  const place = ({ commune }: AssetView): number => places.get(commune) ?? places.size;
  return matching.toSorted((a, b) => rank(a.use) - rank(b.use) || place(a) - place(b) || (a.ref < b.ref ? -1 : 1));
}

interface SectionProps {
  readonly title: string;
  readonly assets: readonly AssetView[];
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly route: Route;
  readonly placeNames: ReadonlyMap<string, string> | undefined;
  readonly urgent?: boolean;
}

function Section({ title, assets, conditions, route, placeNames, urgent }: SectionProps) {
  if (assets.length === 0) return null;
  return (
    <section className={`rows ${urgent ? "rows-urgent" : ""}`}>
      <h2 className="rows-title">
        {urgent ? <Icon name="alert" /> : null}
        {title} <span className="rows-count">{assets.length}</span>
      </h2>
      <ul>
        {assets.map((asset) => (
          <AssetRow
            key={asset.ref}
            asset={asset}
            condition={conditions.get(asset.ref)!}
            place={placeNames === undefined ? undefined : (placeNames.get(asset.commune) ?? asset.commune)}
            to={{ ...route, asset: asset.ref }}
            current={route.asset === asset.ref}
            replaces={route.asset !== undefined}
          />
        ))}
      </ul>
    </section>
  );
}
