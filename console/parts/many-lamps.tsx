/** One order for all lamps in view: what it costs, a second word where there are many, and what became of each. */
import { useId, useState } from "react";
import type { MassPlan, MassView } from "../../api/mass.ts";
import type { AssetView } from "../../api/schemas.ts";
import { type ManyWish, type SendingMany, useSendingMany } from "../data/send-many.ts";
import { useData, useLink, useResource } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { commandInWords, nameInWords, reasonInWords, stepInWords } from "../words/command.ts";
import { Dimmer } from "./dimmer.tsx";
import { Icon } from "./icon.tsx";
import { dimOf } from "./lamp-control.tsx";
import { LASTING, LastingChoice } from "./lasting.tsx";
import { Await, inWords } from "./notices.tsx";

/** One is told on its own page. */
const MANY = 2;

/** Lamps that all know the same command for their level. */
const lampsIn = (assets: readonly AssetView[]): readonly AssetView[] => {
  const name = assets.map((asset) => dimOf(asset)?.name).find((each) => each !== undefined);
  return name === undefined ? [] : assets.filter((asset) => dimOf(asset)?.name === name);
};

export function ManyLamps({ assets }: { assets: readonly AssetView[] }) {
  const { say } = useWords();
  const [lamps, setLamps] = useState<readonly AssetView[] | undefined>();
  const inView = lampsIn(assets);
  if (lamps !== undefined) return <Order lamps={lamps} onClose={() => setLamps(undefined)} />;
  if (inView.length < MANY) return null;
  return (
    <p className="many-open">
      <button type="button" className="button" onClick={() => setLamps(inView)}>
        {say("many.open", { n: inView.length })}
      </button>
    </p>
  );
}

/** The lamps stay those that were in view when it was opened. */
function Order({ lamps, onClose }: { lamps: readonly AssetView[]; onClose: () => void }) {
  const { say } = useWords();
  const titleId = useId();
  const sending = useSendingMany();
  const { state, reset } = sending;
  return (
    <section className="card many" aria-labelledby={titleId}>
      <div className="many-head">
        <h3 id={titleId}>{say("many.title", { n: lamps.length })}</h3>
        <button type="button" className="button plain" onClick={onClose} aria-label={say("many.close")}>
          <Icon name="cross" />
        </button>
      </div>
      {state.is === "sent" ? (
        <Followed id={state.id} wish={state.wish} onAgain={reset} />
      ) : state.is === "planned" ? (
        <Planned wish={state.wish} plan={state.plan} sending={sending} />
      ) : (
        <Wishing lamps={lamps} sending={sending} />
      )}
    </section>
  );
}

function Wishing({ lamps, sending }: { lamps: readonly AssetView[]; sending: SendingMany }) {
  const words = useWords();
  const { say } = words;
  const { answered } = useLink();
  const [lasting, setLasting] = useState(LASTING);
  const { state, plan } = sending;
  const first = lamps[0]!;
  const dim = dimOf(first)!;
  const release = first.commands.find(({ releases }) => releases === true);
  const busy = state.is === "costing" || state.is === "sending";
  const disabled = busy || answered === false;
  const { holdSeconds, expiresInSeconds, reason } = lasting;
  const ask = (name: string, fields: ManyWish["fields"], holds: boolean): void => {
    const lasts = holds ? { holdSeconds, expiresInSeconds: Math.min(expiresInSeconds, holdSeconds) } : {};
    const why = reason.trim() === "" ? {} : { reason: reason.trim() };
    plan({ targets: lamps.map(({ ref }) => ref), name, fields, ...lasts, ...why });
  };
  return (
    <>
      <Dimmer level={100} disabled={disabled} onLevel={(level) => ask(dim.name, { level }, dim.holds === true)} />
      {release === undefined ? null : (
        <button type="button" className="button wide" disabled={disabled} onClick={() => ask(release.name, {}, false)}>
          {nameInWords(release.name, words)}
        </button>
      )}
      {dim.holds === true ? (
        <LastingChoice value={lasting} disabled={disabled} reason={say("many.reason")} onChange={setLasting} />
      ) : null}
      {state.is === "failed" ? <Failing state={state} /> : null}
      <p className="quiet small" role="status">
        {say(state.is === "costing" ? "many.costing" : state.is === "sending" ? "many.sending" : "many.ask")}
      </p>
    </>
  );
}

function Failing({ state }: { state: Extract<SendingMany["state"], { is: "failed" }> }) {
  const { say } = useWords();
  const { title, help } = inWords(state.failure, say);
  return (
    <div className="aside aside-bad" role="alert">
      <Icon name="alert" />
      <p>{state.mayBeSent ? say("many.uncertain") : [title, help].join(". ")}</p>
    </div>
  );
}

