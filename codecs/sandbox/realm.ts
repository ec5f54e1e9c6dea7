import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  RELEASE_SYNC,
} from "quickjs-emscripten";
import type { SandboxFaultCode } from "./faults.ts";
import type { SandboxLimits } from "./limits.ts";
import { preludeText, type RecvTimeForm } from "./prelude.ts";
import type { BridgeOperation, BridgeTag } from "./realm/bridge.ts";

/** `spoiled`: the realm may be inconsistent (stopped half-way, out of memory) and must be made anew before the next call. */
export type RealmAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: SandboxFaultCode; readonly message: string; readonly spoiled: boolean };

/** A codec evaluated in its own QuickJS runtime inside its own WebAssembly instance: nothing is shared with other codecs. */
export interface Realm {
  /** Evaluates the codec's source as a classic sloppy script; the text is a JSON object, entry point → what serves it. */
  load(source: string): RealmAnswer;
  /** Calls an entry point; both texts are JSON. */
  call(operation: BridgeOperation, text: string): RealmAnswer;
}

export interface RealmParts {
  readonly wasm: WebAssembly.Module;
  readonly limits: SandboxLimits;
  /** CPU time of this thread in ms. */
  readonly cpuMs: () => number;
}

interface Engine {
  readonly runtime: QuickJSRuntime;
  readonly context: QuickJSContext;
  /** Runs under a CPU limit; tells whether the limit stopped it. */
  within<T>(limitMs: number, run: () => T): { readonly value: T; readonly expired: boolean };
}

async function startEngine({ wasm, limits, cpuMs }: RealmParts): Promise<Engine> {
  const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmModule: wasm }));
  const runtime = quickjs.newRuntime({
    memoryLimitBytes: limits.memoryBytesMax,
    maxStackSizeBytes: limits.stackBytesMax,
  });
  let end = 0;
  let expired = false;
  runtime.setInterruptHandler(() => {
    if (cpuMs() > end) expired = true;
    return expired;
  });
  return {
    runtime,
    context: runtime.newContext(),
    within(limitMs, run) {
      expired = false;
      end = cpuMs() + limitMs;
      return { value: run(), expired };
    },
  };
}

const thrown = (code: SandboxFaultCode, message: string, spoiled = false): RealmAnswer => ({
  ok: false,
  code,
  message,
  spoiled,
});

/** QuickJS names its own two exhaustions by message; anything else is the codec's own error. */
function classify(name: string, message: string, otherwise: SandboxFaultCode): RealmAnswer {
  if (message === "out of memory") return thrown("sandbox-memory", message, true);
  if (message === "stack overflow") return thrown("sandbox-stack", message);
  const shown = name === "" || name === "Error" || name === "undefined" ? message : `${name}: ${message}`;
  return thrown(otherwise, shown.slice(0, 1000));
}

/** What escaped WebAssembly itself: the instance's own stack pointer is then wrong, so it is never used again. */
function escaped(error: unknown): RealmAnswer {
  return error instanceof RangeError
    ? thrown("sandbox-stack", error.message, true)
    : thrown("sandbox-crashed", error instanceof Error ? error.message : String(error), true);
}

function untag(tagged: string, limits: SandboxLimits): RealmAnswer {
  const tag = tagged.charAt(0) as BridgeTag;
  if (tag === "R") {
    return tagged.length - 1 > limits.outputCharsMax
      ? thrown("sandbox-output-too-large", `${tagged.length - 1} characters`)
      : { ok: true, text: tagged.slice(1) };
  }
  if (tag === "A") return thrown("sandbox-async", "a promise came back");
  if (tag === "N") return thrown("sandbox-no-entry", "no such entry point");
  const { name, message } = JSON.parse(tagged.slice(1)) as { name: string; message: string };
  return classify(name, message, tag === "J" ? "sandbox-not-json" : "sandbox-throw");
}

/** Promise reactions must not pile up in a warm realm: they run under the call's own limit, or the realm is given up. */
function settleJobs({ runtime }: Engine): boolean {
  if (!runtime.hasPendingJob()) return true;
  const done = runtime.executePendingJobs(1000);
  if (done.error !== undefined) done.error.dispose();
  return !runtime.hasPendingJob();
}

