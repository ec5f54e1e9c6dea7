import { type ReactNode, useEffect, useRef } from "react";
import type { AssetView, BoxView } from "../../api/schemas.ts";
import { useData, useNow, useResource } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { assetTitle, conditionOf, measurementsInOrder, stateInWords } from "../words/condition.ts";
import { Age } from "./age.tsx";
import { Whys } from "./asset-row.tsx";
import { Chart } from "./chart.tsx";
import { CommandSteps, EarlierCommands } from "./command-steps.tsx";
import { DeviceCard } from "./device-card.tsx";
import { Icon } from "./icon.tsx";
import { Control } from "./lamp-control.tsx";
import { Failed } from "./notices.tsx";

interface PanelProps {
  /** Changes with the asset: the heading takes the focus then. */
  readonly about: string;
  readonly title: string;
  readonly under: string;
  /** A panel that came with the address leaves the focus where it is. */
  readonly takesFocus: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Panel({ about, title, under, takesFocus, onClose, children }: PanelProps) {
  const { say } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const panel = useRef<HTMLElement>(null);
  const focuses = useRef(takesFocus);
  useEffect(() => {
    panel.current?.scrollTo(0, 0);
    if (about !== "" && focuses.current) heading.current?.focus({ preventScroll: true });
    focuses.current = true;
  }, [about]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented && document.querySelector("dialog[open]") === null)
        onClose();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onClose]);
  return (
    <section className="panel" ref={panel} aria-labelledby="panel-title">
      <div className="panel-head">
        <button type="button" className="button plain panel-close" onClick={onClose} aria-label={say("app.back")}>
          <Icon name="back" className="only-narrow" />
          <Icon name="cross" className="only-wide" />
        </button>
        <div>
          <h2 id="panel-title" ref={heading} tabIndex={-1}>
            {title}
          </h2>
          <p className="quiet small">{under}</p>
        </div>
      </div>
      {children}
    </section>
  );
}

export function AssetDetails({ asset, box }: { asset: AssetView; box: BoxView | undefined }) {
  const words = useWords();
  const { say } = words;
  const condition = conditionOf(asset, useNow(), box?.alive ?? true);
  const commands = useResource(useData().commands(asset.ref));
  const [newest, ...earlier] = commands.data?.commands ?? [];
  return (
    <>
      <div className={`now ${condition.stale ? "now-stale" : ""}`}>
        <p className="now-words">{stateInWords(asset, words)}</p>
        <Whys condition={condition} />
        <p className="quiet now-age">
          {asset.lastSeenAt === undefined ? (
            say("asset.neverSeen")
          ) : (
            <LastNews at={asset.lastSeenAt} text={say("asset.lastSeen", { age: "|" })} />
          )}
        </p>
        {condition.stale && asset.lastSeenAt !== undefined ? (
          <p className="aside">
            <Icon name="silent" />
            <span>{say(box?.alive === false ? "asset.silentBoxHelp" : "asset.staleHelp")}</span>
          </p>
        ) : null}
      </div>
      <Control key={asset.ref} asset={asset} box={box} commands={commands.data?.commands ?? []} />
      {commands.data === undefined && commands.failure !== undefined ? <Failed failure={commands.failure} /> : null}
      {newest === undefined ? null : <CommandSteps key={newest.id} command={newest} />}
      <EarlierCommands commands={earlier} />
      <Chart asset={asset} />
      <Values asset={asset} />
      <DeviceCard asset={asset} box={box} />
      <Facts asset={asset} />
    </>
  );
}

/** The sentence with a moving age in the middle of it. */
function LastNews({ at, text }: { at: string; text: string }) {
  const [before = "", after = ""] = text.split("|");
  return (
    <>
      {before}
      <Age at={at} />
      {after}
    </>
  );
}

function Values({ asset }: { asset: AssetView }) {
  const { say, measurement } = useWords();
  const names = measurementsInOrder(asset);
  return (
    <section className="card" aria-labelledby="values-title">
      <h3 id="values-title">{say("asset.values")}</h3>
      {names.length === 0 ? (
        <p className="quiet">{say("asset.noValues")}</p>
      ) : (
        <table className="values">
          <thead className="unseen">
            <tr>
              <th scope="col">{say("asset.measure")}</th>
              <th scope="col">{say("asset.value")}</th>
              <th scope="col">{say("asset.age")}</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{measurement.name(name)}</th>
                <td className="value">
                  {measurement.value(name, asset.latest[name]!)}
                  <Corrected at={asset.latest[name]!.correctedAt} />
                </td>
                <td className="quiet">
                  <Age at={asset.latest[name]!.at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The frame was read again: the value is not the one that was shown first. */
function Corrected({ at }: { at: string | undefined }) {
  const { say, format } = useWords();
  return at === undefined ? null : (
    <span className="corrected">{say("asset.corrected", { date: format.date(at) })}</span>
  );
}

function Facts({ asset }: { asset: AssetView }) {
  const words = useWords();
  const { say, format, measurement } = words;
  const { depthMm, ratedWatts } = asset.attributes;
  const facts: [string, string | undefined][] = [
    [say("asset.reference"), asset.ref],
    [say("asset.device"), asset.device?.devEui],
    [say("asset.model"), asset.device?.model],
    [say("asset.box"), asset.box],
    [say("asset.depthMm"), typeof depthMm === "number" ? measurement.number(depthMm, "mm") : undefined],
    [say("asset.ratedWatts"), typeof ratedWatts === "number" ? measurement.number(ratedWatts, "W") : undefined],
    [
      say("asset.position"),
      asset.latitude === undefined || asset.longitude === undefined
        ? undefined
        : `${format.coordinate(asset.latitude)} · ${format.coordinate(asset.longitude)}`,
    ],
  ];
  return (
    <details className="card">
      <summary>{say("asset.facts")}</summary>
      <dl className="facts">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ),
        )}
      </dl>
    </details>
  );
}

/** “Lampe 042 · Remiremont”, under a name or in its place. */
export const underTitle = (asset: AssetView, place: string, words: ReturnType<typeof useWords>): string =>
  asset.name === undefined ? place : `${assetTitle(asset, words)} · ${place}`;
