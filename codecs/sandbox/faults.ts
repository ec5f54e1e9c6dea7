import type { WireFault } from "../words.ts";

/** Every way a foreign codec, its source or its result can be refused, with its meaning. Retired codes are not reused. */
export const sandboxFaults = {
  "sandbox-source-too-large": "The source is longer than the sandbox accepts.",
  "sandbox-load-failed": "The source cannot be parsed, or threw while it was evaluated.",
  "sandbox-no-entry":
    "The source declares none of the entry points a codec may have, or not the one that was asked for.",
  "sandbox-unknown-codec": "No codec with this id is loaded.",
  "sandbox-timeout": "The codec used more time than a call may, and was stopped.",
  "sandbox-memory": "The codec wanted more memory than its realm has.",
  "sandbox-stack": "The codec recursed deeper than the sandbox's stack.",
  "sandbox-throw": "The codec threw; `errors` holds the message.",
  "sandbox-errors": "The codec reported errors of its own; `errors` holds them.",
  "sandbox-async": "The codec returned a promise; codecs are synchronous (TS013).",
  "sandbox-not-json": "The codec's result has no JSON form: a cycle, a BigInt or a getter that throws.",
  "sandbox-bad-result": "The codec's result does not have the shape of its entry point.",
  "sandbox-input-too-large": "What was to be handed to the codec is longer than the sandbox accepts.",
  "sandbox-output-too-large": "The codec's result is longer than the sandbox accepts.",
  "sandbox-output-too-deep": "The codec's result is nested deeper than the sandbox accepts.",
  "sandbox-quarantined": "The codec was stopped too often and is no longer run; change it, or pardon it.",
  "sandbox-crashed": "The thread that ran the codec ended unexpectedly.",
  "sandbox-busy": "Too many calls are waiting.",
  "sandbox-stopped": "The sandbox was stopped before the call was answered.",
} as const;

export type SandboxFaultCode = keyof typeof sandboxFaults;

export interface SandboxFault extends WireFault {
  readonly code: SandboxFaultCode;
  /** What the codec itself complained about, in TS013's words: its `errors`, or the message it threw. Empty otherwise. */
  readonly errors: readonly string[];
  /** Warnings that came beside the codec's own errors. */
  readonly warnings?: readonly string[];
}

export type SandboxResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: SandboxFault };

/** A refusal. `detail` is appended to the code's meaning. */
export function sandboxFault(code: SandboxFaultCode, detail?: string, errors: readonly string[] = []): SandboxFault {
  return { code, message: detail === undefined ? sandboxFaults[code] : `${sandboxFaults[code]} ${detail}`, errors };
}

export function refused(code: SandboxFaultCode, detail?: string, errors?: readonly string[]): SandboxResult<never> {
  return { ok: false, fault: sandboxFault(code, detail, errors) };
}
