/** What boxes and region exchange: what a person has to decide, whether both hold the same, the day's certificate, what leaves. */
import { useId, useState } from "react";
import type { ComparisonView } from "../../api/comparisons.ts";
import type { IncidentView } from "../../api/incidents.ts";
import type { BoxView } from "../../api/schemas.ts";
import { useData, useNow, useResource } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { servedBy } from "../words/box.ts";
import { Age } from "./age.tsx";
import { Certificate } from "./certificate.tsx";
import { IncidentCard } from "./incident-card.tsx";
import { Await, Empty } from "./notices.tsx";
import { Outgoing } from "./outgoing.tsx";

/** Beyond, a region would ask for the certificates of thousands at once. */
const SHOWN_WHOLE = 3;
const DAY_MS = 86_400_000;

/** What is to be decided first, then what prompts a person to look again. */
const rankOf = ({ decision, sign }: IncidentView): number => (decision === undefined ? 0 : sign === undefined ? 2 : 1);

export interface ExchangesProps {
  readonly boxes: readonly BoxView[];
  readonly names: ReadonlyMap<string, string>;
}

export function Exchanges({ boxes, names }: ExchangesProps) {
  const { say } = useWords();
  const data = useData();
  const incidents = useResource(data.incidents);
  const comparisons = useResource(data.comparisons);
  if (boxes.length === 0) return <Empty title={say("box.none")} help={say("box.noneHelp")} />;
  const inScope = new Map(boxes.map((box) => [box.box, box]));
  return (
    <div className="exchanges">
      <Await of={incidents}>
        {(reply) => (
          <>
            {reply.incidents
              .filter(({ box }) => inScope.has(box))
              .toSorted((a, b) => rankOf(a) - rankOf(b) || b.id - a.id)
              .map((incident) => (
                <IncidentCard
                  key={incident.id}
                  incident={incident}
                  name={servedBy(inScope.get(incident.box)!, names)}
                />
              ))}
          </>
        )}
      </Await>
      {boxes.length > SHOWN_WHOLE ? (
        <p className="quiet">{say("exchanges.choose")}</p>
      ) : (
        boxes.map((box) => (
          <BoxExchanges
            key={box.box}
            box={box}
            title={say("box.title", { commune: servedBy(box, names) })}
            comparison={comparisons.data?.comparisons.find((each) => each.box === box.box)}
          />
        ))
      )}
    </div>
  );
}

interface BoxExchangesProps {
  readonly box: BoxView;
  readonly title: string;
  readonly comparison: ComparisonView | undefined;
}

function BoxExchanges({ box, title, comparison }: BoxExchangesProps) {
  const { say } = useWords();
  const now = useNow();
  const id = useId();
  const today = new Date(now).toISOString().slice(0, 10);
  const [day, setDay] = useState(new Date(now - DAY_MS).toISOString().slice(0, 10));
  return (
    <article className="card exchange" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <h3>{say("completeness.title")}</h3>
      <label className="day">
        {say("completeness.day")}{" "}
        <input
          type="date"
          value={day}
          max={today}
          onChange={({ target }) => target.value !== "" && setDay(target.value)}
        />
      </label>
      <Certificate box={box.box} day={day} />
      <h3>{say("comparison.title")}</h3>
      <Comparison comparison={comparison} />
      <h3>{say("outgoing.title")}</h3>
      <Outgoing box={box.box} />
    </article>
  );
}

function Comparison({ comparison }: { comparison: ComparisonView | undefined }) {
  const { say } = useWords();
  if (comparison?.at === undefined) return <p className="quiet">{say("comparison.never")}</p>;
  const { at, again, healed } = comparison;
  return (
    <p>
      {again === 0 ? say("comparison.same") : say("comparison.again", { n: again })} (<Age at={at} />)
      {healed === 0 ? null : ` · ${say("comparison.healed", { n: healed })}`}
    </p>
  );
}
