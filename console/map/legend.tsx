import { useWords } from "../language.tsx";
import { Icon } from "../parts/icon.tsx";
import { signOf } from "./mark.tsx";
import { MARK_STATES, type MarkState, type Spot } from "./spots.ts";

const TEXTS = {
  alarm: "list.attention",
  silent: "why.silent",
  lit: "state.on",
  dark: "state.off",
  taken: "state.occupied",
  free: "state.free",
  fine: "list.allWell",
} as const satisfies Record<MarkState, string>;

const SEVERAL_SAMPLE = 5;

/** The signs that are on the map now, and nothing else. */
export function Legend({ spots }: { spots: readonly Spot[] }) {
  const { say } = useWords();
  const uses = new Map<MarkState, Set<string>>();
  for (const { state, asset } of spots)
    if (state !== undefined) uses.set(state, (uses.get(state) ?? new Set()).add(asset?.use ?? ""));
  if (uses.size === 0) return null;
  // A sign of one use would leave out the others.
  const soleUseOf = (state: MarkState): string => (uses.get(state)?.size === 1 ? [...uses.get(state)!][0]! : "");
  // Silence that needs nobody (its box is silent) stands on its side, silence that does on its corner.
  const urgent = (state: MarkState): boolean => spots.every((spot) => spot.state !== state || spot.attention > 0);
  return (
    <ul className="map-legend" aria-label={say("map.legend")}>
      {MARK_STATES.filter((state) => uses.has(state)).map((state) => (
        <li key={state}>
          <span className={`pin pin-${state} ${urgent(state) ? "pin-attention" : ""}`}>
            <span className="pin-sign">
              <Icon name={signOf(state, soleUseOf(state))} />
            </span>
          </span>
          {say(TEXTS[state])}
        </li>
      ))}
      <li>
        <span className="bunch" aria-hidden="true">
          {SEVERAL_SAMPLE}
        </span>
        {say("map.several")}
      </li>
    </ul>
  );
}
