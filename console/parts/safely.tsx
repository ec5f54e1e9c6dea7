import { Component, type ReactNode } from "react";
import { useWords } from "../language.tsx";

/** A fault of the page itself shows what happened and a way out, never a white page. */
export class Safely extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <Broken error={this.state.error} />;
  }
}

function Broken({ error }: { error: Error }) {
  const { say } = useWords();
  return (
    <main className="notice" role="alert">
      <h1>{say("app.broken")}</h1>
      <p>{say("app.brokenHelp")}</p>
      <pre className="mono">{error.message}</pre>
      <button type="button" className="button" onClick={() => location.reload()}>
        {say("app.reload")}
      </button>
    </main>
  );
}
