import type { AssetView } from "../../api/schemas.ts";
import { useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { conditionOf } from "../words/condition.ts";

/** The device at the asset now: its state, since when, whether it speaks; and the devices that were there before. */
export function DeviceCard({ asset, boxAlive }: { asset: AssetView; boxAlive: boolean }) {
  const { say, format } = useWords();
  const { stale } = conditionOf(asset, useNow(), boxAlive);
  const { device, installations = [], lastSeenAt } = asset;
  if (device === undefined) return null;
  const earlier = installations.filter(({ until }) => until !== undefined);
  const { state, since, by } = device;
  const at = since === undefined ? undefined : format.moment(since);
  const silence = lastSeenAt === undefined ? "device.never" : stale ? "device.silent" : "device.on-time";
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
      <p className="quiet">{say(silence)}</p>
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