interface PlannedProps {
  readonly wish: ManyWish;
  readonly plan: MassPlan;
  readonly sending: SendingMany;
}

function Planned({ wish, plan, sending }: PlannedProps) {
  const words = useWords();
  const { say } = words;
  const [sure, setSure] = useState(false);
  const sureId = useId();
  const { assets } = plan;
  const needsSure = plan.confirm !== undefined;
  return (
    <>
      <p className="many-what">{say("many.what", { what: commandInWords(wish, words), n: assets })}</p>
      <Cost plan={plan} />
      <Refused plan={plan} />
      {plan.consent === true ? <p className="small">{say("many.consent")}</p> : null}
      {needsSure ? (
        <p className="many-sure">
          <input
            id={sureId}
            type="checkbox"
            checked={sure}
            onChange={(event) => setSure(event.currentTarget.checked)}
          />
          <label htmlFor={sureId}>{say("many.sure", { n: assets })}</label>
        </p>
      ) : null}
      <div className="many-deeds">
        <button type="button" className="button" onClick={sending.reset}>
          {say("many.back")}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={assets === 0 || (needsSure && !sure)}
          onClick={sending.confirm}
        >
          {say("many.send")}
        </button>
      </div>
    </>
  );
}

const REASONS = ["not-in-group", "group-not-whole", "no-gateway"] as const;

function Cost({ plan }: { plan: MassPlan }) {
  const { say, format } = useWords();
  const { multicast, unicast, questions, oneByOne, reasons } = plan;
  const minutes = (ms: number): string => format.number(Math.max(1, Math.round(ms / 60_000)), 0);
  const lines = [
    multicast &&
      say("many.group", {
        n: multicast.assets,
        seconds: format.number(multicast.airtimeMs / 1_000, 1),
      }),
    unicast.frames > 0 && say("many.alone", { n: unicast.frames, minutes: minutes(unicast.spanMs) }),
    questions && say("many.questions", { n: questions.frames, minutes: minutes(questions.spanMs) }),
    multicast && say("many.compare", { sf12: minutes(oneByOne.sf12.spanMs), sf9: minutes(oneByOne.sf9.spanMs) }),
    ...REASONS.filter((reason) => reasons.includes(reason)).map((reason) => say(`many.${reason}`)),
  ];
  return (
    <ul className="many-cost">
      {lines
        .filter((line) => typeof line === "string")
        .map((line) => (
          <li key={line}>{line}</li>
        ))}
    </ul>
  );
}

const SHOWN = 20;

function Refused({ plan: { refused } }: { plan: MassPlan }) {
  const words = useWords();
  if (refused.length === 0) return null;
  return (
    <div className="aside aside-bad">
      <Icon name="alert" />
      <div>
        <p>{words.say("many.refused", { n: refused.length })}</p>
        <ul>
          {refused.slice(0, SHOWN).map(({ target, reason }) => (
            <li key={target}>
              <span className="mono">{target}</span> {reasonInWords(reason, words)}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

interface FollowedProps {
  readonly id: string;
  readonly wish: ManyWish;
  readonly onAgain: () => void;
}

function Followed({ id, wish, onAgain }: FollowedProps) {
  const words = useWords();
  const mass = useResource(useData().mass(id));
  return (
    <>
      <p className="many-what">
        {words.say("many.what", { what: commandInWords(wish, words), n: mass.data?.size ?? wish.targets.length })}
      </p>
      <Await of={mass}>{(view) => <Progress view={view} />}</Await>
      <button type="button" className="button wide" onClick={onAgain}>
        {words.say("many.again")}
      </button>
    </>
  );
}

const ENDED_WELL = ["effect-observed", "done"];
const ENDS = [...ENDED_WELL, "refused", "expired", "failed", "cancelled", "superseded"];

function Progress({ view: { size, states, terminal, named } }: { view: MassView }) {
  const words = useWords();
  const { say } = words;
  const count = (which: readonly string[]): number => which.reduce((sum, state) => sum + (states[state] ?? 0), 0);
  const done = count(ENDS);
  return (
    <>
      <p role="status">
        {terminal ? say("many.over", { good: count(ENDED_WELL), n: size }) : say("many.progress", { done, n: size })}
      </p>
      <progress max={size} value={done} />
      <ul className="many-states">
        {Object.entries(states).map(([state, n]) => (
          <li key={state}>{say("many.state", { state: stepInWords(state, words), n })}</li>
        ))}
      </ul>
      {named.length === 0 ? null : (
        <>
          <h4>{say("many.named")}</h4>
          <ul className="many-named">
            {named.map(({ target, state, reason }) => (
              <li key={target}>
                <span className="mono">{target}</span>{" "}
                {reason === undefined ? stepInWords(state, words) : reasonInWords(reason, words)}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
