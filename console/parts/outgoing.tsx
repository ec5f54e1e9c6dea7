/** What leaves a box, as it came to the region today: kinds, fields, whom it can concern, what waits. */
import type { OutgoingView } from "../../api/outgoing.ts";
import { useData, useResource } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { Await } from "./notices.tsx";

export function Outgoing({ box }: { box: string }) {
  const outgoing = useResource(useData().outgoing(box));
  return <Await of={outgoing}>{(view) => <Told view={view} />}</Await>;
}

function Told({ view }: { view: OutgoingView }) {
  const { say, format } = useWords();
  return (
    <>
      {view.destinations.map(({ name, connected, lastAt, waiting }) => (
        <p key={name}>
          <strong>{name === "region" ? say("outgoing.region") : name}</strong>{" "}
          {say(connected ? "outgoing.connected" : "outgoing.away", {
            time: lastAt === undefined ? say("outgoing.never") : format.moment(lastAt),
          })}
          {waiting === 0 ? null : ` · ${say("outgoing.waiting", { n: waiting })}`}
        </p>
      ))}
      <div className="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">{say("outgoing.kind")}</th>
              <th scope="col">{say("outgoing.today")}</th>
              <th scope="col">{say("outgoing.fields")}</th>
            </tr>
          </thead>
          <tbody>
            {view.kinds.map(({ kind, entries, fields }) => (
              <tr key={kind}>
                <th scope="row">{say(`outgoing.${kind}`)}</th>
                <td>{format.number(entries, 0)}</td>
                <td className="mono small fields">{fields.join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h4>{say("outgoing.whom")}</h4>
      <ul>
        {view.classes.map(({ name, personal, devices }) => (
          <li key={name}>
            {say(`outgoing.${name}`)}
            {personal ? ` (${say("outgoing.personal")})` : ""} : {say("outgoing.devices", { n: devices })}
          </li>
        ))}
      </ul>
      <p className="quiet">{say("outgoing.neverLeaves")}</p>
    </>
  );
}
