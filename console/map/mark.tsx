/** One mark on the map. What it says stands in words beside its sign: read aloud, and shown when it is pointed at. */
import type { FocusEvent, MouseEvent } from "react";
import type { AssetView, TerritoriesReply } from "../../api/schemas.ts";
import { useWords } from "../language.tsx";
import { Icon, type IconName, isIcon } from "../parts/icon.tsx";
import { Link } from "../parts/link.tsx";
import type { Route } from "../route.ts";
import { assetTitle, stateInWords } from "../words/condition.ts";
import type { Bunch } from "./cluster.ts";
import { nameOf } from "./names.ts";
import type { MarkState, Spot } from "./spots.ts";

interface MarkProps {
  readonly tabIndex: number;
  readonly onFocus: (element: HTMLElement) => void;
}

/** The sign within a mark; where the state has none of its own, the use's. */
export function signOf(state: MarkState, use: string): IconName {
  if (state === "alarm") return "alert";
  if (state === "silent") return "silent";
  if (state === "lit") return "lit";
  if (state === "free") return "check";
  return isIcon(use) ? use : "all";
}

export function Pin({
  spot,
  asset,
  route,
  tabIndex,
  onFocus,
}: MarkProps & { spot: Spot; asset: AssetView; route: Route }) {
  const words = useWords();
  const state = spot.state ?? "fine";
  const title = assetTitle(asset, words);
  return (
    <li data-ref={asset.ref} className={state === "alarm" ? "map-mark map-mark-urgent" : "map-mark"}>
      <Link
        to={{ ...route, asset: asset.ref }}
        className={`pin pin-${state} ${spot.attention > 0 ? "pin-attention" : ""}`}
        current={route.asset === asset.ref}
        replaces={route.asset !== undefined}
        tabIndex={tabIndex}
        draggable={false}
        onFocus={(event: FocusEvent<HTMLElement>) => onFocus(event.currentTarget)}
      >
        <span className="pin-sign">
          <Icon name={signOf(state, asset.use)} />
        </span>
        <span className="pin-tip">
          <strong>{asset.name ?? title}</strong>
          {asset.name === undefined ? null : <span className="pin-tip-quiet">{title}</span>}
          <span>{[stateInWords(asset, words), ...whysInWords(spot, words.say)].join(" · ")}</span>
        </span>
      </Link>
    </li>
  );
}

const whysInWords = ({ state, whys = [] }: Spot, say: ReturnType<typeof useWords>["say"]): string[] => {
  const told = whys.filter((why) => why !== "why.silent").map((why) => say(why));
  return state === "silent" || whys.includes("why.silent") ? [...told, say("why.silent")] : told;
};

interface BunchMarkProps extends MarkProps {
  readonly bunch: Bunch<Spot>;
  readonly tree: TerritoriesReply;
  readonly onOpen: (byKeyboard: boolean) => void;
}

export function BunchMark({ bunch, tree, onOpen, tabIndex, onFocus }: BunchMarkProps) {
  const { say, format } = useWords();
  const count = bunch.members.reduce((sum, spot) => sum + spot.count, 0);
  const attention = bunch.members.reduce((sum, spot) => sum + spot.attention, 0);
  const name = nameOf([...new Set(bunch.members.map(({ commune }) => commune))], tree);
  const what = [name, say("list.count", { n: count })];
  if (attention > 0) what.push(say("tree.attention", { n: attention }));
  return (
    <li className={`map-mark ${attention > 0 ? "map-mark-urgent" : ""}`}>
      <button
        type="button"
        className="bunch"
        tabIndex={tabIndex}
        onFocus={(event) => onFocus(event.currentTarget)}
        // A click made by a key has no place.
        onClick={(event: MouseEvent) => onOpen(event.detail === 0)}
      >
        <span aria-hidden="true">{format.number(count)}</span>
        {attention === 0 ? null : (
          <span className="bunch-attention" aria-hidden="true">
            <Icon name="alert" />
            {format.number(attention)}
          </span>
        )}
        <span className="unseen">
          {say("map.zoomInHere", { what: what.filter((part) => part !== undefined).join(", ") })}
        </span>
      </button>
    </li>
  );
}

/** A commune of a region too large to be shown asset by asset. */
export function CommuneMark({
  spot,
  tree,
  route,
  tabIndex,
  onFocus,
}: MarkProps & { spot: Spot; tree: TerritoriesReply; route: Route }) {
  const { say, format } = useWords();
  const { use, view } = route;
  return (
    <li className="map-mark">
      <Link
        to={{ view, commune: spot.commune, ...(use === undefined ? {} : { use }) }}
        className="bunch bunch-commune"
        tabIndex={tabIndex}
        draggable={false}
        onFocus={(event: FocusEvent<HTMLElement>) => onFocus(event.currentTarget)}
      >
        <span aria-hidden="true">{format.number(spot.count)}</span>
        <span className="unseen">
          {say("map.openCommune", {
            commune: nameOf([spot.commune], tree) ?? spot.commune,
            what: say("list.count", { n: spot.count }),
          })}
        </span>
      </Link>
    </li>
  );
}
