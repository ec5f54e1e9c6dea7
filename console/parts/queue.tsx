/** What was asked for and is not over yet: for whom, where it stands, until when it may go; and taking it back. */
import { useState } from "react";
import type { TakenBack } from "../../api/mass.ts";
import { BorderError, type Failure } from "../data/border.ts";
import { useData, useNow, useResource } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { authorInWords, commandInWords, reasonInWords, stepInWords } from "../words/command.ts";
import { linesOf, mayTakeBack, type QueueLine } from "../words/queue.ts";
import { isText } from "../words/words.ts";
import { Age } from "./age.tsx";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";
import { Await, Empty, inWords } from "./notices.tsx";

export function Queue({ commune }: { commune: string | undefined }) {
  const { say } = useWords();
  const queue = useResource(useData().queue(commune));
  return (
    <Await of={queue}>
      {(reply) =>
        reply.waiting.length === 0 ? (
          <Empty title={say("queue.empty")} help={say("queue.emptyHelp")} />
        ) : (
          <>
            <p className="quiet">{say("queue.total", { n: reply.total })}</p>
            {reply.total > reply.waiting.length ? (
              <p className="quiet">{say("queue.capped", { n: reply.waiting.length })}</p>
            ) : null}
            <ol className="queue">
              {linesOf(reply).map((line) => (
                <Line key={line.id} line={line} />
              ))}
            </ol>
          </>
        )
      }
    </Await>
  );
}

function Line({ line }: { line: QueueLine }) {
  const words = useWords();
  const { say, format } = words;
  const now = useNow();
  const { command, n, states } = line;
  const { target, mass, precedence, expiresAt, unknownSince } = command;
  const last = command.steps.at(-1);
  const insee = target.split(":")[1];
  const rank = `queue.precedence.${precedence}`;
  return (
    <li className="card queue-line">
      <p className="queue-what">
        {mass === undefined ? (
          <Link to={{ view: "assets", asset: target, ...(insee === undefined ? {} : { commune: insee }) }}>
            {target}
          </Link>
        ) : (
          say("queue.many", { n, all: mass.size })
        )}{" "}
        <strong>{commandInWords(command, words)}</strong>
      </p>
      <p className="queue-state">
        {mass === undefined
          ? stepInWords(command.state, words)
          : [...states]
              .map(([state, count]) => say("many.state", { state: stepInWords(state, words), n: count }))
              .join(", ")}
        {last === undefined || mass !== undefined ? null : (
          <>
            {" "}
            (<Age at={last.at} />)
          </>
        )}
        {last?.reason === undefined ? null : ` · ${reasonInWords(last.reason, words)}`}
      </p>
      {unknownSince === undefined ? null : (
        <p className="aside">
          <Icon name="silent" />
          <span>{say("command.unknown", { time: format.time(unknownSince, now) })}</span>
        </p>
      )}
      <p className="quiet small">
        {isText(rank) ? (say as (key: string) => string)(rank) : precedence} · {authorInWords(command.author, words)} ·{" "}
        {say(Date.parse(expiresAt) > now ? "command.expires" : "command.expired", {
          time: format.time(expiresAt, now),
        })}
      </p>
      {mayTakeBack(command) ? <TakeBack id={line.id} what={`${commandInWords(command, words)}, ${target}`} /> : null}
    </li>
  );
}

type Taking = { readonly is: "idle" | "busy" } | { readonly is: "done"; readonly told: TakenBack } | Failing;
interface Failing {
  readonly is: "failed";
  readonly failure: Failure;
}

/** @param what for those who hear the button and do not see what stands above it. */
function TakeBack({ id, what }: { id: string; what: string }) {
  const { say } = useWords();
  const { takeBack } = useData();
  const [state, setState] = useState<Taking>({ is: "idle" });
  const take = (): void => {
    setState({ is: "busy" });
    takeBack(id).then(
      (told) => setState({ is: "done", told }),
      (error: unknown) => {
        if (!(error instanceof BorderError)) throw error;
        setState({ is: "failed", failure: error.failure });
      },
    );
  };
  if (state.is === "done") return <p role="status">{toldInWords(state.told, say)}</p>;
  return (
    <>
      {state.is === "failed" ? <p role="alert">{inWords(state.failure, say).title}</p> : null}
      <button type="button" className="button" disabled={state.is === "busy"} onClick={take}>
        {say("queue.takeBack")} <span className="unseen">{what}</span>
      </button>
    </>
  );
}

function toldInWords({ cancelled, asked, over }: TakenBack, say: ReturnType<typeof useWords>["say"]): string {
  const parts = [
    ...(cancelled === 0 ? [] : [say("queue.cancelled", { n: cancelled })]),
    ...(asked === 0 ? [] : [say("queue.asked", { n: asked })]),
    ...(over === 0 ? [] : [say("queue.over", { n: over })]),
  ];
  return parts.join(" ");
}
