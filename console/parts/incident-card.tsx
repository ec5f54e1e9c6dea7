/** Two histories of one box, or entries lost: what happened, what it means, and the buttons that decide it. */
import { useId, useState } from "react";
import type { DecisionRequest, IncidentView } from "../../api/incidents.ts";
import { BorderError } from "../data/border.ts";
import { useData } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { Age } from "./age.tsx";
import { Icon } from "./icon.tsx";
import { SameCertificate, Sides } from "./incident-sides.tsx";
import { inWords } from "./notices.tsx";

type Decision = DecisionRequest["decision"];

const isLoss = ({ reason }: IncidentView): boolean => reason === "not-recoverable" || reason === "still-different";

export function IncidentCard({ incident, name }: { incident: IncidentView; name: string }) {
  const { say } = useWords();
  const id = useId();
  const { decision, decidedBy = "", reason, box, firstSeq, durableSeq, kept } = incident;
  const { acceptedConfirmedSeq, refusedConfirmedSeq } = incident;
  const open = decision === undefined;
  const { sign, replacedAt, replacedFrom } = incident;
  const isKnocking = sign === "knocking" && (decision === "keep" || decision === "new-epoch");
  const title = open ? "incident.title" : isKnocking ? "incident.sign.knocking" : "incident.titleDone";
  const values = { box: name, n: incident.lost ?? 0 };
  const isUncounted = reason === "not-recoverable" && incident.lost === 0;
  const meaning = isUncounted
    ? say("incident.between", values)
    : reason === "not-recoverable" || reason === "still-different" || reason === "disputed" || reason === "later-epoch"
      ? say(`incident.${reason}`, values)
      : say("incident.fork", values);
  return (
    <article className={`card incident ${open || isKnocking ? "incident-open" : ""}`} aria-labelledby={id}>
      <h2 id={id}>
        {open || isKnocking ? <Icon name="alert" /> : null} {say(title, { box: name })}
      </h2>
      {sign === "undecided" ? <p>{say("incident.sign.undecided")}</p> : null}
      {isKnocking ? <p>{say(`incident.knocks.${decision}`)}</p> : null}
      <p>{meaning}</p>
      <dl className="facts">
        <div>
          <dt>{say("incident.opened")}</dt>
          <dd>
            <Age at={incident.openedAt} />
          </dd>
        </div>
        <div>
          <dt>{say("incident.last")}</dt>
          <dd>
            <Age at={incident.lastAt} />
          </dd>
        </div>
        {isLoss(incident) ? (
          <Fact name={say("incident.where")} value={`${firstSeq} – ${durableSeq}`} />
        ) : (
          <>
            <Fact name={say("incident.accepted")} value={`${durableSeq}`} />
            {kept.batches === 0 ? null : (
              <Fact
                name={say("incident.refused")}
                value={say("incident.refusedSome", { n: kept.batches, first: firstSeq, last: kept.lastSeq })}
              />
            )}
          </>
        )}
        <Sides incident={incident} />
        <Confirmed incident={incident} />
        {incident.heardFrom === undefined || incident.refused?.address !== undefined ? null : (
          <Fact name={say("incident.heardFrom")} value={incident.heardFrom} />
        )}
        {replacedAt === undefined ? null : (
          <div>
            <dt>{say("incident.replacedLast")}</dt>
            <dd>
              <Age at={replacedAt} />
            </dd>
          </div>
        )}
        {replacedFrom === undefined ? null : <Fact name={say("incident.replacedFrom")} value={replacedFrom} />}
        <Fact name={say("asset.box")} value={box} />
        {incident.repeats === 0 ? null : <Fact name={say("incident.repeats")} value={`${incident.repeats}`} />}
      </dl>
      {acceptedConfirmedSeq === undefined || refusedConfirmedSeq === undefined ? null : (
        <p className="quiet small">
          {say("incident.bothConfirmed", { both: Math.min(acceptedConfirmedSeq, refusedConfirmedSeq) })}
        </p>
      )}
      <SameCertificate incident={incident} />
      {open && incident.isNamed === false ? <p>{say("incident.unnamed")}</p> : null}
      {decision === undefined ? null : (
        <p className="quiet">{say("incident.decided", { decision: say(`incident.${decision}`), by: decidedBy })}</p>
      )}
      {decision === "keep" ? <p className="quiet">{say("incident.later")}</p> : null}
      <Choices incident={incident} />
    </article>
  );
}

/** How far each was ever confirmed: what tells a person whether the region has forgotten something of one of them. */
function Confirmed({ incident }: { incident: IncidentView }) {
  const { say } = useWords();
  const { acceptedConfirmedSeq: accepted, refusedConfirmedSeq: refused, refusedOldestSeq: oldest } = incident;
  if (refused === undefined) return null;
  const values = { accepted: accepted ?? "?", refused };
  return (
    <>
      <Fact name={say("incident.confirmed")} value={say("incident.confirmedBoth", values)} />
      {oldest === undefined || oldest <= 1 ? null : <Fact name={say("incident.keepsFrom")} value={`${oldest}`} />}
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const choicesOf = (incident: IncidentView): readonly Decision[] => {
  if (incident.decision === "keep") return ["new-epoch"];
  if (incident.decision !== undefined) return [];
  return isLoss(incident) ? ["noted"] : ["keep", "new-epoch"];
};

/** The author is asked for: a decision stands under a name until people sign in. */
function Choices({ incident }: { incident: IncidentView }) {
  const { say } = useWords();
  const { decide } = useData();
  const [author, setAuthor] = useState("");
  const [busy, setBusy] = useState(false);
  const [why, setWhy] = useState<string>();
  const choices = choicesOf(incident);
  if (choices.length === 0) return null;
  const choose = (decision: Decision): void => {
    setBusy(true);
    setWhy(undefined);
    decide(incident.id, { decision, author: author.trim() }).then(
      () => setBusy(false),
      (error: unknown) => {
        setBusy(false);
        if (!(error instanceof BorderError)) throw error;
        setWhy(inWords(error.failure, say).title);
      },
    );
  };
  return (
    <div className="choices">
      <label>
        {say("incident.yourName")}{" "}
        <input value={author} maxLength={200} autoComplete="name" onChange={({ target }) => setAuthor(target.value)} />
      </label>
      {choices.map((decision) => (
        <div key={decision} className="choice">
          <button
            type="button"
            className="button"
            disabled={busy || author.trim() === ""}
            onClick={() => choose(decision)}
          >
            {say(`incident.${decision}`)}
          </button>
          <span className="quiet small">{say(`incident.${decision}Means`)}</span>
        </div>
      ))}
      {isLoss(incident) ? null : <p className="quiet small">{say("incident.final")}</p>}
      {why === undefined ? null : <p role="alert">{say("incident.failed", { why })}</p>}
    </div>
  );
}
