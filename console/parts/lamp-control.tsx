import { useId, useState } from "react";
import type { AssetView, BoxView, CommandView } from "../../api/schemas.ts";
import { useSending } from "../data/send.ts";
import { useLink, useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { holderOf } from "../words/command.ts";
import { lampState } from "../words/condition.ts";
import { CommandForms } from "./command-forms.tsx";
import { Dimmer } from "./dimmer.tsx";
import { Icon } from "./icon.tsx";
import { Holder, LASTING, LastingChoice } from "./lasting.tsx";
import { inWords } from "./notices.tsx";

type Form = AssetView["commands"][number];

/** The command that sets a level, whatever its model calls it. */
export const dimOf = (asset: AssetView): Form | undefined =>
  asset.commands.find(({ fields }) => fields.some(({ name, type }) => name === "level" && type === "number"));

interface ControlProps {
  readonly asset: AssetView;
  readonly box: BoxView | undefined;
  /** Of this asset, newest first. */
  readonly commands: readonly CommandView[];
}

/** Everything this asset can be told: its light by buttons and a slider, the rest by forms. */
export function Control({ asset, box, commands }: ControlProps) {
  const { say, format } = useWords();
  const now = useNow();
  const { answered } = useLink();
  const sending = useSending();
  const titleId = useId();
  const [lasting, setLasting] = useState(LASTING);
  if (asset.commands.length === 0) return null;
  const dim = dimOf(asset);
  const others = asset.commands.filter((form) => form !== dim);
  const gone = answered === false;
  const blocked = gone || sending.busy;
  const releases = asset.commands.filter(({ releases }) => releases === true).map(({ name }) => name);
  const holder = holderOf(commands, releases, now);
  const takesOver = holder !== undefined && holder.author !== "page";
  // The box would refuse it; whoever looks at the buttons sees why in the line above.
  const unsaid = takesOver && lasting.reason.trim() === "";
  const { holdSeconds, expiresInSeconds, reason } = lasting;
  const send = (name: string, fields: Record<string, number | string | boolean>): void => {
    const holds = asset.commands.some((form) => form.name === name && form.holds === true);
    const why = takesOver && reason.trim() !== "" ? { reason: reason.trim() } : {};
    const lasts = holds ? { holdSeconds, expiresInSeconds: Math.min(expiresInSeconds, holdSeconds) } : {};
    sending.send({ target: asset.ref, name, fields, ...lasts, ...why });
  };
  return (
    <section className="card" aria-labelledby={titleId}>
      <h3 id={titleId}>{say(dim === undefined ? "command.others" : "lamp.title")}</h3>
      {gone ? <Aside text={say("lamp.gone")} /> : null}
      {!gone && box !== undefined && !box.alive && box.lastProofAt !== undefined ? (
        <Aside text={say("lamp.silent", { time: format.time(box.lastProofAt, now) })} />
      ) : null}
      {holder === undefined ? null : <Holder holder={holder} />}
      {dim === undefined ? null : (
        <Dimmer
          level={lampState(asset).level ?? 100}
          disabled={blocked || unsaid}
          onLevel={(level) => send(dim.name, { level })}
        />
      )}
      {dim?.holds === true ? (
        <LastingChoice
          value={lasting}
          disabled={blocked}
          {...(takesOver ? { reason: say("lamp.reason") } : {})}
          onChange={setLasting}
        />
      ) : null}
      <CommandForms forms={others} disabled={blocked} onSend={send} />
      <SendingState sending={sending} />
    </section>
  );
}

function Aside({ text }: { text: string }) {
  return (
    <p className="aside">
      <Icon name="silent" />
      <span>{text}</span>
    </p>
  );
}

function SendingState({ sending }: { sending: ReturnType<typeof useSending> }) {
  const { say } = useWords();
  const { failure } = sending;
  if (failure === undefined)
    return (
      <p className="small quiet sending" role="status">
        {sending.busy ? say("lamp.sending") : ""}
      </p>
    );
  const { title, help } = inWords(failure, say);
  return (
    <div className="aside aside-bad" role="alert">
      <Icon name="alert" />
      <div>
        <p>{failure.kind === "refused" ? [title, help].join(". ") : say("lamp.uncertain")}</p>
        {failure.kind === "refused" ? null : (
          <button type="button" className="button" onClick={sending.again}>
            {say("app.retry")}
          </button>
        )}
      </div>
    </div>
  );
}
