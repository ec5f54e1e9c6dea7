import { useCallback, useMemo, useState } from "react";
import type { AssetView, SeriesReply } from "../../api/schemas.ts";
import { useData, useResource } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { useMedia } from "../media.ts";
import { measurementsInOrder } from "../words/condition.ts";
import { Await, Empty } from "./notices.tsx";
import { Plot, type Point } from "./plot.tsx";

const RANGES = [
  { hours: 24, key: "chart.day" },
  { hours: 168, key: "chart.week" },
] as const;

/** One measurement over a day or a week, with its extremes, and every value as a table for who cannot see the curve. */
export function Chart({ asset }: { asset: AssetView }) {
  const { say, measurement } = useWords();
  const names = measurementsInOrder(asset).filter((name) => typeof asset.latest[name]?.value !== "string");
  const [chosen, setChosen] = useState<string | undefined>();
  const [hours, setHours] = useState<number>(24);
  const name = chosen !== undefined && names.includes(chosen) ? chosen : names[0];
  if (name === undefined) return null;
  return (
    <section className="card chart" aria-labelledby="chart-title">
      <h3 id="chart-title">{say("chart.title")}</h3>
      <div className="chart-choice">
        <label>
          <span className="unseen">{say("chart.measure")}</span>
          <select value={name} onChange={(event) => setChosen(event.target.value)}>
            {names.map((one) => (
              <option key={one} value={one}>
                {measurement.name(one)}
              </option>
            ))}
          </select>
        </label>
        <fieldset className="segments">
          <legend className="unseen">{say("chart.range")}</legend>
          {RANGES.map((range) => (
            <button
              key={range.hours}
              type="button"
              aria-pressed={range.hours === hours}
              onClick={() => setHours(range.hours)}
            >
              {say(range.key)}
            </button>
          ))}
        </fieldset>
      </div>
      <Curve key={`${asset.ref} ${name} ${hours}`} asset={asset} name={name} hours={hours} />
    </section>
  );
}

function Curve({ asset, name, hours }: { asset: AssetView; name: string; hours: number }) {
  const { say } = useWords();
  const series = useResource(useData().series(asset.ref, name, hours));
  const points = useMemo(() => toPoints(series.data?.points ?? []), [series.data]);
  return (
    <div className="curve">
      <Await of={series}>
        {({ unit }) =>
          points.length > 0 ? (
            <Drawn
              name={name}
              unit={unit}
              hours={hours}
              points={points}
              expectedSeconds={asset.expectedIntervalSeconds ?? 0}
            />
          ) : (
            <Empty title={say("chart.empty")} {...(hours < 168 ? { help: say("chart.emptyHelp") } : {})} />
          )
        }
      </Await>
    </div>
  );
}

/** Yes and no are drawn as 1 and 0; texts cannot be drawn. In order of time, whatever order they came in. */
const toPoints = (points: SeriesReply["points"]): Point[] =>
  points
    .flatMap(({ at, value }) => (typeof value === "string" ? [] : [{ at: Date.parse(at), value: Number(value) }]))
    .sort((a, b) => a.at - b.at);

interface DrawnProps {
  readonly name: string;
  readonly unit: string;
  readonly hours: number;
  readonly points: readonly Point[];
  readonly expectedSeconds: number;
}

function Drawn({ name, unit, hours, points, expectedSeconds }: DrawnProps) {
  const { say, format, measurement } = useWords();
  const [under, setUnder] = useState<Point | undefined>();
  // A new function would draw the whole curve anew with each move of the pointer.
  const write = useCallback(
    (value: number): string =>
      unit === "bool" ? measurement.value(name, { value: value > 0.5, unit }) : measurement.number(value, unit),
    [name, unit, measurement],
  );
  const dark = useMedia("(prefers-color-scheme: dark)");
  const values = points.map(({ value }) => value);
  const figures = {
    min: write(values.reduce((a, b) => Math.min(a, b))),
    max: write(values.reduce((a, b) => Math.max(a, b))),
    last: write(values.at(-1)!),
  };
  return (
    <>
      <Plot
        key={dark ? "dark" : "light"}
        points={points}
        expectedSeconds={expectedSeconds}
        hours={hours}
        unit={unit}
        write={write}
        label={say("chart.summary", { name: measurement.name(name), ...figures })}
        onUnder={setUnder}
      />
      <dl className="figures">
        {under === undefined ? (
          (["min", "max", "last"] as const).map((figure) => (
            <div key={figure}>
              <dt>{say(`chart.${figure}`)}</dt>
              <dd>{figures[figure]}</dd>
            </div>
          ))
        ) : (
          <div>
            <dt>{format.moment(under.at)}</dt>
            <dd>{write(under.value)}</dd>
          </div>
        )}
      </dl>
      <Table name={name} points={points} write={write} />
    </>
  );
}

const TABLE_MAX = 200;

function Table({ name, points, write }: Pick<DrawnProps, "name" | "points"> & { write: (value: number) => string }) {
  const { say, format, measurement } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="values-more">{say("chart.table")}</summary>
      {!open ? null : (
        <table className="values">
          {points.length > TABLE_MAX ? <caption>{say("chart.truncated", { n: TABLE_MAX })}</caption> : null}
          <thead>
            <tr>
              <th scope="col">{say("chart.time")}</th>
              <th scope="col">{measurement.name(name)}</th>
            </tr>
          </thead>
          <tbody>
            {points
              .slice(-TABLE_MAX)
              .toReversed()
              .map(({ at, value }) => (
                <tr key={at}>
                  <td>{format.moment(at)}</td>
                  <td>{write(value)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
