import type { AssetView, BoxView } from "../../api/schemas.ts";
import { useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { conditionOf } from "../words/condition.ts";
import { healthFacts, silenceInWords } from "../words/device-health.ts";

/** The device at the asset now: its state, since when, whether it speaks, how it is heard; and the devices that were there before. */
export function DeviceCard({ asset, box }: { asset: AssetView; box: BoxView | undefined }) {
  const words = useWords();
  const { say, format } = words;
  const now = useNow();
  const { stale } = conditionOf(asset, now, box?.alive ?? true);
  const { device, installations = [] } = asset;
  if (device === undefined) return null;
  const earlier = installations.filter(({ until }) => until !== undefined);
  const { state, since, by, health } = device;
  const at = since === undefined ? undefined : format.moment(since);
  return (
    <section className="card" aria-labelledby="device-title">
      <h3 id="device-title">{say("device.title")}</h3>
      <p className="mono">
        {device.devEui} · {device.model}
      </p>
      <p>
        {state === undefined ? null : `${say(`device.state.${state}`)} `}
        {at === undefined ? null : (
          <span className="quiet">
            {by === undefined ? say("device.since", { at }) : say("device.since-by", { at, by })}
          </span>
        )}
      </p>
      <p>{silenceInWords(asset, stale, now, words)}</p>
      {health === undefined ? null : (
        <>
          <dl className="facts device-facts">
            {healthFacts(health, box, words).map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <p className="quiet small">{say("device.told", { age: format.age(health.at, now) })}</p>
        </>
      )}
      {earlier.length === 0 ? null : (
        <>
          <h4>{say("device.before")}</h4>
          <ul className="earlier-devices">
            {earlier.map(({ device: devEui, since: from, until }) => (
              <li key={`${devEui} ${from}`}>
                <span className="mono">{devEui}</span>{" "}
                <span className="quiet">
                  {from === undefined
                    ? say("device.span-open", { until: format.moment(until!) })
                    : say("device.span", { since: format.moment(from), until: format.moment(until!) })}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
