import { memo } from "react";
import type { AssetView } from "../../api/schemas.ts";
import { useWords } from "../language.tsx";
import type { Route } from "../route.ts";
import { assetTitle, type Condition, stateInWords } from "../words/condition.ts";
import { Age } from "./age.tsx";
import { Icon, isIcon } from "./icon.tsx";
import { Link } from "./link.tsx";

interface AssetRowProps {
  readonly asset: AssetView;
  readonly condition: Condition;
  /** Name of the commune, where several are shown. */
  readonly place: string | undefined;
  readonly to: Route;
  readonly current: boolean;
}

export const AssetRow = memo(
  function AssetRow({ asset, condition, place, to, current }: AssetRowProps) {
    const words = useWords();
    const title = assetTitle(asset, words);
    const under = [asset.name === undefined ? undefined : title, place].filter((part) => part !== undefined);
    return (
      <li className="row-item" data-ref={asset.ref}>
        <Link to={to} className={`row ${condition.stale ? "row-stale" : ""}`} current={current}>
          <span className="row-sign">
            <Icon name={isIcon(asset.use) ? asset.use : "all"} />
          </span>
          <span className="row-name">
            <span className="row-title">{asset.name ?? title}</span>
            {under.length === 0 ? null : <span className="row-under">{under.join(" · ")}</span>}
          </span>
          <span className="row-state">
            <span className="row-words">{stateInWords(asset, words)}</span>
            <Whys condition={condition} />
          </span>
          <LastNews asset={asset} stale={condition.stale} />
        </Link>
      </li>
    );
  },
  (before, after) =>
    before.asset === after.asset &&
    before.current === after.current &&
    before.place === after.place &&
    before.to.use === after.to.use &&
    before.to.search === after.to.search &&
    before.to.commune === after.to.commune &&
    before.condition.stale === after.condition.stale &&
    before.condition.whys.join() === after.condition.whys.join(),
);

/** Reasons to look, each a sign and words; silence is told by the age itself. */
export function Whys({ condition }: { condition: Condition }) {
  const { say } = useWords();
  const told = condition.whys.filter((why) => why !== "why.silent");
  if (told.length === 0) return null;
  return (
    <span className="whys">
      {told.map((why) => (
        <span key={why} className="mark mark-alert">
          <Icon name="alert" />
          {say(why)}
        </span>
      ))}
    </span>
  );
}

function LastNews({ asset, stale }: { asset: AssetView; stale: boolean }) {
  const { say } = useWords();
  if (asset.lastSeenAt === undefined)
    return (
      <span className="row-age stale">
        <Icon name="silent" />
        {say("list.never")}
      </span>
    );
  if (!stale) return <Age at={asset.lastSeenAt} className="row-age" />;
  return (
    <span className="row-age stale">
      <Icon name="silent" />
      <span>
        {say("list.silent")} <Age at={asset.lastSeenAt} />
      </span>
    </span>
  );
}
