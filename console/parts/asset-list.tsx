import { useMemo } from "react";
import type { AssetView } from "../../api/schemas.ts";
import type { Assets } from "../data/assets.ts";
import { useWords } from "../language.tsx";
import { go, type Route } from "../route.ts";
import { assetTitle, type Condition } from "../words/condition.ts";
import { finds } from "../words/search.ts";
import { isUse, USES, type UseName, useInWords } from "../words/uses.ts";
import type { Words } from "../words/words.ts";
import { AssetRow } from "./asset-row.tsx";
import { Icon } from "./icon.tsx";
import { Empty } from "./notices.tsx";

interface AssetListProps {
  readonly assets: Assets;
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly route: Route;
  readonly placeNames: ReadonlyMap<string, string>;
}

export function AssetList({ assets, conditions, route, placeNames }: AssetListProps) {
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
  if (inScope.length === 0) return <Empty title={say("list.empty")} help={say("list.emptyHelp")} />;
  const shown = route.use === undefined ? found : found.filter(({ use }) => use === route.use);
  const attention = shown.filter(({ ref }) => conditions.get(ref)?.attention);
  const others = shown.filter(({ ref }) => !conditions.get(ref)?.attention);
  const section = { conditions, route, placeNames: route.commune === undefined ? placeNames : undefined };
  return (
    <>
      <Filter assets={found} all={inScope} conditions={conditions} route={route} />
      {assets.capped && route.commune === undefined ? (
        <p className="quiet capped">{say("list.capped", { n: assets.list.length })}</p>
      ) : null}
      {shown.length === 0 ? (
        <Empty title={say("list.noMatch")} help={say("list.noMatchHelp")}>
          <button type="button" className="button" onClick={() => go(withFilter(route, {}), "replace")}>
            {say("list.reset")}
          </button>
        </Empty>
      ) : (
        <>
          <Section {...section} title={say("list.attention")} assets={attention} urgent />
          <Section
            {...section}
            title={attention.length === 0 ? say("list.allWell") : say("list.others")}
            assets={others}
          />
        </>
      )}
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

const withFilter = (route: Route, filter: { use?: string | undefined; search?: string }): Route => ({
  view: route.view,
  ...(route.commune === undefined ? {} : { commune: route.commune }),
  ...(route.asset === undefined ? {} : { asset: route.asset }),
  ...(filter.use === undefined ? {} : { use: filter.use }),
  ...(filter.search ? { search: filter.search } : {}),
});

interface FilterProps {
  readonly assets: readonly AssetView[];
  readonly all: readonly AssetView[];
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly route: Route;
}

/** The uses as tiles: what each tells at a glance, and a click shows only its assets. */
function Filter({ assets, all, conditions, route }: FilterProps) {
  const { say } = useWords();
  const search = route.search ?? "";
  const choose = (use: string | undefined): void => go(withFilter(route, { use, search }), "replace");
  const present = USES.filter((use) => all.some((asset) => asset.use === use));
  return (
    <div className="filter">
      <fieldset className="tiles">
        <legend className="unseen">{say("use.filter")}</legend>
        <button
          type="button"
          className="tile tile-all"
          aria-pressed={route.use === undefined}
          onClick={() => choose(undefined)}
        >
          <Icon name="all" />
          <span className="tile-name">{say("use.all")}</span>
          <span className="tile-words">{say("list.count", { n: assets.length })}</span>
        </button>
        {present.map((use) => (
          <Tile
            key={use}
            use={use}
            assets={assets.filter((asset) => asset.use === use)}
            conditions={conditions}
            pressed={route.use === use}
            onPress={() => choose(route.use === use ? undefined : use)}
          />
        ))}
      </fieldset>
      <label className="search">
        <span className="unseen">{say("list.search")}</span>
        <Icon name="search" />
        <input
          type="search"
          value={search}
          placeholder={say("list.search")}
          onChange={(event) => go(withFilter(route, { use: route.use, search: event.target.value }), "replace")}
        />
      </label>
    </div>
  );
}

interface TileProps {
  readonly use: UseName;
  readonly assets: readonly AssetView[];
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly pressed: boolean;
  readonly onPress: () => void;
}

function Tile({ use, assets, conditions, pressed, onPress }: TileProps) {
  const { say } = useWords();
  const attention = assets.filter(({ ref }) => conditions.get(ref)?.attention).length;
  return (
    <button type="button" className="tile" aria-pressed={pressed} onClick={onPress}>
      <Icon name={use} />
      <span className="tile-name">{say(`use.${use}`)}</span>
      {attention === 0 ? null : (
        <span className="mark mark-alert tile-mark">
          <Icon name="alert" />
          <span aria-hidden="true">{attention}</span>
          <span className="unseen">{say("tree.attention", { n: attention })}</span>
        </span>
      )}
      <span className="tile-words">{useInWords(use, assets, conditions, say)}</span>
    </button>
  );
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
