import type { BoxView } from "../../api/schemas.ts";
import { useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { servedBy } from "../words/box.ts";
import { isWritten, lossesOf } from "../words/storage.ts";
import { Icon } from "./icon.tsx";

/** What a box's disk keeps people from believing or counting on. */
export function StorageBanner({ box, names }: { box: BoxView; names: ReadonlyMap<string, string> }) {
  const { say, format } = useWords();
  const now = useNow();
  const { storage } = box;
  if (storage === undefined || storage.state === "ok") return null;
  const commune = servedBy(box, names);
  const { state, since } = storage;
  const title = (): string => {
    if (state === "shedding") return say("storage.bannerShedding", { commune });
    if (state === "slow") return say("storage.bannerSlow", { commune });
    return say("storage.banner", { commune, time: since === undefined ? say("box.unknown") : format.time(since, now) });
  };
  const means =
    state === "shedding" ? "storage.meansShedding" : state === "slow" ? "storage.meansSlow" : "storage.means";
  return (
    <div className="banner" role="status">
      <Icon name="alert" />
      <div>
        <p className="banner-title">{title()}</p>
        <p>{say(means)}</p>
        {isWritten(storage) ? null : <p>{say("storage.todo")}</p>}
      </div>
    </div>
  );
}

/** In the words of a line of facts: what was lost so far. */
export function useLosses(storage: BoxView["storage"]): string | undefined {
  const { say } = useWords();
  if (storage === undefined) return undefined;
  const parts = lossesOf(storage).map(([reason, n]) => say(reason, { n }));
  return parts.length === 0 ? say("storage.lostNone") : parts.join(" · ");
}
