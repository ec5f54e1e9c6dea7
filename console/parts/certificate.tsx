/** The certificate of one day: by device what was expected, what came, what was lost on air, what we lost. */
import type { CompletenessView } from "../../api/completeness.ts";
import { useData, useResource } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { Await } from "./notices.tsx";

export function Certificate({ box, day }: { box: string; day: string }) {
  const certificate = useResource(useData().completeness(box, day));
  return <Await of={certificate}>{(view) => <Table view={view} />}</Await>;
}

function Table({ view }: { view: CompletenessView }) {
  const { say, format } = useWords();
  const number = (value: number): string => format.number(value, 0);
  return (
    <>
      {view.devices.length === 0 ? (
        <p className="quiet">{say("completeness.none")}</p>
      ) : (
        <div className="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">{say("completeness.device")}</th>
                <th scope="col">{say("completeness.expected")}</th>
                <th scope="col">{say("completeness.received")}</th>
                <th scope="col">{say("completeness.air")}</th>
                <th scope="col">{say("completeness.ours")}</th>
              </tr>
            </thead>
            <tbody>
              {view.devices.map(({ device, asset, expected, expectedBy, received, lostOnAir, lostByUs }) => (
                <tr key={device}>
                  <th scope="row">
                    <span className="mono">{device}</span> <span className="quiet small">{asset}</span>
                  </th>
                  <td>
                    {expected === undefined ? "—" : number(expected)}{" "}
                    {expectedBy === undefined ? null : (
                      <span className="quiet small">{say(`completeness.${expectedBy}`)}</span>
                    )}
                  </td>
                  <td>{number(received)}</td>
                  <td>{number(lostOnAir)}</td>
                  <td>{number(lostByUs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p>
        {view.lost === 0 ? say("completeness.lostNone") : say("completeness.lost", { n: view.lost })}
        {view.isOver ? null : ` ${say("completeness.notOver")}`}
      </p>
      <p className="quiet small">
        {say("completeness.hash")} <span className="mono">{view.hash.slice(0, 16)}…</span>
      </p>
    </>
  );
}
