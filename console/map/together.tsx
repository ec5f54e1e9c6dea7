import { useEffect, useRef } from "react";
import { useWords } from "../language.tsx";
import { Icon } from "../parts/icon.tsx";
import { Link } from "../parts/link.tsx";
import type { Route } from "../route.ts";
import { assetTitle, stateInWords } from "../words/condition.ts";
import { signOf } from "./mark.tsx";
import type { Spot } from "./spots.ts";

interface TogetherProps {
  readonly spots: readonly Spot[];
  readonly route: Route;
  readonly onClose: () => void;
}

/** Assets that no zoom can part: on one post, in one building. */
export function Together({ spots, route, onClose }: TogetherProps) {
  const words = useWords();
  const { say } = words;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <section
      className="together card"
      aria-labelledby="together-title"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        // Else the same key would close the open asset too.
        event.preventDefault();
        onClose();
      }}
    >
      <div className="together-head">
        <h2 id="together-title" ref={heading} tabIndex={-1}>
          {say("map.samePlace", { n: spots.length })}
        </h2>
        <button type="button" className="button plain" onClick={onClose} aria-label={say("app.close")}>
          <Icon name="cross" />
        </button>
      </div>
      <ul>
        {spots.map(({ key, asset, state }) =>
          asset === undefined ? null : (
            <li key={key}>
              <Link
                to={{ ...route, asset: key }}
                className="together-one"
                current={route.asset === key}
                replaces={route.asset !== undefined}
              >
                <Icon name={signOf(state ?? "fine", asset.use)} />
                <span>
                  <strong>{asset.name ?? assetTitle(asset, words)}</strong>
                  <span className="quiet small">{stateInWords(asset, words)}</span>
                </span>
              </Link>
            </li>
          ),
        )}
      </ul>
    </section>
  );
}
