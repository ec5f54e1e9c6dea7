import { useEffect, useMemo, useRef, useState } from "react";
import type { TerritoriesReply, TerritoryView } from "../../api/schemas.ts";
import { useWords } from "../language.tsx";
import type { Route } from "../route.ts";
import { folded } from "../words/search.ts";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";

/** What the tree tells of a commune beside its name. */
export interface CommuneState {
  readonly attention: number;
  readonly silent: boolean;
}

export interface PlacesProps {
  readonly tree: TerritoriesReply;
  readonly states: ReadonlyMap<string, CommuneState>;
  readonly route: Route;
  readonly onFollow?: () => void;
}

/** With fewer communes the eye is faster than a search field, and all territories may stand open. */
const SEARCH_FROM = 10;
const ALL_OPEN_UP_TO = 40;

export function Places({ tree, states, route, onFollow }: PlacesProps) {
  const { say } = useWords();
  const [wanted, setWanted] = useState("");
  const communes = useMemo(() => tree.territories.flatMap((territory) => territory.communes), [tree]);
  const shown = useMemo(() => matching(tree.territories, wanted), [tree, wanted]);
  const follow = onFollow === undefined ? {} : { onFollow };
  if (communes.length === 0) return <p className="notice quiet">{say("tree.empty")}</p>;
  return (
    <>
      {communes.length < SEARCH_FROM ? null : (
        <label className="search">
          <span className="unseen">{say("tree.find")}</span>
          <Icon name="search" />
          <input
            type="search"
            value={wanted}
            placeholder={say("tree.find")}
            onChange={(event) => setWanted(event.target.value)}
          />
        </label>
      )}
      <ul className="places-list">
        <li>
          <Link to={keep(route)} className="place place-all" current={route.commune === undefined} {...follow}>
            <span className="place-name">{say("app.everything")}</span>
            <Counts attention={sum(states)} silent={false} />
          </Link>
        </li>
      </ul>
      {shown.length === 0 ? <p className="quiet places-none">{say("tree.none")}</p> : null}
      {shown.map(({ id, name, communes: inside }) => {
        const list = (
          <ul className="places-list">
            {inside.map((commune) => (
              <li key={commune.insee}>
                <Link
                  to={keep(route, commune.insee)}
                  className="place"
                  current={route.commune === commune.insee}
                  {...follow}
                >
                  <span className="place-name">{commune.name}</span>
                  <Counts {...(states.get(commune.insee) ?? { attention: 0, silent: false })} />
                </Link>
              </li>
            ))}
          </ul>
        );
        // A commune that is its own territory need not be named twice.
        if (inside.length === 1 && inside[0]!.name === name) return <div key={id}>{list}</div>;
        const holds = inside.some(({ insee }) => insee === route.commune);
        return (
          <details key={id} open={communes.length <= ALL_OPEN_UP_TO || holds || wanted !== ""}>
            <summary>{name}</summary>
            {list}
          </details>
        );
      })}
    </>
  );
}

/** The same view and filter, elsewhere. */
const keep = ({ view, use }: Route, commune?: string): Route => ({
  view,
  ...(use === undefined ? {} : { use }),
  ...(commune === undefined ? {} : { commune }),
});

const sum = (states: ReadonlyMap<string, CommuneState>): number =>
  [...states.values()].reduce((total, { attention }) => total + attention, 0);

function matching(territories: readonly TerritoryView[], wanted: string): readonly TerritoryView[] {
  const needle = folded(wanted);
  if (needle === "") return territories;
  return territories
    .map((territory) => ({
      ...territory,
      communes: territory.communes.filter(({ name, insee }) => folded(`${name} ${insee}`).includes(needle)),
    }))
    .filter(({ communes }) => communes.length > 0);
}

function Counts({ attention, silent }: CommuneState) {
  const { say } = useWords();
  return (
    <span className="place-counts">
      {silent ? (
        <span className="mark mark-silent" title={say("tree.silent")}>
          <Icon name="silent" />
          <span className="unseen">{say("tree.silent")}</span>
        </span>
      ) : null}
      {attention === 0 ? null : (
        <span className="mark mark-alert" title={say("tree.attention", { n: attention })}>
          <Icon name="alert" />
          <span aria-hidden="true">{attention}</span>
          <span className="unseen">{say("tree.attention", { n: attention })}</span>
        </span>
      )}
    </span>
  );
}

/** The tree on a narrow screen: a modal drawer, with the browser's own focus trap and Escape. */
export function PlacesDrawer({ open, onClose, ...places }: PlacesProps & { open: boolean; onClose: () => void }) {
  const { say } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === open) return;
    if (!open) return element.close();
    element.showModal();
    // Else the browser takes the close button: the first thing read would be how to leave.
    heading.current?.focus();
  }, [open]);
  return (
    <dialog ref={dialog} className="drawer" aria-label={say("tree.title")} onClose={onClose}>
      <div className="drawer-head">
        <h2 ref={heading} tabIndex={-1}>
          {say("tree.title")}
        </h2>
        <button type="button" className="button plain" onClick={onClose} aria-label={say("app.close")}>
          <Icon name="cross" />
        </button>
      </div>
      <nav aria-label={say("tree.title")}>
        <Places {...places} onFollow={onClose} />
      </nav>
    </dialog>
  );
}
