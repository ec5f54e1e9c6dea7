import { useId, useState } from "react";
import type { AssetView, BoxView } from "../../api/schemas.ts";
import { useSending } from "../data/send.ts";
import { useLink, useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { lampState } from "../words/condition.ts";
import { CommandForms } from "./command-forms.tsx";
import { Icon } from "./icon.tsx";
import { inWords } from "./notices.tsx";

type Form = AssetView["commands"][number];

/** The command that sets a level, whatever its model calls it. */
export const dimOf = (asset: AssetView): Form | undefined =>
  asset.commands.find(({ fields }) => fields.some(({ name, type }) => name === "level" && type === "number"));

/** Everything this asset can be told: its light by buttons and a slider, the rest by forms. */
export function Control({ asset, box }: { asset: AssetView; box: BoxView | undefined }) {
  const { say, format } = useWords();
  const now = useNow();
  const { answered } = useLink();
  const sending = useSending();
  const titleId = useId();
  if (asset.commands.length === 0) return null;
  const dim = dimOf(asset);
  const others = asset.commands.filter((form) => form !== dim);
  const gone = answered === false;
  const blocked = gone || sending.busy;
  const send = (name: string, fields: Record<string, number | string | boolean>): void =>
    sending.send({ target: asset.ref, name, fields });
  return (
    <section className="card" aria-labelledby={titleId}>
      <h3 id={titleId}>{say(dim === undefined ? "command.others" : "lamp.title")}</h3>
      {gone ? <Aside text={say("lamp.gone")} /> : null}
      {!gone && box !== undefined && !box.alive && box.lastProofAt !== undefined ? (
        <Aside text={say("lamp.silent", { time: format.time(box.lastProofAt, now) })} />
      ) : null}
      {dim === undefined ? null : (
        <Dimmer
          level={lampState(asset).level ?? 100}
          disabled={blocked}
          onLevel={(level) => send(dim.name, { level })}
        />
      )}
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

interface DimmerProps {
  readonly level: number;
  readonly disabled: boolean;
  readonly onLevel: (level: number) => void;
}

/** Three buttons for what is wanted nine times in ten, and a slider, applied only on request: dragging sends nothing. */
function Dimmer({ level, disabled, onLevel }: DimmerProps) {
  const { say, measurement } = useWords();
  const [wished, setWished] = useState<number | undefined>();
  const sliderId = useId();
  const shown = wished ?? level;
  const percent = measurement.number(shown, "%");
  const set = (value: number): void => {
    setWished(undefined);
    onLevel(value);
  };
  return (
    <>
      <div className="lamp-buttons">
        <button type="button" className="button" disabled={disabled} onClick={() => set(0)}>
          {say("lamp.off")}
        </button>
        <button type="button" className="button" disabled={disabled} onClick={() => set(50)}>
          {say("lamp.half")}
        </button>
        <button type="button" className="button primary" disabled={disabled} onClick={() => set(100)}>
          {say("lamp.on")}
        </button>
      </div>
      <div className="lamp-slider">
        <label htmlFor={sliderId}>
          {say("lamp.level")} <output htmlFor={sliderId}>{percent}</output>
        </label>
        <input
          id={sliderId}
          type="range"
          min={0}
          max={100}
          step={5}
          value={shown}
          disabled={disabled}
          aria-valuetext={percent}
          onChange={(event) => setWished(event.target.valueAsNumber)}
        />
        <button type="button" className="button" disabled={disabled || wished === undefined} onClick={() => set(shown)}>
          {say("lamp.apply", { level: percent })}
        </button>
      </div>
    </>
  );
}
