/** What is shown when there is nothing to show yet, nothing at all, or something went wrong. */
import type { ReactNode } from "react";
import type { Failure } from "../data/border.ts";
import type { Snapshot } from "../data/resource.ts";
import { useData } from "../data/use.ts";
import { useWords } from "../language.tsx";

export function Loading() {
  const { say } = useWords();
  return (
    <p className="notice quiet loading" role="status">
      {say("load.busy")}
    </p>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly help?: string;
  /** It stands for the whole screen. */
  readonly alone?: boolean;
  readonly children?: ReactNode;
}

export function Empty({ title, help, alone, children }: EmptyProps) {
  return (
    <div className="notice">
      {alone ? <h1 className="notice-title">{title}</h1> : <p className="notice-title">{title}</p>}
      {help === undefined ? null : <p className="quiet">{help}</p>}
      {children}
    </div>
  );
}

export function Failed({ failure }: { failure: Failure }) {
  const { say } = useWords();
  const { refresh } = useData();
  const { title, help, detail } = inWords(failure, say);
  return (
    <div className="notice" role="alert">
      <p className="notice-title">{title}</p>
      {help === undefined ? null : <p className="quiet">{help}</p>}
      {detail === undefined ? null : <p className="mono quiet">{detail}</p>}
      <button type="button" className="button" onClick={refresh}>
        {say("app.retry")}
      </button>
    </div>
  );
}

type Say = ReturnType<typeof useWords>["say"];

/** A failure as a sentence, what it means, and the detail an operator wants. */
export function inWords(failure: Failure, say: Say): { title: string; help?: string; detail?: string } {
  if (failure.kind === "unreachable") return { title: say("load.unreachable"), help: say("load.unreachableHelp") };
  if (failure.kind === "malformed")
    return { title: say("load.malformed"), help: say("load.malformedHelp"), detail: failure.detail };
  const { problem, status } = failure;
  if (problem === undefined) return { title: say("load.refused"), detail: String(status) };
  return {
    title: say("load.refused"),
    help: problem.remedy === undefined ? problem.message : `${problem.message} ${problem.remedy}`,
    detail: problem.code,
  };
}

/** The data of a snapshot once there is some; until then what is known of its absence. */
export function Await<T>({ of, children }: { of: Snapshot<T>; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return children(of.data);
  if (of.failure !== undefined) return <Failed failure={of.failure} />;
  return <Loading />;
}
