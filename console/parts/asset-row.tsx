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
  /** An asset is already open: this one takes its place, and back still leads to the list. */
  readonly replaces: boolean;
}

export const AssetRow = memo(
  function AssetRow({ asset, condition, place, to, current, replaces }: AssetRowProps) {
    const words = useWords();
    const title = assetTitle(asset, words);
    const under = [asset.name === undefined ? undefined : title, place].filter((part) => part !== undefined);
    return (
      <li className="row-item" data-ref={asset.ref}>
        <Link to={to} className={`row ${condition.stale ? "row-stale" : ""}`} current={current} replaces={replaces}>
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
          <LastNews at={asset.lastSeenAt} />
        </Link>
      </li>
    );
  },
  (before, after) =>
    before.asset === after.asset &&
    before.current === after.current &&
    before.replaces === after.replaces &&
    before.place === after.place &&
    before.to.use === after.to.use &&
    before.to.search === after.to.search &&
    before.to.commune === after.to.commune &&
    before.condition.stale === after.condition.stale &&
    before.condition.whys.join() === after.condition.whys.join(),
);

/** Reasons to look, each a sign and words, never a colour alone. */
export function Whys({ condition }: { condition: Condition }) {
  const { say } = useWords();
  const told = condition.whys.filter((why) => why !== "why.silent");
  if (told.length === 0 && !condition.stale) return null;
  return (
    <span className="whys">
      {condition.stale ? (
        <span className="mark mark-silent">
          <Icon name="silent" />
          {say("why.silent")}
        </span>
      ) : null}
      {told.map((why) => (
        <span key={why} className="mark mark-alert">
          <Icon name="alert" />
          {say(why)}
        </span>
      ))}
    </span>
  );
}

function LastNews({ at }: { at: string | undefined }) {
  const { say } = useWords();
  return at === undefined ? <span className="row-age">{say("list.never")}</span> : <Age at={at} className="row-age" />;
}
