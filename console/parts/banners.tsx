import type { BoxView } from "../../api/schemas.ts";
import { useLink, useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import type { View } from "../route.ts";
import { servedBy } from "../words/box.ts";
import type { BoxesProps } from "./boxes.tsx";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";
import { StorageBanners } from "./storage.tsx";

type BannersProps = BoxesProps & { readonly commune: string | undefined; readonly view: View };

/** Nobody answers: what is on the screen is old, and no command can leave. */
export function GoneBanner() {
  const { say, format } = useWords();
  const { answered, lastReplyAt } = useLink();
  const now = useNow();
  if (answered !== false) return null;
  return (
    <div className="banner banner-gone" role="alert">
      <Icon name="cross" />
      <div>
        <p className="banner-title">
          {lastReplyAt === undefined
            ? say("live.goneNever")
            : say("live.goneTitle", { time: format.time(new Date(lastReplyAt).toISOString(), now) })}
        </p>
        <p>{say(lastReplyAt === undefined ? "live.goneNeverHelp" : "live.goneHelp")}</p>
      </div>
    </div>
  );
}

/** What is to be decided is one sign for each box, and comes first. */
const isKnocking = ({ incident, knocking }: BoxView): boolean => incident === undefined && knocking !== undefined;

interface IncidentBannerProps extends BannersProps {
  readonly knocking?: boolean;
}

function IncidentBanner({ boxes, names, commune, view, knocking = false }: IncidentBannerProps) {
  const { say } = useWords();
  if (boxes.length === 0) return null;
  const communes = boxes.map((box) => servedBy(box, names)).join(", ");
  const [title, help] = knocking
    ? (["incident.bannerKnocking", "incident.bannerKnockingHelp"] as const)
    : (["incident.banner", "incident.bannerHelp"] as const);
  return (
    <div className="banner" role="status">
      <Icon name="alert" />
      <div>
        <p className="banner-title">{say(title, { communes })}</p>
        {view === "exchanges" ? null : (
          <Link to={commune === undefined ? { view: "exchanges" } : { view: "exchanges", commune }}>{say(help)}</Link>
        )}
      </div>
    </div>
  );
}

/** Above every view: what the reader must know before believing what stands below. */
export function BoxBanners({ boxes, names, commune, view }: BannersProps) {
  const { say, format } = useWords();
  const now = useNow();
  const { answered } = useLink();
  // What is known of the boxes is as old as the last answer, and the banner above says so.
  if (answered === false) return null;
  const silent = boxes.filter(({ alive }) => !alive);
  const place = { names, commune, view };
  const lossy = commune === undefined ? [] : boxes.filter(({ firstHop }) => firstHop?.lossless === false);
  return (
    <>
      {silent.length === 0 ? null : (
        <div className="banner banner-silent" role="status">
          <Icon name="silent" />
          <div>
            <p className="banner-title">
              {silent.length > 1 || commune === undefined
                ? say("box.silentMany", {
                    n: silent.length,
                    communes: silent.map((box) => servedBy(box, names)).join(", "),
                  })
                : silent[0]!.lastProofAt === undefined
                  ? say("box.silentNever", { commune: servedBy(silent[0]!, names) })
                  : say("box.silentTitle", {
                      commune: servedBy(silent[0]!, names),
                      time: format.time(silent[0]!.lastProofAt, now),
                    })}
            </p>
            <p>{say("box.silentHelp")}</p>
          </div>
        </div>
      )}
      <IncidentBanner boxes={boxes.filter(({ incident }) => incident !== undefined)} {...place} />
      <IncidentBanner boxes={boxes.filter(isKnocking)} knocking {...place} />
      <StorageBanners boxes={boxes} names={names} />
      {lossy.map((box) => (
        <div key={box.box} className="banner" role="status">
          <Icon name="alert" />
          <div>
            <p className="banner-title">{say("box.lossyTitle", { commune: servedBy(box, names) })}</p>
            {view === "boxes" ? null : (
              <Link to={commune === undefined ? { view: "boxes" } : { view: "boxes", commune }}>
                {say("box.lossyHelp")}
              </Link>
            )}
          </div>
        </div>
      ))}
    </>
  );
}