/** The value of a script, as JSON text: test files that are JavaScript literals rather than JSON. */
function literalText({ context }: Engine, source: string): RealmAnswer {
  const trimmed = source.trim().replace(/;+$/, "");
  let evaluated = context.evalCode(`(\n${trimmed}\n)`, "literal.js", { type: "global" });
  if (evaluated.error !== undefined) {
    evaluated.error.dispose();
    evaluated = context.evalCode(source, "literal.js", { type: "global" });
  }
  if (evaluated.error !== undefined) return explain(context, evaluated.error);
  const stringify = context.unwrapResult(context.evalCode("JSON.stringify", "border.js", { type: "global" }));
  const text = context.callFunction(stringify, context.undefined, evaluated.value);
  if (text.error !== undefined) return explain(context, text.error);
  return context.typeof(text.value) === "string"
    ? { ok: true, text: context.getString(text.value) }
    : thrown("sandbox-not-json", "the file has no value");
}

function explain(context: QuickJSContext, error: QuickJSHandle): RealmAnswer {
  const dumped: unknown = context.dump(error);
  const { name, message } = (typeof dumped === "object" && dumped !== null ? dumped : { message: dumped }) as {
    name?: unknown;
    message?: unknown;
  };
  return classify(String(name ?? ""), String(message ?? "unknown"), "sandbox-load-failed");
}

/** Evaluates a JavaScript literal in an empty realm of its own, which is then forgotten. */
export async function evaluateLiteral(parts: RealmParts, source: string): Promise<RealmAnswer> {
  const engine = await startEngine(parts);
  try {
    engine.runtime.setMaxStackSize(parts.limits.loadStackBytesMax);
    const { value, expired } = engine.within(parts.limits.loadMsMax, () => literalText(engine, source));
    return expired ? thrown("sandbox-timeout", `more than ${parts.limits.loadMsMax} ms`) : value;
  } catch (error) {
    return escaped(error);
  }
}

export async function createRealm(parts: RealmParts, recvTime: RecvTimeForm): Promise<Realm> {
  const { limits } = parts;
  const engine = await startEngine(parts);
  const { context, runtime } = engine;
  const bridge = engine.within(limits.loadMsMax, () =>
    context.unwrapResult(context.evalCode(preludeText(recvTime), "prelude.js", { type: "global" })),
  ).value;
  const operations = new Map<BridgeOperation, QuickJSHandle>();
  function operationHandle(operation: BridgeOperation): QuickJSHandle {
    const known = operations.get(operation) ?? context.newString(operation);
    operations.set(operation, known);
    return known;
  }
  function cross(operation: BridgeOperation, text: string): RealmAnswer {
    const input = context.newString(text);
    const result = context.callFunction(bridge, context.undefined, operationHandle(operation), input);
    input.dispose();
    if (result.error !== undefined) return thrown("sandbox-memory", "out of memory", true);
    const tagged = context.getString(result.value);
    result.value.dispose();
    const answer = untag(tagged, limits);
    return settleJobs(engine) ? answer : thrown("sandbox-async", "promise jobs without end", true);
  }
  function guarded(limitMs: number, run: () => RealmAnswer): RealmAnswer {
    try {
      const { value, expired } = engine.within(limitMs, run);
      return expired ? thrown("sandbox-timeout", `more than ${limitMs} ms`, true) : value;
    } catch (error) {
      return escaped(error);
    }
  }
  return {
    load(source) {
      return guarded(limits.loadMsMax, () => {
        runtime.setMaxStackSize(limits.loadStackBytesMax);
        const evaluated = context.evalCode(source, "codec.js", { type: "global" });
        if (evaluated.error !== undefined) return explain(context, evaluated.error);
        evaluated.value.dispose();
        runtime.setMaxStackSize(limits.stackBytesMax);
        const opened = cross("open", "");
        return opened.ok
          ? opened
          : { ...opened, code: opened.code === "sandbox-throw" ? "sandbox-load-failed" : opened.code };
      });
    },
    call(operation, text) {
      return guarded(limits.callMsMax, () => cross(operation, text));
    },
  };
}
