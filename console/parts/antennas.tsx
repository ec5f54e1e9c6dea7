import type { LoraGatewaysView } from "../../api/schemas.ts";
import { useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { antennaNotes } from "../words/antenna.ts";
import { Icon } from "./icon.tsx";

/** Which antennas are silent, since when, and what that means. */
export function AntennaNotes({ told }: { told: LoraGatewaysView }) {
  const words = useWords();
  const now = useNow();
  return antennaNotes(told, now, words).map(({ key, bad, what, means }) => (
    <div key={key} className={`aside ${bad ? "aside-bad" : ""}`}>
      <Icon name={bad ? "alert" : "silent"} />
      <div>
        <p>{what}</p>
        <p className="small">{means}</p>
      </div>
    </div>
  ));
}
