import type { CommandView } from "../../api/schemas.ts";
import { useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { authorInWords, commandInWords, endedWell, reasonInWords, stepInWords, stillToCome } from "../words/command.ts";
import { Age } from "./age.tsx";
import { Icon } from "./icon.tsx";

/** The life of the newest command, step by step, each with its time and reason; what is still to come stands hollow. */
export function CommandSteps({ command }: { command: CommandView }) {
  const words = useWords();
  const { say, format } = words;
  const now = useNow();
  const coming = stillToCome(command);
  const last = command.steps.at(-1);
  return (
    <section className="card" aria-labelledby="following">
      <h3 id="following">{say("command.title")}</h3>
      <p className="command-what">
        {commandInWords(command, words)} <span className="quiet">{authorInWords(command.author, words)}</span>
      </p>
      <p className="unseen" role="status">
        {last === undefined ? "" : stepInWords(last.state, words)}
      </p>
      <ol className="steps">
        {command.steps.map((step) => {
          const end = command.terminal && step === last;
          const bad = end && !endedWell(command);
          return (
            <li key={step.state} className={`step ${bad ? "step-bad" : "step-passed"}`} data-state={step.state}>
              <Icon name={bad ? "cross" : "check"} />
              <span className="step-words">{stepInWords(step.state, words)}</span>
              <time dateTime={step.at}>{format.second(step.at)}</time>
              {step.reason === undefined ? null : (
                <span className="step-reason">{reasonInWords(step.reason, words)}</span>
              )}
            </li>
          );
        })}
        {coming.map((state) => (
          <li key={state} className="step step-coming">
            <Icon name="ring" />
            <span className="step-words">{stepInWords(state, words)}</span>
            <span className="unseen">{say("command.waiting")}</span>
          </li>
        ))}
      </ol>
      {command.unknownSince === undefined || command.terminal ? null : (
        <p className="aside">
          <Icon name="silent" />
          <span>{say("command.unknown", { time: format.time(command.unknownSince, now) })}</span>
        </p>
      )}
      {command.holdUntil === undefined || (command.terminal && !endedWell(command)) ? null : (
        <p className="quiet small">
          {say(Date.parse(command.holdUntil) > now ? "command.returns" : "command.returned", {
            time: format.time(command.holdUntil, now),
          })}
        </p>
      )}
      {command.terminal ? null : (
        <p className="quiet small">
          {say(Date.parse(command.expiresAt) > now ? "command.expires" : "command.expired", {
            time: format.time(command.expiresAt, now),
          })}
        </p>
      )}
    </section>
  );
}

/** Commands before the newest, one line each. */
export function EarlierCommands({ commands }: { commands: readonly CommandView[] }) {
  const words = useWords();
  if (commands.length === 0) return null;
  return (
    <details className="card earlier">
      <summary>{words.say("command.earlier")}</summary>
      <ul>
        {commands.map((command) => {
          const reason = command.steps.at(-1)?.reason;
          return (
            <li key={command.id}>
              <span>{commandInWords(command, words)}</span>
              <Age at={command.requestedAt} className="quiet" />
              <span className="quiet earlier-end">
                {stepInWords(command.state, words)}
                {reason === undefined ? "" : `. ${reasonInWords(reason, words)}`}
              </span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
