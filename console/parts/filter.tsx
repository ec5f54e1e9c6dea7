/** Uses and search above list and map; both stand in the address. */
import { useEffect, useRef } from "react";
import type { AssetView } from "../../api/schemas.ts";
import { useWords } from "../language.tsx";
import { go, type Route } from "../route.ts";
import type { Condition } from "../words/condition.ts";
import { USES, type UseName, useInWords } from "../words/uses.ts";
import { Icon } from "./icon.tsx";

export const withFilter = (route: Route, filter: { use?: string | undefined; search?: string }): Route => ({
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
export function Filter({ assets, all, conditions, route }: FilterProps) {
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
  const tile = useRef<HTMLButtonElement>(null);
  // On a telephone the tiles are one long row, and the address may choose one at its end.
  useEffect(() => {
    if (pressed) tile.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pressed]);
  return (
    <button ref={tile} type="button" className="tile" aria-pressed={pressed} onClick={onPress}>
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
