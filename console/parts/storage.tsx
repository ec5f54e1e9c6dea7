import type { BoxView } from "../../api/schemas.ts";
import { useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { servedBy } from "../words/box.ts";
import { type DiskTrouble, diskTroubles, lossesOf } from "../words/storage.ts";
import { Icon } from "./icon.tsx";

const MEANS = {
  unwritten: "storage.means",
  shedding: "storage.meansShedding",
  slow: "storage.meansSlow",
} as const;
const MANY = {
  unwritten: "storage.bannerMany",
  shedding: "storage.bannerSheddingMany",
  slow: "storage.bannerSlowMany",
} as const;

/** What disks of boxes keep people from believing or counting on. */
export function StorageBanners({ boxes, names }: { boxes: readonly BoxView[]; names: ReadonlyMap<string, string> }) {
  const { say, format } = useWords();
  const now = useNow();
  const titleOf = (trouble: DiskTrouble, { storage, ...box }: BoxView): string => {
    const commune = servedBy(box, names);
    if (trouble === "shedding") return say("storage.bannerShedding", { commune });
    if (trouble === "slow") return say("storage.bannerSlow", { commune });
    const since = storage?.since;
    return say("storage.banner", { commune, time: since === undefined ? say("box.unknown") : format.time(since, now) });
  };
  return diskTroubles(boxes).map(({ trouble, boxes: troubled }) => (
    <div key={trouble} className="banner" role="status">
      <Icon name="alert" />
      <div>
        <p className="banner-title">
          {troubled.length === 1
            ? titleOf(trouble, troubled[0])
            : say(MANY[trouble], {
                n: troubled.length,
                communes: troubled.map((box) => servedBy(box, names)).join(", "),
              })}
        </p>
        <p>{say(MEANS[trouble])}</p>
        {trouble === "unwritten" ? <p>{say("storage.todo")}</p> : null}
      </div>
    </div>
  ));
}

/** In the words of a line of facts: what was lost so far. */
export function useLosses(storage: BoxView["storage"]): string | undefined {
  const { say } = useWords();
  if (storage === undefined) return undefined;
  const parts = lossesOf(storage).map(([reason, n]) => say(reason, { n }));
  return parts.length === 0 ? say("storage.lostNone") : parts.join(" · ");
}
