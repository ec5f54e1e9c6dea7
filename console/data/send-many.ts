/** One wish for many assets: its cost is told first, and it is sent only with the word for exactly what was shown. */
import { useState } from "react";
import type { MassPlan, MassRequest } from "../../api/mass.ts";
import { BorderError, type Failure } from "./border.ts";
import { useData } from "./use.ts";

export type ManyWish = Pick<MassRequest, "targets" | "name" | "fields"> &
  Partial<Pick<MassRequest, "holdSeconds" | "expiresInSeconds" | "reason">>;

export type ManyState =
  | { readonly is: "idle" }
  | { readonly is: "costing" | "sending"; readonly wish: ManyWish }
  /** What it costs; nothing is sent yet. */
  | { readonly is: "planned"; readonly wish: ManyWish; readonly plan: MassPlan }
  /** Nobody knows whether it was taken when a failure came after `sending`. */
  | { readonly is: "failed"; readonly failure: Failure; readonly mayBeSent: boolean }
  | { readonly is: "sent"; readonly id: string; readonly wish: ManyWish };

export interface SendingMany {
  readonly state: ManyState;
  readonly plan: (wish: ManyWish) => void;
  /** Sends what was planned. */
  readonly confirm: () => void;
  readonly reset: () => void;
}

/** A hand on one lamp outranks a word for many. */
const ASKER = { author: "page", precedence: "override" } as const;

export function useSendingMany(): SendingMany {
  const { sendMany } = useData();
  const [state, setState] = useState<ManyState>({ is: "idle" });
  const failed = (mayBeSent: boolean) => (error: unknown) => {
    if (!(error instanceof BorderError)) throw error;
    const { failure } = error;
    setState({ is: "failed", failure, mayBeSent: mayBeSent && failure.kind !== "refused" });
  };
  return {
    state,
    plan(wish) {
      setState({ is: "costing", wish });
      sendMany({ ...wish, ...ASKER, dryRun: true }).then(
        ({ plan }) => setState({ is: "planned", wish, plan }),
        failed(false),
      );
    },
    confirm() {
      if (state.is !== "planned") return;
      const { wish, plan } = state;
      setState({ is: "sending", wish });
      const word = plan.confirm === undefined ? {} : { confirm: plan.confirm };
      sendMany({ ...wish, ...ASKER, ...word }).then((reply) => {
        // The word was for another wish: what is asked for now is shown, and confirmed anew.
        if (reply.mass === undefined) setState({ is: "planned", wish, plan: reply.plan });
        else setState({ is: "sent", id: reply.mass.id, wish });
      }, failed(true));
    },
    reset: () => setState({ is: "idle" }),
  };
}
